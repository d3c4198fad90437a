package dwarf

import (
	"cmp"
	"slices"
)

// Local is a variable or parameter of a function.
type Local struct {
	Declaration
	Call      int // of which of the calls that Lookup returns for the address it is
	Parameter bool
	Fixed     bool    // it is in the same place in all of its block, before it is declared too
	Places    []Place // where its bytes are, in ascending order of From; those that are nowhere are left out
}

// Declaration is what debug information says of a variable.
type Declaration struct {
	Name string // without what is around it
	Type string // as C++ or Rust writes it, with what is around it; empty where it is not known
	Size uint64 // in bytes; 0 where it is not known
	File string // where it is declared, as in Call; empty where unknown
	Line int    // 0 where unknown
}

// Locals returns the variables and parameters of the functions that Lookup returns for addr, as far as addr is in the
// block that they are in: of the innermost first, and in the order of their entries. Those without a name are left out.
func (d *Data) Locals(addr uint64) []Local {
	body, fn := d.functionOf(addr)
	if fn == nil {
		return nil
	}
	numbers := make(map[int32]int) // of the calls at addr: which of Lookup's
	for i := fn.inlineAt(addr); i >= 0; i = fn.inlines[i].parent {
		numbers[int32(i)] = len(numbers)
	}
	numbers[-1] = len(numbers)
	vs := fn.variables
	base := body.frameBase(fn, addr)
	if base.Kind == FromRegister && base.Register == rbp && body.keepsFramePointer(fn) { // which is so before rbp is set, too
		base = Place{Kind: FromCFA, Offset: base.Offset - rbpBelowCFA}
	}
	var found []Local
	next := 0 // in vs.places
	for i := range vs.declared {
		v := &vs.declared[i]
		var places []Place
		for ; next < len(vs.places) && vs.places[next].of == int32(i); next++ {
			if p := &vs.places[next]; places == nil && p.at(addr) {
				places = body.placesOf(p.expression, base)
			}
		}
		number, ok := numbers[v.call]
		if !ok || v.block != nil && !contains(v.block, addr) {
			continue
		}
		l := Local{Declaration: body.declaration(v.off), Call: number, Parameter: v.parameter, Fixed: v.fixed, Places: places}
		if l.Name != "" {
			l.Places = withinSize(l.Places, l.Size)
			found = append(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b Local) int { return cmp.Compare(a.Call, b.Call) })
	return found
}

// maxParts bounds in how many parts a variable is, as damage could make it as many as there are bytes.
const maxParts = 256

// placesOf returns the places of a variable's parts that an expression tells, with those that are relative to the frame
// relative to what that is; without those that are nowhere.
func (u *unit) placesOf(expression []byte, base Place) []Place {
	var places []Place
	x := placing{unit: u, rest: cursor{data: expression}}
	for p, more := x.next(); more && len(places) < maxParts; p, more = x.next() {
		if p = p.onFrame(base); p.Kind != Nowhere && (p.Kind != AtAddress || p.Address != 0) {
			places = append(places, p)
		}
	}
	return places
}

// withinSize returns places with what they have of a variable of that size, 0 where it is not known.
func withinSize(places []Place, size uint64) []Place {
	if size == 0 {
		return places
	}
	return slices.DeleteFunc(places, func(p Place) bool { return p.From >= size })
}

// declaration returns what the entry of a variable at off, and those that it refers to, say of it.
func (u *unit) declaration(off uint64) Declaration {
	var d Declaration
	for at, i := u, 0; at != nil && i < maxOrigins; i++ {
		c := at.at(off)
		a := at.entry(&c)
		if a == nil {
			break
		}
		var name, is, file, origin value
		line := 0
		at.eachAttr(&c, a, func(attr attr, v value) {
			switch attr {
			case attrName:
				name = v
			case attrType:
				is = v
			case attrDeclFile:
				file = v
			case attrDeclLine:
				line = int(v.num)
			case attrAbstractOrigin, attrSpecification:
				origin = v
			}
		})
		if d.Name == "" {
			d.Name = string(at.string(name))
		}
		if d.Type == "" && is.class != classNone {
			d.Type, d.Size = at.writeType(is, u.language), at.typeSize(is)
		}
		if d.File == "" && file.class == classConstant {
			d.File, d.Line = at.sourceFile(file.num), line
		}
		if origin.class == classNone {
			break
		}
		at, off = at.follow(origin)
	}
	return d
}

// sourceFile returns the name of a source file by its number in the line table of the unit, or of its skeleton.
func (u *unit) sourceFile(number uint64) string {
	if u.skeleton != nil {
		return u.skeleton.fileName(number)
	}
	return u.fileName(number)
}
