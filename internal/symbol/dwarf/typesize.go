package dwarf

import "math/bits"

// maxTypes bounds the way from a type to the one that has its size, over qualifiers, names
// and arrays, which damage could close to a ring.
const maxTypes = 32

// argumentSize returns the size in bytes of the first type that is an argument of a generic
// function, 0 where it has none or the size is not known; of an array whose length is not
// known, that of one element. The cursor is at the first entry within the function's, which
// may have the arguments behind its code.
func (u *unit) argumentSize(c cursor) uint64 {
	var of value
	u.eachChild(c, func(a *abbrev, c cursor) bool {
		if a.tag == tagTemplateTypeParameter {
			of = u.readTyped(&c, a).is
			return false
		}
		return true
	})
	return u.typeSize(of)
}

// typeSize returns the size in bytes of the type that v refers to, 0 where it is not known.
func (u *unit) typeSize(v value) uint64 {
	count := uint64(1) // of elements, where it is an array of arrays
	at, off := u.follow(v)
	for i := 0; at != nil && i < maxTypes; i++ {
		c := at.at(off)
		a := at.entry(&c)
		if a == nil {
			return 0
		}
		var size, of value
		at.eachAttr(&c, a, func(attr attr, v value) {
			switch attr {
			case attrByteSize:
				size = v
			case attrType, attrSpecification:
				of = v
			}
		})
		switch {
		case size.class == classConstant:
			return product(count, size.num)
		case a.tag == tagArrayType && a.hasChildren:
			count = product(count, at.elements(c))
		case isPointer(a.tag):
			return product(count, addressSize)
		}
		at, off = at.follow(of)
	}
	return 0
}

// isPointer reports whether the values of a type are addresses.
func isPointer(t tag) bool {
	return t == tagPointerType || t == tagReferenceType || t == tagRvalueReferenceType
}

// elements returns how many elements an array has, 0 where that is not known. The cursor is
// at the first of its subranges, one for each dimension.
func (u *unit) elements(c cursor) uint64 {
	count := uint64(1)
	for c.more() {
		a := u.entry(&c)
		if a == nil {
			break
		}
		if a.tag != tagSubrangeType || a.hasChildren {
			return 0
		}
		count = product(count, u.count(&c, a))
	}
	return count
}

// count returns how many elements a dimension of an array has, by its subrange, at whose attributes the cursor is; 0 where
// that is not known.
func (u *unit) count(c *cursor, a *abbrev) uint64 {
	var n uint64
	u.eachAttr(c, a, func(at attr, v value) {
		switch {
		case v.class != classConstant:
		case at == attrCount:
			n = v.num
		case at == attrUpperBound:
			n = v.num + 1
		}
	})
	return n
}

// product returns a*b, 0 where that is too large to be a size.
func product(a, b uint64) uint64 {
	if high, low := bits.Mul64(a, b); high == 0 && low < 1<<62 {
		return low
	}
	return 0
}
