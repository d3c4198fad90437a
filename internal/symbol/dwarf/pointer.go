package dwarf

// Pointer is what debug information says of a pointer that the program has: the type that it
// points to.
type Pointer struct {
	Type string // as C++ writes it
	Size uint64 // in bytes; 0 where it is not known
}

// PointerAt returns what the pointer is for that the function around call has, at the address at, in a place: a
// register, or memory from where one points. It is
// false where no variable, parameter or member is known to be there, or it is no pointer to a type
// of its own; and where there are several that do not agree.
func (d *Data) PointerAt(call, at uint64, place Place) (Pointer, bool) {
	body, fn := d.functionOf(call)
	if fn == nil {
		return Pointer{}, false
	}
	base := body.frameBase(fn, at)
	if base.Kind == FromCFA && body.keepsFramePointer(fn) {
		base = Place{Kind: FromRegister, Register: rbp, Offset: base.Offset + rbpBelowCFA}
	}
	var found Pointer
	for i := range fn.variables.places {
		v := &fn.variables.places[i]
		if !v.at(at) {
			continue
		}
		is := body.placeOf(v.expression).onFrame(base)
		holds := is == Place{Kind: InRegister, Register: place.Register} // what the place is relative to
		if is != place && (place.Kind != FromRegister || !holds) {
			continue
		}
		unit, of := body.typeOf(fn.variables.declared[v.of].off)
		var p Pointer
		switch {
		case unit == nil:
		case is == place:
			p = unit.pointee(of)
		default:
			p = unit.memberOf(of, place.Offset)
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
