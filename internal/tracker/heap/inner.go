package heap

// Within an allocator's call, blocks are freed and resized of which some are an account's
// own, such as those of an allocator's books, and the others what the call's own block
// lies in, which was never told of. So an unknown block is nothing here.

// FreeInner is Free of a block that need not be known.
func (h *Heap) FreeInner(t *Thread, addr, stamp uint64) {
	if h.knows(addr, stamp) {
		h.Free(t, addr, stamp)
	}
}

// BeginInnerRealloc is BeginRealloc of a block that need not be known.
func (h *Heap) BeginInnerRealloc(t *Thread, addr, stamp uint64) {
	h.BeginRealloc(t, addr, stamp)
	t.ignores = t.resizes == 0
}

func (h *Heap) knows(addr, stamp uint64) bool {
	b := h.live.find(addr & maxAddr)
	return b.key != 0 && b.signedAge(stamp) >= 0
}
