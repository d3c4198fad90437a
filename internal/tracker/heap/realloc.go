package heap

import "slices"

// Outcome is how a realloc ended.
type Outcome uint8

const (
	Resized Outcome = iota // the block has a new size, and perhaps a new address
	Failed                 // the block lives on, unchanged
	Freed                  // realloc(p, 0) freed the block
)

// resizing is a block between BeginRealloc and EndRealloc: it still counts as
// live, but its address may be another block's already.
type resizing struct {
	block block // zero if the slot is free
	stamp uint64
	extra uint32 // its index
}

// BeginRealloc records that thread t is about to have the block at addr
// resized, at the moment stamp. From here on another thread may be given the
// address. realloc(NULL, size) is an Alloc instead.
func (h *Heap) BeginRealloc(t *Thread, addr, stamp uint64) {
	if stamp > h.due {
		h.advance(stamp)
	}
	if t.resizes != 0 { // the end of the last one was lost
		b, x, _ := h.takeResizing(t)
		h.restore(b, x, stamp)
	}
	t.ignores = false
	b, x := h.take(addr&maxAddr, stamp)
	if b.addr == 0 {
		return
	}
	slot := slices.IndexFunc(h.resizing, func(r resizing) bool { return r.block.addr == 0 })
	if slot < 0 {
		slot = len(h.resizing)
		h.resizing = append(h.resizing, resizing{})
	}
	h.resizing[slot].block, h.resizing[slot].stamp, h.resizing[slot].extra = b, stamp, x
	t.resizes = uint32(slot + 1)
}

// EndRealloc records how the realloc begun by thread t ended, at the moment
// stamp. Where it was Resized, the block now has size bytes at addr; the
// arguments mean nothing otherwise.
//
// A resized block that was not seen being allocated counts as a new one,
// allocated at site; otherwise site means nothing. It is counted in
// Counts.UnknownFrees, and so is an unknown block that was Freed; or in Before where
// the program had blocks already.
func (h *Heap) EndRealloc(t *Thread, addr, size, stamp uint64, site SiteID, outcome Outcome) {
	if t.ignores {
		t.ignores = false
		return
	}
	if t.resizes == 0 {
		h.endUnknown(t, addr, size, stamp, site, outcome)
		return
	}
	if stamp > h.due {
		h.advance(stamp)
	}
	was, x, began := h.takeResizing(t)
	switch outcome {
	case Resized:
		addr, size = addr&maxAddr, min(size, maxSize)
		b := t.resized(was, addr, size)
		x = h.growResized(was, b, x)
		old := h.live.insert(b.with(x))
		lives := old.addr == 0 || h.replace(old, b.with(x), stamp)
		live := Amount{h.bytes, h.blocks}
		h.resize(was, b, stamp)
		if h.watch.isOn() {
			h.look(b.site(), b.size, stamp, live)
		}
		if !lives {
			h.endUnseen(b, x, stamp)
		}
		h.frees.resized(was, b, t.resizer)
	case Freed:
		h.end(t, was, x, began)
		if h.frees != nil {
			h.frees.end(was, t.resizer)
		}
	default:
		h.restore(was, x, stamp)
	}
}

// endUnknown does the work of EndRealloc for a block that was not seen being allocated.
func (h *Heap) endUnknown(t *Thread, addr, size, stamp uint64, site SiteID, outcome Outcome) {
	switch {
	case site == Outside:
	case outcome == Resized && h.before.has:
		h.before.Resized++
		h.Alloc(t, addr, size, stamp, site)
		t.newest = birth{} // it has lived for long: it is not temporary
	case outcome == Resized:
		h.counts.UnknownFrees++
		h.Alloc(t, addr, size, stamp, site)
	case outcome == Freed:
		h.unseen(1)
	}
}

// resized returns block b as it is after thread t resized it. If b was the newest block of
// the thread, it still is; if not, the thread has no newest block any more, since resizing
// another block counts like allocating one.
func (t *Thread) resized(b block, addr, size uint64) block {
	newest := t.isNewest(b)
	t.recent = 0
	b.addr, b.size = addr, size
	if size>>markShift != 0 {
		b.birth &= maxStamp // there is no room for the owner
	}
	if !newest {
		t.newest = birth{}
		b.mark |= passedOnMark
		return b
	}
	t.newest = b.born()
	return b
}

// takeResizing returns the block that thread t is resizing, as it was, the index of its extra, and
// the moment at which it began, and forgets it.
func (h *Heap) takeResizing(t *Thread) (was block, extra uint32, began uint64) {
	slot := &h.resizing[t.resizes-1]
	// Field by field, as they were written: to read two in one would wait for the memory.
	was, extra, began = slot.block, slot.extra, slot.stamp
	slot.block = block{}
	t.resizes = 0
	return was, extra, began
}

// restore puts a block back where it was before BeginRealloc. If another
// block has its address, it must have been freed unseen.
func (h *Heap) restore(b block, extra uint32, stamp uint64) {
	if h.live.find(b.addr).addr != 0 {
		h.counts.LostFrees++
		h.endUnseen(b, extra, stamp)
		return
	}
	h.live.insert(b.with(extra))
}

// resize counts that block was has become b.
func (h *Heap) resize(was, b block, stamp uint64) {
	id, bytes := b.site(), h.bytes-was.size+b.size
	switch {
	case bytes >= h.peak.bytes:
		h.peak = moment{stamp, bytes, h.blocks}
	case h.bytes == h.peak.bytes:
		h.sites.beginFall()
	}
	h.resizeOwned(was, b)
	s := h.sites.at(id)
	s.totalBytes += b.size
	s.totalBlocks++
	h.sites.cold(id).reallocs++
	h.bytes = bytes
	s.bytes += b.size - was.size
	s.maxBytes = max(s.maxBytes, s.bytes)
	h.sites.countSize(id, b.size)
}
