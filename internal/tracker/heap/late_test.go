package heap

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestUnknownFreeIsCountedAndIgnored(t *testing.T) {
	h, first, _, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrB, 20)
	r := h.Finish(30)
	equal(t, "counts", r.Counts, Counts{UnknownFrees: 1})
	equal(t, "end bytes", r.Total.EndBytes, 100)
}

func TestAllocationAtLiveAddressClosesTheOldBlockFirst(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrA, 60, 30, second)
	r := h.Finish(50)
	equal(t, "counts", r.Counts, Counts{LostFrees: 1})
	equal(t, "lifetime", r.Sites[first].Lifetime.Lo, 20)
	equal(t, "end bytes", r.Total.EndBytes, 60)
	equal(t, "peak bytes", r.Total.PeakBytes, 100) // never both
}

func TestLateFreeIsNotTakenForTheYoungerBlocks(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrA, 60, 30, second)
	h.Free(th, addrA, 20)
	r := h.Finish(50)
	equal(t, "counts", r.Counts, Counts{LateEvents: 1})
	equal(t, "end bytes", r.Sites[second].EndBytes, 60)
	equal(t, "end bytes of the older", r.Sites[first].EndBytes, 0)
}

func TestLateAllocationMeetsItsFree(t *testing.T) {
	h, first, second, th := newTest()
	h.Free(th, addrA, 20)
	h.Alloc(th, addrB, 5, 25, second)
	h.Alloc(th, addrA, 100, 10, first)
	r := h.Finish(50)
	equal(t, "counts", r.Counts, Counts{LateEvents: 1})
	equal(t, "total bytes", r.Sites[first].TotalBytes, 100)
	equal(t, "end bytes", r.Sites[first].EndBytes, 0)
	equal(t, "lifetime", r.Sites[first].Lifetime.Lo, 10)
}

func TestLateAllocationLeavesTheYoungerBlockAlone(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 60, 30, second)
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrA, 20)
	r := h.Finish(50)
	equal(t, "counts", r.Counts, Counts{LateEvents: 2})
	equal(t, "total bytes of the older", r.Sites[first].TotalBytes, 100)
	equal(t, "end bytes of the older", r.Sites[first].EndBytes, 0)
	equal(t, "end bytes of the younger", r.Sites[second].EndBytes, 60)
}

func TestDamagedEventsDoNotPanic(t *testing.T) {
	h, first, _, th := newTest()
	rnd := rand.New(rand.NewPCG(1, 1))
	wild := func() uint64 {
		return []uint64{0, 1, rnd.Uint64(), math.MaxUint64, 1 << 63, 1 << 56}[rnd.IntN(6)]
	}
	for range 5000 {
		switch rnd.IntN(5) {
		case 0:
			h.Alloc(th, wild(), wild(), wild(), first)
		case 1:
			h.Free(th, wild(), wild())
		case 2:
			h.BeginRealloc(th, wild(), wild())
		case 3:
			h.EndRealloc(th, wild(), wild(), wild(), first, Outcome(rnd.IntN(256)))
		case 4:
			h.Resident(wild(), wild())
		}
	}
	r := h.Finish(wild())
	equal(t, "blocks at the end by site", r.Total.EndBlocks, h.blocks)
}

func TestCloneBeginsWithItsParentsLiveBlocks(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrB, 40, 20, first)
	h.Free(th, addrB, 30)
	c := h.Clone(30)

	var child Thread
	c.Alloc(&child, addrB, 7, 40, second)
	c.Free(&child, addrA, 50)
	h.Free(th, addrA, 60)

	r := c.Finish(70)
	equal(t, "inherited", r.Inherited, Amount{100, 1})
	equal(t, "child's first site", r.Sites[first], SiteResult{
		TotalBytes: 100, TotalBlocks: 1, Lifetime: Ticks{0, 40},
		MaxBytes: 100, MaxBlocks: 1, PeakBytes: 100, PeakBlocks: 1,
	})
	equal(t, "child's second site", r.Sites[second].EndBytes, 7)
	equal(t, "child's peak", r.Total.PeakBytes, 107)
	p := h.Finish(70)
	equal(t, "parent's total", p.Total.TotalBytes, 140)
	equal(t, "parent's end", p.Total.EndBytes, 0)
	equal(t, "parent's lifetime", p.Sites[first].Lifetime.Lo, 50+10)
}

func TestBlocksFreedWhileForkingAreNotLost(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	// Another thread of the parent frees it now, too late for the announcement
	// and before the child is made, where the address is free.
	c := h.Clone(20)
	var child Thread
	c.Alloc(&child, addrA, 7, 30, second)
	r := c.Finish(40)
	equal(t, "counts", r.Counts, Counts{LateEvents: 1})
	equal(t, "bytes at the end", r.Total.EndBytes, 7)
	c.Alloc(&child, addrA, 8, 50, second)
	equal(t, "counts", c.Finish(60).Counts, Counts{LateEvents: 1, LostFrees: 1})
}

func TestInnerCallsOfUnknownBlocksAreNothing(t *testing.T) {
	h, site, other, th := newTest()
	h.FreeInner(th, addrA, 10)
	h.BeginInnerRealloc(th, addrA, 20)
	h.EndRealloc(th, addrB, 250, 30, other, Resized)
	h.BeginInnerRealloc(th, addrA, 40)
	h.EndRealloc(th, 0, 0, 50, other, Freed)
	r := h.Finish(60)
	equal(t, "counts", r.Counts, Counts{})
	equal(t, "site", r.Sites[site], SiteResult{})
	equal(t, "site of the realloc", r.Sites[other], SiteResult{})
}

func TestInnerCallsOfKnownBlocksCount(t *testing.T) {
	h, site, other, th := newTest()
	h.Alloc(th, addrA, 100, 10, site)
	h.BeginInnerRealloc(th, addrA, 20)
	h.EndRealloc(th, addrB, 250, 30, other, Resized)
	h.FreeInner(th, addrB, 60)
	r := h.Finish(100)
	equal(t, "counts", r.Counts, Counts{})
	equal(t, "blocks", r.Sites[site].TotalBlocks, 2)
	equal(t, "bytes", r.Sites[site].TotalBytes, 350)
	equal(t, "live at the end", r.Total.EndBlocks, 0)
}
