package heap

// Events come in the order of their stamps, but for a few: a thread may lose
// the processor between reading the clock and publishing its event, for longer
// than the merge of the threads can wait. Address and stamp together still say
// which free belongs to which block:
//
//   - A free older than the block at its address frees the block that was
//     there before. That one was closed when the younger came.
//   - An allocation older than the block at its address is of a block freed
//     before the younger came. It is counted and closed at once, and its free
//     is still to come.
//   - An allocation older than an unknown free of its address is of the block
//     which that free freed.
//
// So totals and what is live stay right. The price is that such a block's
// lifetime may be short by the delay and that it weighs on the heap at the
// moment when its event comes instead of when it happened.

// orphans are the last frees that matched no block.
type orphans struct {
	newest uint64 // the highest stamp of any
	ring   [64]orphan
	next   int
}

type orphan struct {
	addr, stamp uint64    // addr 0: none
	by          Freer     // where frees have stacks
	wrong       WrongFree // what it was counted as there
}

// add keeps a free that matched no live block.
func (o *orphans) add(free orphan) {
	o.newest = max(o.newest, free.stamp)
	o.ring[o.next%len(o.ring)] = free
	o.next++
}

// take removes the first free of addr after stamp and returns it; ok reports whether there is
// one.
func (o *orphans) take(addr, stamp uint64) (free orphan, ok bool) {
	best := -1
	for i, f := range o.ring {
		if f.addr == addr && f.stamp > stamp && (best < 0 || f.stamp < o.ring[best].stamp) {
			best = i
		}
	}
	if best < 0 {
		return orphan{}, false
	}
	free = o.ring[best]
	o.ring[best] = orphan{}
	return free, true
}

// freeUnknown handles a free of addr that frees no live block. by counts where frees have
// stacks.
func (h *Heap) freeUnknown(addr, stamp uint64, by Freer) {
	if h.live.find(addr).addr != 0 { // a younger block: the free was of the one before it
		h.counts.LateEvents++
		if h.counts.LostFrees > 0 {
			h.counts.LostFrees--
		}
		if h.frees != nil {
			h.frees.late(addr, by)
		}
		return
	}
	h.unseen(1)
	free := orphan{addr: addr, stamp: stamp, by: by}
	if h.frees != nil {
		free.wrong = h.frees.judge(addr, by, h.before.has)
	}
	h.orphans.add(free)
}

// allocLate counts block b, allocated at stamp, if its free has come already, and reports
// whether that is so.
func (h *Heap) allocLate(b block, stamp uint64) bool {
	free, ok := h.orphans.take(b.addr, stamp)
	if !ok {
		return false
	}
	h.counts.LateEvents++
	h.unseen(^uint64(0)) // one less
	h.grow(b, stamp)
	h.endUnseen(b, 0, free.stamp)
	if h.frees != nil {
		h.frees.takeBack(free.wrong)
		h.frees.count(b, free.by)
	}
	return true
}

// replace sorts out that b, which came at stamp, took the place of a live
// block in the table. It reports whether b is the one that lives.
func (h *Heap) replace(old, b block, stamp uint64) bool {
	was := old
	old, x := h.extras.resolve(old)
	if h.inherited.Blocks > 0 && old.signedAge(h.forked) >= 0 {
		// Another thread of the parent freed it between the fork's announcement
		// and the fork, so the child was born without it.
		h.counts.LateEvents++
		h.endUnseen(old, x, stamp)
		return true
	}
	h.counts.LostFrees++
	if old.signedAge(stamp) < 0 {
		h.counts.LateEvents++
		h.live.insert(was)
		b, _ = h.extras.resolve(b)
		h.frees.close(b)
		return false
	}
	h.endUnseen(old, x, stamp)
	h.frees.close(old)
	return true
}
