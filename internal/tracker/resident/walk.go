package resident

import "heapprof/internal/tracker/heap"

// walk goes through the live blocks twice. Where most of the blocks that there were have been
// freed, their table is large for those that are left: these are kept for the second time, if they are few.
type walk struct {
	live *heap.Live
	few  []few // nil: they are many
}

// few is one of few blocks.
type few struct {
	addr, size uint64
	site       heap.SiteID
}

// mostFew is how many blocks are few: 6 MiB of them.
const mostFew = 1 << 18

func newWalk(live *heap.Live) *walk {
	w := &walk{live: live}
	if live.Blocks <= mostFew {
		w.few = make([]few, 0, live.Blocks)
	}
	return w
}

// first calls f for each block.
func (w *walk) first(f func(addr, size uint64, site heap.SiteID)) {
	if w.few == nil {
		w.live.Each(f)
		return
	}
	w.live.Each(func(addr, size uint64, site heap.SiteID) {
		w.few = append(w.few, few{addr, size, site})
		f(addr, size, site)
	})
}

// again calls f for each block of those regions that are wanted, in the same order.
func (w *walk) again(wanted func(region uint64) bool, f func(addr, size uint64, site heap.SiteID)) {
	if w.few == nil {
		w.live.EachIn(wanted, f)
		return
	}
	for _, b := range w.few {
		if wanted(b.addr - b.addr%regionBytes) {
			f(b.addr, b.size, b.site)
		}
	}
}
