package types

import (
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// value is a type of what is dropped, as the rules of drops look at it.
type value struct {
	full    string
	library bool // it is of a library of containers, or built in
}

// dropped returns what a frame drops, an index into the table's known types: what Rust's
// drop_in_place is called for, or the class of a destructor of C++. It is 0 for any other frame.
func (r *reader) dropped(d *profile.Frame) int32 {
	for _, name := range []string{d.Instance, names.WithoutCloneSuffix(d.Function)} {
		if t := r.value(gluedType(name)); t != 0 {
			return t
		}
		if i := strings.LastIndex(name, "::~"); i > 0 && strings.HasSuffix(name, "()") && !strings.Contains(name[i+len("::~"):], "::") {
			return r.destroyed(name[:i])
		}
	}
	return 0
}

// gluedType returns the type whose drop a function of Rust's compiler is, "app::Leaf" for
// core::ptr::drop_in_place<app::Leaf>; "" for any other function. Compilers since 1.97 call
// it drop_glue; the newer mangling has :: before the brackets; and with line tables alone it is
// in no module.
func gluedType(function string) string {
	function = strings.TrimPrefix(function, "core::ptr::")
	for _, glue := range []string{"drop_in_place", "drop_glue"} {
		if rest, ok := strings.CutPrefix(function, glue); ok {
			rest, opens := strings.CutPrefix(strings.TrimPrefix(rest, "::"), "<")
			if rest, closes := strings.CutSuffix(rest, ">"); opens && closes {
				return rest
			}
		}
	}
	return ""
}

// value returns the index of a type in known; 0 for one that is not known, or that only guards
// what a library does.
func (r *reader) value(name string) int32 {
	t := names.ParseType(name)
	if t.IsZero() || t.IsParameter() || t.IsElided() {
		return 0
	}
	head, full := t.Head(), t.String()
	root, _, _ := strings.Cut(head, "::")
	library := head == "" || r.crates[root]
	if library && guards[t.Last().Name] {
		return 0
	}
	c := &candidate{is: t, full: full}
	if k := r.kinds[head]; k != nil && k.name[strings.LastIndex(k.name, ":")+1:] == t.Last().Name {
		c = k.newCandidate(t.Last().Args) // the container as blocks of it are called
	}
	i := r.table.intern(c)
	r.table.values[i] = value{c.full, library}
	return i
}

// destroyed returns the index in known of a class of C++, whose destructor a frame is. It is called
// as blocks of it are; what a library has below a container, as that.
func (r *reader) destroyed(class string) int32 {
	if _, of, ok := strings.Cut(class, "thunk to "); ok {
		class = of
	}
	path := names.CPPPath(class)
	if len(path) == 0 {
		return 0
	}
	name := names.ShortCPP(class)
	library := cppLibraries[path[0].Name]
	if library && strings.HasPrefix(path[len(path)-1].Name, "_") {
		if b := blockOf(class + "::~()"); b.name != "" {
			name = b.name
		}
	}
	i := r.table.internName(name, 0)
	r.table.values[i] = value{name, library}
	return i
}

// cppLibraries are the namespaces of C++'s own libraries.
var cppLibraries = map[string]bool{"std": true, "__gnu_cxx": true}

// guards are what libraries of Rust keep on the stack while they work, so that all is put right if
// that panics: what one frees is not of a value that the program drops.
var guards = map[string]bool{
	"ScopeGuard": true, "DropGuard": true, "Dropper": true, "Guard": true, "SetLenOnDrop": true, "BackshiftOnDrop": true,
	"InPlaceDrop": true, "InPlaceDstDataSrcBufDrop": true, "CopyOnDrop": true,
}

// Drops returns the values that were dropped within each other when a block was freed through a
// stack, indices of frames with the innermost first: the outermost value first, then the field or
// element of it that the block was of, and so on. The frames outside of all of that begin at
// stack[outside]; it is 0 where nothing was dropped.
//
// What is only a part of how a library makes the value around it, as the RawVec in a Vec is, is no
// value of its own. A value that is dropped within one of its own type, as the rest of a list is, is one
// with that.
func (t *Table) Drops(stack []uint32) (values []Type, outside int) {
	within, outside := t.within(stack)
	for _, d := range within {
		values = append(values, t.shown(d))
	}
	return values, outside
}

// within is Drops with indices into known.
func (t *Table) within(stack []uint32) (values []int32, outside int) {
	for i, f := range slices.Backward(stack) {
		d := t.drops[f]
		if d == 0 {
			continue
		}
		last := len(values) - 1
		same := func(v int32) bool { return t.values[v].full == t.values[d].full }
		switch again := slices.IndexFunc(values, same); {
		case last < 0:
			outside = i + 1
			values = append(values, d)
		case again >= 0:
			values = values[:again+1]
		case !t.isPart(d, values[last]):
			values = append(values, d)
		}
	}
	return values, outside
}

// allDropped returns what all frees of a profile dropped, as Drops has it, as indices into known.
func (t *Table) allDropped(p *profile.Profile) []int32 {
	if p.Recording == nil || p.Recording.Frees == nil {
		return nil
	}
	var all []int32
	stacks, _, _ := p.Recording.Frees.Distinct()
	for _, stack := range stacks {
		values, _ := t.within(stack)
		all = append(all, values...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// isPart reports whether a value that is dropped within another is only a part of how a library
// makes that: both are a library's, and the inner one's type is no argument of the outer one's, as
// the String of a Vec<String> is. Of what a trait object holds nothing is known.
func (t *Table) isPart(inner, outer int32) bool {
	a, b := t.values[inner], t.values[outer]
	return a.library && b.library && !strings.Contains(b.full, a.full) && !strings.Contains(b.full, "dyn ")
}
