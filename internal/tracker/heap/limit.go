package heap

import "math"

// Limit is how much may live at the same time; 0: any number.
type Limit struct {
	Bytes, Blocks uint64
}

// Crossing is the first block that came above a limit.
type Crossing struct {
	Stamp    uint64
	Site     SiteID // it was allocated or resized at
	Bytes    uint64 // that it asked for
	OfBlocks bool   // whether it is the limit of blocks that it came above
	Marked   bool   // whether there was room for the mark

	LiveBytes, LiveBlocks uint64 // before
}

// watch looks for the first block that comes above a limit.
type watch struct {
	limit   Limit // zero where nobody looks, or not any more
	mark    string
	through SiteID // 1 + where the next block is resized; 0: that is not known
	crossed *Crossing
}

// isOn reports whether the block is still looked for.
func (w *watch) isOn() bool { return w.limit != Limit{} }

// due is until when no event need be looked at.
func (w *watch) due() uint64 {
	if w.isOn() {
		return 0
	}
	return math.MaxUint64
}

// passes reports whether so much may live.
func (w *watch) passes(live Amount) bool {
	return (w.limit.Bytes == 0 || live.Bytes <= w.limit.Bytes) && (w.limit.Blocks == 0 || live.Blocks <= w.limit.Blocks)
}

// Watch has the heap look for the first block that comes above a limit, and gives that moment a name. A
// clone looks for its own.
func (h *Heap) Watch(limit Limit, mark string) {
	h.watch = watch{limit: limit, mark: mark}
	h.due = h.watch.due()
}

// IsWatched reports whether such a block is still looked for.
func (h *Heap) IsWatched() bool { return h.watch.isOn() }

// ResizesAt says at which site the block is resized whose EndRealloc comes next.
func (h *Heap) ResizesAt(site SiteID) { h.watch.through = site + 1 }

// Crossed returns the first block that came above the limit; nil: none did.
func (h *Heap) Crossed() *Crossing { return h.watch.crossed }

// look looks at a block of so many bytes that was allocated or resized just now. was is what lived before.
func (h *Heap) look(site SiteID, size, stamp uint64, was Amount) {
	through := h.watch.through
	h.watch.through = 0
	if !h.watch.isOn() || h.watch.passes(Amount{h.bytes, h.blocks}) {
		return
	}
	if through != 0 {
		site = through - 1
	}
	limit := h.watch.limit
	h.watch.limit = Limit{}
	h.watch.crossed = &Crossing{
		Stamp: stamp, Site: site, Bytes: size, OfBlocks: limit.Bytes == 0 || h.bytes <= limit.Bytes,
		Marked:    h.Mark(stamp, h.watch.mark),
		LiveBytes: was.Bytes, LiveBlocks: was.Blocks,
	}
}
