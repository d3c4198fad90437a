package heap

// Within a call of an allocator that is built on another one, blocks of the other are freed
// and resized. Some of them were recorded, such as those that hold the allocator's books;
// others, in which the allocator's own blocks lie, never were. So a block that was not seen
// being allocated is no loss here.

// FreeInner records, like Free, that thread t is about to free the block at addr, at the
// moment stamp, in the middle of an allocator's call. A block that was not seen being
// allocated is ignored and not counted.
func (h *Heap) FreeInner(t *Thread, addr, stamp uint64) {
	if h.isLive(addr, stamp) {
		h.Free(t, addr, stamp)
	}
}

// BeginInnerRealloc records, like BeginRealloc, that thread t is about to have the block at
// addr resized, at the moment stamp, in the middle of an allocator's call. If the block was
// not seen being allocated, it and the EndRealloc that follows are ignored.
func (h *Heap) BeginInnerRealloc(t *Thread, addr, stamp uint64) {
	h.BeginRealloc(t, addr, stamp)
	t.ignores = t.resizes == 0
}

// isLive reports whether a block that was allocated up to the moment stamp lives at addr.
func (h *Heap) isLive(addr, stamp uint64) bool {
	b := h.live.find(addr & maxAddr)
	return b.addr != 0 && b.signedAge(stamp) >= 0
}
