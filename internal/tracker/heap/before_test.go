package heap

import "testing"

// Addresses beyond those of the other tests.
const (
	addrD = addrA + 16*(iota+100)
	addrE
)

func newAttached() (h *Heap, first, second SiteID, t *Thread) {
	h = New(Options{Attached: true})
	return h, h.NewSite(), h.NewSite(), new(Thread)
}

func TestFreesOfBlocksFromBeforeAreCountedApart(t *testing.T) {
	h, first, _, th := newAttached()
	h.Free(th, addrA, 10)
	h.Alloc(th, addrA, 100, 20, first)
	h.Free(th, addrA, 30)
	h.Free(th, addrB, 40)
	r := h.Finish(50)
	equal(t, "before", r.Before, Before{Freed: 2})
	equal(t, "counts", r.Counts, Counts{})
	equal(t, "total bytes", r.Total.TotalBytes, 100)
}

func TestAFreeThatComesBeforeItsAllocationIsOfNoBlockFromBefore(t *testing.T) {
	h, first, _, th := newAttached()
	h.Free(th, addrA, 20)
	h.Alloc(new(Thread), addrA, 100, 10, first)
	r := h.Finish(30)
	equal(t, "before", r.Before, Before{})
	equal(t, "counts", r.Counts, Counts{LateEvents: 1})
	equal(t, "end blocks", r.Total.EndBlocks, 0)
}

func TestAResizedBlockFromBeforeIsABlockOfWhoResizedIt(t *testing.T) {
	h, first, second, th := newAttached()
	h.BeginRealloc(th, addrA, 10)
	equal(t, "unseen", h.ResizesUnseen(th), true)
	h.EndRealloc(th, addrB, 50, 20, second, Resized)
	h.BeginRealloc(th, addrB, 22)
	equal(t, "unseen again", h.ResizesUnseen(th), false)
	h.EndRealloc(th, addrC, 70, 24, first, Resized)
	h.BeginRealloc(th, addrD, 30) // realloc(p, 0)
	h.EndRealloc(th, 0, 0, 35, first, Freed)
	h.BeginRealloc(th, addrE, 40)
	h.EndRealloc(th, 0, 0, 45, first, Failed)
	r := h.Finish(50)
	equal(t, "before", r.Before, Before{Freed: 1, Resized: 1})
	equal(t, "counts", r.Counts, Counts{})
	equal(t, "end bytes of its site", r.Sites[second].EndBytes, 70)
	equal(t, "blocks of its site", r.Sites[second].TotalBlocks, 2) // a realloc is one more
	equal(t, "blocks of the other", r.Sites[first].TotalBlocks, 0)
}

func TestWhatAForkedChildFreesOfBeforeIsItsOwn(t *testing.T) {
	h, first, _, th := newAttached()
	h.Alloc(th, addrB, 8, 5, first)
	h.Free(th, addrA, 10)
	child := h.Clone(20)
	own := new(Thread)
	child.Free(own, addrB, 30)
	child.Free(own, addrC, 31)
	child.Free(own, addrD, 32)
	equal(t, "the parent's", h.Finish(40).Before, Before{Freed: 1})
	equal(t, "the child's", child.Finish(40).Before, Before{Freed: 2})
}

func TestAFreeOfABlockFromBeforeIsNotWrong(t *testing.T) {
	h, first, _, th := newAttached()
	h.FreeBy(th, addrA, 10, Freer{Stack: 3})
	h.Alloc(th, addrB, 8, 20, first)
	h.FreeBy(th, addrB, 30, Freer{Stack: 3})
	h.FreeBy(th, addrB, 40, Freer{Stack: 4}) // which is wrong: what was there was seen to be freed
	r := h.Finish(50)
	if len(r.Frees.Wrong) != 1 || r.Frees.Wrong[0].Kind != FreedTwice {
		t.Errorf("the wrong frees are %+v, want one that was freed twice", r.Frees.Wrong)
	}
}

func TestWhatASampledAccountDoesNotKnowSaysNothingOfBefore(t *testing.T) {
	h := NewSampled(512<<10, Options{Attached: true})
	h.Free(new(SampledThread), addrA, 10, false)
	equal(t, "before", h.Finish(20).Before, Before{})
}
