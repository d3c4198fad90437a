package dwarf

import (
	"slices"
	"sort"
)

// variables are those that a function has, and the functions that are inlined into it.
type variables struct {
	declared []declared
	places   []placed // by the order of declared
	base     value    // expression of the frame's base
	read     int      // how many places were read, understood or not: damage could make each list a whole section
}

// declared is a variable or parameter of a function.
type declared struct {
	off       uint64         // of its entry
	call      int32          // index in function.inlines of what it is of, -1 for the function itself
	block     []addressRange // the code of the innermost block around it that says which; nil for all
	parameter bool
	fixed     bool // it has one place, wherever in the block the code is
}

// placed is code in which a variable is in one place.
type placed struct {
	lo, hi     uint64
	of         int32  // index in variables.declared
	expression []byte // of the place
}

// at reports whether an address is in the code.
func (p *placed) at(addr uint64) bool { return p.lo <= addr && addr < p.hi }

// contains reports whether an address is in one of some ranges.
func contains(ranges []addressRange, addr uint64) bool {
	return slices.ContainsFunc(ranges, func(r addressRange) bool { return r.lo <= addr && addr < r.hi })
}

// maxVariables bounds how many places of variables are read of one function.
const maxVariables = 50_000

// functionOf returns the function around an address, with its unit; nil if it is not known.
func (d *Data) functionOf(addr uint64) (*unit, *function) {
	body := d.bodyAt(addr)
	if body == nil {
		return nil, nil
	}
	fn := body.functionAt(addr)
	if fn != nil && fn.variables == nil {
		fn.variables = body.readVariables(fn)
	}
	return body, fn
}

// elsewhere is the call of what is in another function that has code of its own.
const elsewhere = -2

// callAt returns the index of the inlined call whose entry is at off, elsewhere if it is none of the function's.
func (fn *function) callAt(off uint64) int32 {
	i := sort.Search(len(fn.inlines), func(i int) bool { return fn.inlines[i].off >= off })
	if i == len(fn.inlines) || fn.inlines[i].off != off {
		return elsewhere
	}
	return int32(i)
}

// readVariables walks a function for its variables and parameters, and those of the
// functions that are inlined into it.
func (u *unit) readVariables(fn *function) *variables {
	vs := new(variables)
	c := u.at(fn.off)
	a := u.entry(&c)
	if a == nil || !a.hasChildren {
		return vs
	}
	type level struct {
		call   int32
		block  []addressRange // nil for all of the call
		ranges []addressRange // of block, or of the call
	}
	var p pcs
	u.eachAttr(&c, a, func(at attr, v value) {
		if at == attrFrameBase {
			vs.base = v
		}
		p.set(at, v)
	})
	levels := []level{{call: -1, ranges: u.codeRanges(nil, p)}} // by depth: of what is around the entries there
	for len(levels) > 0 && c.more() && vs.read < maxVariables {
		off := uint64(c.off)
		a := u.entry(&c)
		if a == nil {
			levels = levels[:len(levels)-1]
			continue
		}
		around := levels[len(levels)-1]
		switch {
		case (a.tag == tagVariable || a.tag == tagFormalParameter) && around.call != elsewhere:
			var location value
			u.eachAttr(&c, a, func(at attr, v value) {
				if at == attrLocation {
					location = v
				}
			})
			u.readPlaces(vs, location, around.ranges)
			vs.declared = append(vs.declared, declared{
				off: off, call: around.call, block: around.block,
				parameter: a.tag == tagFormalParameter, fixed: location.class == classOther,
			})
		case a.tag == tagInlinedSubroutine || a.tag == tagLexicalBlock:
			var p pcs
			u.eachAttr(&c, a, p.set)
			if ranges := u.codeRanges(nil, p); a.tag == tagInlinedSubroutine {
				around = level{call: fn.callAt(off), ranges: ranges}
			} else if a.hasPC {
				around.block, around.ranges = ranges, ranges
			}
		case a.tag == tagSubprogram:
			u.skipEntry(&c, a)
			around = level{call: elsewhere}
		case a.hasSibling && !mayHoldFunctions(a.tag):
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		default:
			u.skipEntry(&c, a)
		}
		if a.hasChildren {
			levels = append(levels, around)
		}
	}
	vs.declared, vs.places = slices.Clip(vs.declared), slices.Clip(vs.places)
	return vs
}

// readPlaces adds the places of the variable that is declared next.
func (u *unit) readPlaces(vs *variables, location value, around []addressRange) {
	add := func(lo, hi uint64, expression []byte) bool {
		if lo < hi && len(expression) > 0 {
			vs.places = append(vs.places, placed{lo, hi, int32(len(vs.declared)), expression})
		}
		vs.read++
		return vs.read < maxVariables
	}
	if location.class == classOther {
		for _, r := range around {
			add(r.lo, r.hi, location.expression())
		}
		return
	}
	u.eachLocation(location, add)
}

// frameBase returns the place that the function's frame has its base at, while it is at an address. On x86-64
// where a frame pointer is kept, it is 16 bytes below the frame's canonical address.
func (u *unit) frameBase(fn *function, addr uint64) Place {
	expression := fn.variables.base.expression()
	if expression == nil {
		u.eachLocation(fn.variables.base, func(lo, hi uint64, at []byte) bool {
			if lo <= addr && addr < hi {
				expression = at
			}
			return expression == nil
		})
	}
	switch p := u.placeOf(expression); p.Kind {
	case InRegister: // the base is what the register points to
		return Place{Kind: FromRegister, Register: p.Register}
	case FromCFA, FromRegister:
		if !p.Deref {
			return p
		}
	}
	return Place{}
}

// keepsFramePointer reports whether the function is known to have rbp 16 bytes below the canonical address of its frame.
func (u *unit) keepsFramePointer(fn *function) bool {
	return u.file.keepsFramePointer != nil && u.file.keepsFramePointer(fn.entry)
}

const (
	rbp         = 6               // the frame pointer of x86-64, by DWARF's numbers
	rbpBelowCFA = 2 * addressSize // bytes
)

// onFrame returns a place that is relative to the frame's base as one relative to what the base is.
func (p Place) onFrame(base Place) Place {
	if p.Kind != fromFrame {
		return p
	}
	if base.Kind == Nowhere {
		return Place{From: p.From, Size: p.Size}
	}
	p.Kind, p.Register, p.Offset = base.Kind, base.Register, p.Offset+base.Offset
	return p
}
