package heap

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
}

// BeginRealloc records that thread t is about to have the block at addr
// resized, at the moment stamp. From here on another thread may be given the
// address. realloc(NULL, size) is an Alloc instead.
func (h *Heap) BeginRealloc(t *Thread, addr, stamp uint64) {
	if stamp > h.timeline.due {
		h.sample(stamp)
	}
	if t.resizes != 0 { // the end of the last one was lost
		h.restore(h.takeResizing(t), stamp)
	}
	t.ignores = false
	b := h.live.remove(addr&maxAddr, stamp)
	if b.key == 0 {
		return
	}
	r := resizing{b, stamp}
	for i := range h.resizing {
		if h.resizing[i].block.key == 0 {
			h.resizing[i] = r
			t.resizes = uint32(i + 1)
			return
		}
	}
	h.resizing = append(h.resizing, r)
	t.resizes = uint32(len(h.resizing))
}

// EndRealloc records how the realloc begun by thread t ended, at the moment
// stamp. Where it was Resized, the block now has size bytes at addr; the
// arguments mean nothing otherwise.
//
// A resized block that was not seen being allocated counts as a new one,
// allocated at site; otherwise site means nothing. It is counted in
// Counts.UnknownFrees, and so is an unknown block that was Freed.
func (h *Heap) EndRealloc(t *Thread, addr, size, stamp uint64, site SiteID, outcome Outcome) {
	if t.ignores {
		t.ignores = false
		return
	}
	if t.resizes == 0 {
		h.endUnknown(t, addr, size, stamp, site, outcome)
		return
	}
	if stamp > h.timeline.due {
		h.sample(stamp)
	}
	r := h.takeResizing(t)
	switch outcome {
	case Resized:
		addr, size = addr&maxAddr, min(size, maxSize)
		b := t.resized(r.block, addr, size)
		old := h.live.insert(b)
		lives := old.key == 0 || h.replace(old, b, stamp)
		h.resize(r.block, size, stamp)
		if !lives {
			h.shrink(b, stamp)
		}
	case Freed:
		h.countTemporary(t, r.block)
		h.shrink(r.block, r.stamp)
	default:
		h.restore(r, stamp)
	}
}

// endUnknown does the work of EndRealloc for a block that was not seen being allocated.
func (h *Heap) endUnknown(t *Thread, addr, size, stamp uint64, site SiteID, outcome Outcome) {
	switch outcome {
	case Resized:
		h.counts.UnknownFrees++
		h.Alloc(t, addr, size, stamp, site)
	case Freed:
		h.counts.UnknownFrees++
	}
}

// resized returns block b as it is after thread t resized it. If b was the newest block of
// the thread, it still is; if not, the thread has no newest block any more, since resizing
// another block counts like allocating one.
func (t *Thread) resized(b block, addr, size uint64) block {
	newest := b.born() == t.newest
	b = b.resized(addr, size)
	if !newest {
		t.newest = birth{}
		return b.passedOn()
	}
	t.newest = b.born()
	return b
}

// takeResizing returns the block that thread t is resizing, and forgets it.
func (h *Heap) takeResizing(t *Thread) resizing {
	slot := &h.resizing[t.resizes-1]
	r := *slot
	*slot = resizing{}
	t.resizes = 0
	return r
}

// restore puts a block back where it was before BeginRealloc. If another
// block has its address, it must have been freed unseen.
func (h *Heap) restore(r resizing, stamp uint64) {
	if h.live.find(r.block.addr()).key != 0 {
		h.counts.LostFrees++
		h.shrink(r.block, stamp)
		return
	}
	h.live.insert(r.block)
}

// resize counts a change of block b, as it was before, to a new size.
func (h *Heap) resize(b block, size, stamp uint64) {
	h.sizes.count(size)
	s := h.sites.at(b.site())
	s.totalBytes += size
	s.totalBlocks++
	h.sites.cold(b.site()).reallocs++

	bytes := h.bytes - b.size() + size
	if bytes >= h.peak.bytes {
		h.peak = moment{stamp, bytes, h.blocks}
	} else {
		h.leavePeak(s)
	}
	h.bytes = bytes
	s.bytes += size - b.size()
	s.maxBytes = max(s.maxBytes, s.bytes)
}
