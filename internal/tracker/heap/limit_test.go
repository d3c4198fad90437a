package heap

import "testing"

// TestTheFirstBlockAboveALimitIsNamed whichever way it comes: allocated, resized, or by an event that is
// replayed together with its free; and not what comes up to the limit, nor what comes above it later.
func TestTheFirstBlockAboveALimitIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		limit Limit
		cross func(h *Heap, t *Thread, site SiteID)
		want  Crossing
	}{
		"allocated": {Limit{Bytes: 1000}, func(h *Heap, t *Thread, site SiteID) { h.Alloc(t, 0x3000, 1, 40, site) }, Crossing{Stamp: 40, Site: 1, Bytes: 1, LiveBytes: 1000, LiveBlocks: 2}},
		"at once":   {Limit{Bytes: 1000}, func(h *Heap, t *Thread, site SiteID) { h.AllocFree(t, 0x3000, 1, 40, 41, site) }, Crossing{Stamp: 40, Site: 1, Bytes: 1, LiveBytes: 1000, LiveBlocks: 2}},
		"resized": {Limit{Bytes: 1000}, func(h *Heap, t *Thread, site SiteID) {
			h.BeginRealloc(t, 0x2000, 40)
			h.ResizesAt(site)
			h.EndRealloc(t, 0x4000, 701, 42, site, Resized)
		}, Crossing{Stamp: 42, Site: 1, Bytes: 701, LiveBytes: 1000, LiveBlocks: 2}},
		"of blocks": {Limit{Bytes: 2000, Blocks: 2}, func(h *Heap, t *Thread, site SiteID) { h.Alloc(t, 0x3000, 0, 40, site) }, Crossing{Stamp: 40, Site: 1, OfBlocks: true, LiveBytes: 1000, LiveBlocks: 2}},
	} {
		h := New(Options{})
		h.Watch(c.limit, "limit")
		var thread Thread
		h.BeginThread(&thread, 1)
		first, second := h.NewSite(), h.NewSite()
		h.Alloc(&thread, 0x1000, 300, 10, first)
		h.Alloc(&thread, 0x2000, 700, 20, first)
		if h.Crossed() != nil || !h.IsWatched() {
			t.Errorf("%s: crossed by what comes up to it", name)
		}
		c.cross(h, &thread, second)
		h.Alloc(&thread, 0x5000, 5000, 50, first)
		c.want.Marked = true
		if got := h.Crossed(); got == nil || *got != c.want || h.IsWatched() {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if m := h.Finish(60).Moments; len(m) == 0 || m[0].Mark != "limit" || m[0].Stamp != c.want.Stamp {
			t.Errorf("%s: the moments are %+v", name, m)
		}
	}
}

// TestAForkedHeapLooksForItsOwnCrossing, with what it has from its parent.
func TestAForkedHeapLooksForItsOwnCrossing(t *testing.T) {
	h := New(Options{})
	var thread Thread
	h.BeginThread(&thread, 1)
	h.Alloc(&thread, 0x1000, 300, 10, h.NewSite())
	child := h.Clone(20)
	child.Watch(Limit{Bytes: 299}, "limit")
	var own Thread
	child.BeginThread(&own, 2)
	child.Alloc(&own, 0x2000, 1, 30, 0)
	if c := child.Crossed(); c == nil || c.LiveBytes != 300 || h.Crossed() != nil {
		t.Errorf("%+v, of its parent %+v", c, h.Crossed())
	}
}
