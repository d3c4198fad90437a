package dwarf

// eachLocation4 reads a list of .debug_loc (DWARF 4, section 2.6.2). Those of split units, which had a form of
// their own then, are not read.
func (u *unit) eachLocation4(v value, add func(lo, hi uint64, expression []byte) bool) {
	off, ok := v.offset()
	if !ok || v.class == classNone || u.dwoID != 0 {
		return
	}
	c := cursorAt(u.file.section("loc"), off)
	base := u.lowPC
	for c.more() {
		lo, hi := c.u64(), c.u64()
		switch {
		case c.bad, lo == 0 && hi == 0:
			return
		case lo == ^uint64(0):
			base = hi
		default:
			if !add(base+lo, base+hi, c.bytes(uint64(c.u16()))) {
				return
			}
		}
	}
}

// eachLocation5 reads a list of .debug_loclists (DWARF 5, section 2.6.2).
func (u *unit) eachLocation5(v value, add func(lo, hi uint64, expression []byte) bool) {
	section := u.file.section("loclists")
	off := v.num
	switch v.class {
	case classListx:
		size := uint64(u.offsetSize)
		if v.num > uint64(len(section))/size {
			return
		}
		c := cursorAt(section, u.loclistsBase+v.num*size)
		if off = u.loclistsBase + c.uint(u.offsetSize); c.bad {
			return
		}
	case classOffset:
	default:
		return
	}
	c := cursorAt(section, off)
	base := u.lowPC
	for c.more() {
		var lo, hi uint64
		known := true
		switch c.u8() {
		case locationBaseAddressx:
			base, _ = u.addressAt(c.uleb())
			continue
		case locationBaseAddress:
			base = c.u64()
			continue
		case locationViewPair:
			c.uleb()
			c.uleb()
			continue
		case locationStartxEndx:
			var okLo, okHi bool
			lo, okLo = u.addressAt(c.uleb())
			hi, okHi = u.addressAt(c.uleb())
			known = okLo && okHi
		case locationStartxLength:
			lo, known = u.addressAt(c.uleb())
			hi = lo + c.uleb()
		case locationOffsetPair:
			lo = base + c.uleb()
			hi = base + c.uleb()
		case locationDefault:
			known = false
		case locationStartEnd:
			lo, hi = c.u64(), c.u64()
		case locationStartLength:
			lo = c.u64()
			hi = lo + c.uleb()
		default: // the end of the list, or damage
			return
		}
		expression := c.bytes(c.uleb())
		if c.bad {
			return
		}
		if known && !add(lo, hi, expression) {
			return
		}
	}
}
