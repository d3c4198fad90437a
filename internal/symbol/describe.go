package symbol

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/symbol/dwarf"
)

// maxDescribed bounds how many bytes of debug information are walked for variables. It takes half a second.
const maxDescribed = 256 << 20

// describe does what Describe does. The caller holds m.mu.
func (m *Module) describe(list []Variable) (left uint64) {
	if m.symbols == nil {
		m.load()
	}
	var wanted, local []dwarf.Wanted
	for i := range list {
		switch w := list[i].wanted(); {
		case list[i].Internal:
		case list[i].mayBeLocal():
			local = append(local, w)
		default:
			wanted = append(wanted, w)
		}
	}
	found, left := m.dwarf.Globals(wanted, false, maxDescribed)
	inFunctions, more := m.dwarf.Globals(local, true, maxDescribed)
	for i := range list {
		key := list[i].wanted().GlobalKey
		if g, ok := found[key]; ok {
			m.describeBy(&list[i], g)
		} else if g, ok := inFunctions[key]; ok {
			m.describeBy(&list[i], g)
		}
	}
	return max(left, more)
}

// wanted returns where debug information has a variable.
func (v *Variable) wanted() dwarf.Wanted {
	return dwarf.Wanted{GlobalKey: dwarf.GlobalKey{Address: v.Address, InThread: v.threadLocal}, Symbol: v.Symbol}
}

// mayBeLocal reports whether a variable may be in a function, as C++ encodes it, and compilers of C append a number or
// begin with the function.
func (v *Variable) mayBeLocal() bool {
	return v.In != "" || strings.Contains(v.Symbol, ".") || strings.HasPrefix(v.Symbol, "_ZZ")
}

// undescribed returns the variables that only debug information knows, of a file without a table of symbols. The caller
// holds m.mu.
func (m *Module) undescribed(inThread bool) []Variable {
	if m.debugFile() == nil || m.hasSymbols() {
		return nil
	}
	if m.symbols == nil {
		m.load()
	}
	var list []Variable
	for key, g := range m.dwarf.AllGlobals(maxDescribed) {
		if key.InThread != inThread || g.Name == "" || g.Size == 0 {
			continue
		}
		v := Variable{Address: key.Address, Size: g.Size, Symbol: g.Linkage, Name: g.Around + g.Name, threadLocal: inThread}
		if g.Linkage != "" {
			v.Name, v.In, v.Internal = m.nameOfVariable(g.Linkage)
		}
		m.describeBy(&v, g)
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b Variable) int { return cmp.Compare(a.Address, b.Address) })
	return list
}

// describeBy fills in what debug information knows of a variable.
func (m *Module) describeBy(v *Variable, g dwarf.Global) {
	v.Type, v.File, v.Line = shortened(g.Type, g.Type), g.File, g.Line
	if v.Size == 0 {
		v.Size = g.Size
	}
	in := g.In
	if g.Mangled {
		in = m.readable(in)
	}
	if v.In == "" && !isEncoded(v.Symbol) {
		v.In = in
		if g.Name != "" && in != "" {
			v.Name = g.Name
		}
	}
}
