package dwarf

// eachLocation reads the list of locations that v refers to, until add is false: the code, and the expression of
// the place there.
func (u *unit) eachLocation(v value, add func(lo, hi uint64, expression []byte) bool) {
	switch {
	case v.class == classNone:
	case u.version >= 5:
		u.eachLocation5(v, add)
	case u.skeleton != nil:
		u.eachSplitLocation4(v, add)
	default:
		u.eachLocation4(v, add)
	}
}

// eachLocation4 reads a list of .debug_loc (DWARF 4, section 2.6.2).
func (u *unit) eachLocation4(v value, add func(lo, hi uint64, expression []byte) bool) {
	off, ok := v.offset()
	if !ok {
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

// eachSplitLocation4 reads a list of .debug_loc.dwo, as GNU has them in split units of DWARF 4: addresses are by their
// numbers in .debug_addr.
func (u *unit) eachSplitLocation4(v value, add func(lo, hi uint64, expression []byte) bool) {
	off, ok := v.offset()
	if !ok {
		return
	}
	c := cursorAt(u.file.section("loc"), off)
	base := u.lowPC
	for c.more() {
		var lo, hi uint64
		known := true
		switch c.u8() {
		case splitBaseAddress:
			base, _ = u.addressAt(c.uleb())
			continue
		case splitStartEnd:
			var ends bool
			lo, known = u.addressAt(c.uleb())
			hi, ends = u.addressAt(c.uleb())
			known = known && ends
		case splitStartLength:
			lo, known = u.addressAt(c.uleb())
			hi = lo + c.uint(4)
		case splitOffsetPair:
			lo, hi = base+c.uint(4), base+c.uint(4)
		default: // the end of the list, or damage
			return
		}
		expression := c.bytes(uint64(c.u16()))
		if c.bad || known && !add(lo, hi, expression) {
			return
		}
	}
}

// eachLocation5 reads a list of .debug_loclists (DWARF 5, section 2.6.2), whose entries are those of a list of
// ranges, with an expression behind each, and two kinds more.
func (u *unit) eachLocation5(v value, add func(lo, hi uint64, expression []byte) bool) {
	if v.class != classListx && v.class != classOffset {
		return
	}
	c, ok := u.listAt(v, u.file.section("loclists"), u.loclistsBase)
	if !ok {
		return
	}
	base := u.lowPC
	for c.more() {
		var lo, hi uint64
		var known bool
		switch kind := c.u8(); kind {
		case locationViewPair:
			c.uleb()
			c.uleb()
			continue
		case locationDefault: // for where no other is
		default:
			if kind > locationDefault {
				kind-- // a list of ranges has no default
			}
			if u.movesBase(&c, kind, &base) {
				continue
			}
			more := false
			if lo, hi, known, more = u.bounds(&c, kind, base); !more {
				return
			}
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
