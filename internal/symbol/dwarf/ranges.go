package dwarf

// addressRange is [lo, hi).
type addressRange struct{ lo, hi uint64 }

// pcs holds the attributes that tell which code an entry covers.
type pcs struct{ low, high, ranges value }

// codeRanges appends the address ranges of an entry to dst, except those that are empty or
// outside the code: such are left of functions that the linker threw away.
func (u *unit) codeRanges(dst []addressRange, p pcs) []addressRange {
	add := func(lo, hi uint64) {
		if lo < hi && u.file.isCode(lo) {
			dst = append(dst, addressRange{lo, hi})
		}
	}
	if p.ranges.class != classNone {
		if u.version < 5 {
			u.eachRange4(p.ranges, add)
		} else {
			u.eachRange5(p.ranges, add)
		}
		return dst
	}
	lo, ok := u.address(p.low)
	if !ok {
		return dst
	}
	switch hi, isAddress := u.address(p.high); {
	case isAddress:
		add(lo, hi)
	case p.high.class == classConstant:
		add(lo, lo+p.high.num)
	}
	return dst
}

// eachRange4 reads a list of .debug_ranges (DWARF 4, section 2.17.3).
func (u *unit) eachRange4(v value, add func(lo, hi uint64)) {
	off, ok := v.offset()
	if !ok {
		return
	}
	c := cursorAt(u.file.ranges, u.rangesBase+off)
	base := u.lowPC
	for c.more() {
		lo, hi := c.u64(), c.u64()
		switch {
		case c.bad, lo == 0 && hi == 0:
			return
		case lo == ^uint64(0):
			base = hi
		default:
			add(base+lo, base+hi)
		}
	}
}

// eachRange5 reads a list of .debug_rnglists (DWARF 5, section 2.17.3).
func (u *unit) eachRange5(v value, add func(lo, hi uint64)) {
	c, ok := u.listAt(v, u.file.rnglists, u.rnglistsBase)
	if !ok {
		return
	}
	base := u.lowPC
	for c.more() {
		kind := c.u8()
		if u.movesBase(&c, kind, &base) {
			continue
		}
		lo, hi, known, more := u.bounds(&c, kind, base)
		if !more || c.bad {
			return
		}
		if known {
			add(lo, hi)
		}
	}
}

// listAt returns a cursor at the list in a section that v refers to: by its offset, or by its number among
// those whose offsets stand at base. It reports whether there is one.
func (u *unit) listAt(v value, section []byte, base uint64) (cursor, bool) {
	off, ok := v.offset()
	if v.class == classListx {
		size := uint64(u.offsetSize)
		if v.num > uint64(len(section))/size {
			return cursor{}, false
		}
		c := cursorAt(section, base+v.num*size)
		off, ok = base+c.uint(u.offsetSize), !c.bad
	}
	return cursorAt(section, off), ok
}

// movesBase reports whether an entry of a list of ranges, whose kind was read, is an address that the offsets
// behind it count from, and reads that into base.
func (u *unit) movesBase(c *cursor, kind uint8, base *uint64) bool {
	switch kind {
	case rangeBaseAddressx:
		*base, _ = u.addressAt(c.uleb())
	case rangeBaseAddress:
		*base = c.u64()
	default:
		return false
	}
	return true
}

// bounds reads the range of an entry of a list of ranges, whose kind was read. known is not set where
// its addresses are not in the file, and more is not at the end of the list, or at damage.
func (u *unit) bounds(c *cursor, kind uint8, base uint64) (lo, hi uint64, known, more bool) {
	known = true
	switch kind {
	case rangeStartxEndx:
		var okLo, okHi bool
		lo, okLo = u.addressAt(c.uleb())
		hi, okHi = u.addressAt(c.uleb())
		known = okLo && okHi
	case rangeStartxLength:
		lo, known = u.addressAt(c.uleb())
		hi = lo + c.uleb()
	case rangeOffsetPair:
		lo = base + c.uleb()
		hi = base + c.uleb()
	case rangeStartEnd:
		lo, hi = c.u64(), c.u64()
	case rangeStartLength:
		lo = c.u64()
		hi = lo + c.uleb()
	default: // rangeEndOfList, or damage
		return 0, 0, false, false
	}
	return lo, hi, known, true
}
