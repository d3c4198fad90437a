package dwarf

import "slices"

// Pointer is what debug information says of a pointer that the program has: the type that it
// points to.
type Pointer struct {
	Type string // as C++ writes it
	Size uint64 // in bytes; 0 where it is not known
}

// Place is where code has a value.
type Place struct {
	Register uint8 // by DWARF's numbers
	InMemory bool  // the value is Offset bytes from where the register points, not in it
	Offset   int64
}

// variable is a variable or parameter of a function, as long as it has one place.
type variable struct {
	lo, hi uint64
	place  Place
	frame  bool  // the place is relative to the frame, as code that is not optimised has it
	is     value // reference to its type
}

// PointerAt returns what the pointer is for that the function around call has, at the address at, in a place. It is
// false where no variable, parameter or member is known to be there, or it is no pointer to a type
// of its own; and where there are several that do not agree.
func (d *Data) PointerAt(call, at uint64, place Place) (Pointer, bool) {
	body, fn := d.functionOf(call)
	if fn == nil {
		return Pointer{}, false
	}
	var found Pointer
	for v := range body.variablesAt(fn, at) {
		var p Pointer
		switch {
		case v.isAt(place, fn.frame):
			p = body.pointee(v.is)
		case place.InMemory && v.holds(place.Register):
			p = body.memberOf(v.is, place.Offset)
		}
		if p.Type == "" {
			continue
		}
		if found.Type != "" && found.Type != p.Type {
			return Pointer{}, false
		}
		found = p
	}
	return found, found.Type != ""
}

// ReturnedAt returns what the pointer is for that the function around an address returns.
func (d *Data) ReturnedAt(addr uint64) (Pointer, bool) {
	body, fn := d.functionOf(addr)
	if fn == nil {
		return Pointer{}, false
	}
	for at, off, i := body, fn.off, 0; at != nil && i < maxOrigins; i++ {
		e := at.typed(off)
		if e.is.class != classNone {
			p := at.pointee(e.is)
			return p, p.Type != ""
		}
		at, off = at.follow(e.origin)
	}
	return Pointer{}, false
}

// functionOf returns the function around an address, with its unit; nil if it is not known.
func (d *Data) functionOf(addr uint64) (*unit, *function) {
	body := d.bodyAt(addr)
	if body == nil {
		return nil, nil
	}
	fn := body.functionAt(addr)
	if fn != nil && !fn.variablesRead {
		fn.variablesRead = true
		fn.variables, fn.frame = body.readVariables(fn)
	}
	return body, fn
}

// variablesAt yields the variables of a function that have a place at an address.
func (u *unit) variablesAt(fn *function, at uint64) func(yield func(*variable) bool) {
	return func(yield func(*variable) bool) {
		for i := range fn.variables {
			if v := &fn.variables[i]; v.lo <= at && at < v.hi && !yield(v) {
				return
			}
		}
	}
}

// isAt reports whether the variable is in a place, of a function whose frame's base is at frame.
func (v *variable) isAt(place, frame Place) bool {
	if !v.frame {
		return v.place == place
	}
	return frame.InMemory && place == Place{Register: frame.Register, InMemory: true, Offset: frame.Offset + v.place.Offset}
}

// holds reports whether the variable itself is in a register.
func (v *variable) holds(register uint8) bool {
	return !v.frame && v.place == Place{Register: register}
}

// maxVariables bounds how many places of variables are read of one function.
const maxVariables = 50_000

// places are those of the variables of one function.
type places struct {
	found []variable
	read  int // how many were read, understood or not: damage could make each list a whole section
}

// add takes a place, and reports whether more may be read.
func (p *places) add(r addressRange, expression []byte, is value) bool {
	if place, frame, ok := placeOf(expression); ok && r.lo < r.hi {
		p.found = append(p.found, variable{r.lo, r.hi, place, frame, is})
	}
	p.read++
	return p.read < maxVariables
}

