package heap

// Before counts what became of blocks that a program had before its account began, as far as that was seen: nobody
// knows how many there were, nor how large.
type Before struct {
	Freed   uint64 // blocks that were freed
	Resized uint64 // blocks that were resized: each is a new block of the account from then on, of the stack that has resized it
}

// before is the account of such blocks.
type before struct {
	has bool // the program had some
	Before
}

// unseen counts that n blocks were freed, or in a call of realloc, that were not seen being allocated.
func (h *Heap) unseen(n uint64) {
	if h.before.has {
		h.before.Freed += n
		return
	}
	h.counts.UnknownFrees += n
}

// ResizesUnseen reports whether the block that thread t resizes, between BeginRealloc and EndRealloc, is one from before
// the account: it is to become a block of the site that EndRealloc is told.
func (h *Heap) ResizesUnseen(t *Thread) bool { return h.before.has && t.resizes == 0 && !t.ignores }
