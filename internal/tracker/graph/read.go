package graph

// read reads memory. What cannot be read is 0 and in w.unread.
func (w *worker) read(b []byte, addr uint64) {
	w.unread = w.unread[:0]
	for len(b) > 0 {
		n, err := w.memory.ReadAt(b, addr)
		n = min(max(n, 0), len(b))
		b, addr = b[n:], addr+uint64(n)
		if len(b) == 0 || err == nil && n > 0 {
			continue
		}
		hole := w.hole(addr, addr+uint64(len(b))) - addr
		clear(b[:hole])
		w.unread = append(w.unread, Range{addr, addr + hole})
		b, addr = b[hole:], addr+hole
	}
}

// hole returns where memory can be read again that cannot be at an address, at most end. It looks twice as far each time, and
// then for the border in between: a hole may be as large as all that can be addressed.
func (w *worker) hole(addr, end uint64) uint64 {
	can := func(addr uint64) bool {
		var b [1]byte
		n, _ := w.memory.ReadAt(b[:], addr)
		return n > 0
	}
	bad := addr &^ (page - 1) // a page that cannot be read
	last := (end - 1) &^ (page - 1)
	for step := uint64(page); bad < last; step *= 2 {
		good := bad + min(step, last-bad)
		if !can(good) {
			bad = good
			continue
		}
		for good-bad > page {
			if middle := bad + (good-bad)/2&^(page-1); can(middle) {
				good = middle
			} else {
				bad = middle
			}
		}
		return good
	}
	return end
}

// pass returns where to go on behind memory that has just been read up to an address: if none of it could be, behind the rest of
// that hole, whose bytes are counted.
func (w *worker) pass(start, at, end uint64) uint64 {
	if at == end || len(w.unread) != 1 || w.unread[0] != (Range{start, at}) {
		return at
	}
	next := w.hole(at-1, end)
	w.lacks += next - at
	return next
}