// readVariables walks a function for the places of its variables and parameters, and those of the
// functions that are inlined into it. It returns where its frame's base is, too: InMemory is
// false where that is not known.
func (u *unit) readVariables(fn *function) ([]variable, Place) {
	c := u.at(fn.off)
	a := u.entry(&c)
	if a == nil || !a.hasChildren {
		return nil, Place{}
	}
	var p pcs
	var base value
	u.eachAttr(&c, a, func(at attr, v value) {
		if at == attrFrameBase {
			base = v
		}
		p.set(at, v)
	})
	frame := u.frameBase(fn, base)
	ranges := [][]addressRange{u.codeRanges(nil, p)} // by depth: of the block around the entries there
	var all places
	for len(ranges) > 0 && c.more() && all.read < maxVariables {
		a := u.entry(&c)
		if a == nil {
			ranges = ranges[:len(ranges)-1]
			continue
		}
		around := ranges[len(ranges)-1]
		switch {
		case a.tag == tagVariable || a.tag == tagFormalParameter:
			var location, is, origin value
			u.eachAttr(&c, a, func(at attr, v value) {
				switch at {
				case attrLocation:
					location = v
				case attrType:
					is = v
				case attrAbstractOrigin, attrSpecification:
					origin = v
				}
			})
			if is.class == classNone {
				is = u.typeOf(origin)
			}
			u.readPlaces(&all, location, is, around)
		case a.tag == tagInlinedSubroutine || a.tag == tagLexicalBlock:
			var p pcs
			u.eachAttr(&c, a, p.set)
			around = u.codeRanges(nil, p)
		case a.tag == tagSubprogram:
			u.skipEntry(&c, a)
			around = nil
		case a.hasSibling && !mayHoldFunctions(a.tag):
			u.skipTo(&c, u.readExtent(&c, a).sibling)
			continue
		default:
			u.skipEntry(&c, a)
		}
		if a.hasChildren {
			ranges = append(ranges, around)
		}
	}
	return slices.Clip(all.found), frame
}

// readPlaces adds a variable once for each range of code in which it has a place.
func (u *unit) readPlaces(all *places, location, is value, around []addressRange) {
	add := func(lo, hi uint64, expression []byte) bool { return all.add(addressRange{lo, hi}, expression, is) }
	switch {
	case is.class != classRef:
	case location.class == classOther:
		for _, r := range around {
			add(r.lo, r.hi, location.expression())
		}
	case u.version < 5:
		u.eachLocation4(location, add)
	default:
		u.eachLocation5(location, add)
	}
}

// placeOf understands the expressions of places that hold the whole of a pointer. frame reports whether the
// place is relative to the frame's base.
func placeOf(expression []byte) (place Place, frame, ok bool) {
	if len(expression) == 0 {
		return Place{}, false, false
	}
	c := cursor{data: expression, off: 1}
	switch op := expression[0]; {
	case op >= opReg0 && op < opReg0+32:
		place.Register = op - opReg0
	case op >= opBreg0 && op < opBreg0+32:
		place = Place{Register: op - opBreg0, InMemory: true, Offset: c.sleb()}
		if c.more() && place.Offset == 0 && c.u8() == opStackValue {
			place.InMemory = false // it is where the register points: what it points to
		}
	case op == opFbreg:
		place, frame = Place{InMemory: true, Offset: c.sleb()}, true
	default:
		return Place{}, false, false
	}
	return place, frame, !c.bad && !c.more()
}

// frameBase returns where the base of a function's frame is. GCC gives it as the address of the frame of the
// call, of which only functions that keep a frame pointer tell where it is: on x86-64, 16 bytes
// above that pointer.
func (u *unit) frameBase(fn *function, base value) Place {
	switch expression := base.expression(); {
	case len(expression) != 1:
	case expression[0] >= opReg0 && expression[0] < opReg0+32:
		return Place{Register: expression[0] - opReg0, InMemory: true}
	case expression[0] == opCallFrameCFA && u.file.keepsFramePointer != nil && u.file.keepsFramePointer(fn.entry):
		return Place{Register: rbp, InMemory: true, Offset: 2 * addressSize}
	}
	return Place{}
}

const rbp = 6 // the frame pointer of x86-64, by DWARF's numbers
