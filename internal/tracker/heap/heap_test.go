package heap

import (
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
)

// Addresses for tests.
const (
	addrA = 0x5555_0000_1000 + 16*iota
	addrB
	addrC
)

// newTest returns a heap with two sites and a thread.
func newTest() (h *Heap, first, second SiteID, t *Thread) {
	h = New(Options{})
	return h, h.NewSite(), h.NewSite(), new(Thread)
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestReallocBelongsToTheSiteThatAllocated(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.BeginRealloc(th, addrA, 20)
	h.EndRealloc(th, addrB, 250, 30, second, Resized)
	h.Free(th, addrB, 60)
	r := h.Finish(100)
	equal(t, "site", r.Sites[first], SiteResult{
		TotalBytes: 350, TotalBlocks: 2, Lifetime: Ticks{0, 50},
		MaxBytes: 250, MaxBlocks: 1, PeakBytes: 250, PeakBlocks: 1, TemporaryBlocks: 1, Reallocs: 1,
	})
	equal(t, "site of the realloc", r.Sites[second], SiteResult{})
}

func TestBlockIsLiveWhileItIsResized(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.BeginRealloc(th, addrA, 20)
	r := h.Finish(30)
	equal(t, "end bytes", r.Total.EndBytes, 100)
	equal(t, "lifetime", r.Total.Lifetime.Lo, 20)
	h.Alloc(new(Thread), addrA, 7, 40, second) // the address is reused at once
	equal(t, "peak bytes", h.Finish(50).Total.PeakBytes, 107)
	h.EndRealloc(th, addrB, 200, 60, first, Resized)
	h.Free(th, addrA, 70)
	r = h.Finish(80)
	equal(t, "end bytes", r.Sites[first].EndBytes, 200)
	equal(t, "end bytes of the reused address", r.Sites[second].EndBytes, 0)
	equal(t, "counts", r.Counts, Counts{})
}

func TestFailedReallocChangesNothing(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.BeginRealloc(th, addrA, 20)
	h.EndRealloc(th, 0, 1<<40, 30, second, Failed)
	h.Free(th, addrA, 40)
	r := h.Finish(50)
	equal(t, "site", r.Sites[first], SiteResult{
		TotalBytes: 100, TotalBlocks: 1, Lifetime: Ticks{0, 30},
		MaxBytes: 100, MaxBlocks: 1, PeakBytes: 100, PeakBlocks: 1, TemporaryBlocks: 1,
	})
}

func TestReallocToNothingFrees(t *testing.T) {
	h, first, _, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.BeginRealloc(th, addrA, 20)
	h.EndRealloc(th, 0, 0, 90, first, Freed)
	r := h.Finish(100)
	equal(t, "total blocks", r.Total.TotalBlocks, 1)
	equal(t, "end blocks", r.Total.EndBlocks, 0)
	equal(t, "temporary blocks", r.Total.TemporaryBlocks, 1)
	equal(t, "lifetime", r.Total.Lifetime.Lo, 10) // up to the call
}

func TestReallocOfUnknownBlockIsAnAllocation(t *testing.T) {
	h, first, second, th := newTest()
	h.BeginRealloc(th, addrA, 10)
	h.EndRealloc(th, addrB, 50, 20, second, Resized)
	r := h.Finish(30)
	equal(t, "site of the realloc", r.Sites[second].EndBytes, 50)
	equal(t, "reallocs", r.Total.Reallocs, 0)
	equal(t, "unknown frees", r.Counts.UnknownFrees, 1)
	h.BeginRealloc(th, addrC, 40)
	h.EndRealloc(th, 0, 50, 50, first, Failed)
	equal(t, "unknown frees after a failure", h.Finish(60).Counts.UnknownFrees, 1)
}

func TestLostEndOfReallocLeavesTheBlockAlone(t *testing.T) {
	h, first, _, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrB, 10, 11, first)
	h.BeginRealloc(th, addrA, 20)
	h.BeginRealloc(th, addrB, 30)
	h.EndRealloc(th, addrB, 20, 40, first, Resized)
	h.Free(th, addrA, 50)
	equal(t, "end bytes", h.Finish(60).Total.EndBytes, 20)
}

func TestLastOfEqualPeaksCounts(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrA, 20)
	h.Alloc(th, addrB, 50, 30, second)
	h.Alloc(th, addrC, 50, 40, second)
	h.Free(th, addrC, 50)
	r := h.Finish(60)
	equal(t, "peak stamp", r.PeakStamp, 40)
	equal(t, "first site at the peak", r.Sites[first].PeakBytes, 0)
	equal(t, "second site at the peak", r.Sites[second].PeakBytes, 100)
	equal(t, "blocks at the peak", r.Total.PeakBlocks, 2)
}

func TestPeakMayBeTheEnd(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrA, 20)
	h.Alloc(th, addrB, 100, 30, second)
	r := h.Finish(40)
	equal(t, "first site at the peak", r.Sites[first].PeakBytes, 0)
	equal(t, "second site at the peak", r.Sites[second].PeakBytes, 100)
}

func TestFreeOfEmptyBlockDoesNotEndThePeak(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrB, 0, 20, second)
	h.Free(th, addrB, 30)
	h.Free(th, addrA, 40)
	r := h.Finish(50)
	equal(t, "bytes at the peak", r.Total.PeakBytes, 100)
	equal(t, "blocks at the peak", r.Total.PeakBlocks, 1)
	equal(t, "sizes", r.Sizes[0], SizeClass{0, 1, 0})
}

func TestEpochsMayRunOut(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrA, 20) // the first epoch: the site saves 100 bytes
	h.Alloc(th, addrB, 100, 30, second)
	h.sites.epoch = math.MaxUint32
	h.Free(th, addrB, 40)
	r := h.Finish(50)
	equal(t, "first site at the peak", r.Sites[first].PeakBytes, 0)
	equal(t, "second site at the peak", r.Sites[second].PeakBytes, 100)
}

func TestSitesKeepTheirOwnMaxima(t *testing.T) {
	h, first, second, th := newTest()
	h.Alloc(th, addrA, 100, 10, first)
	h.Free(th, addrA, 20)
	h.Alloc(th, addrA, 10, 30, first)
	h.Alloc(th, addrB, 10, 40, first)
	h.Free(th, addrA, 50)
	h.Free(th, addrB, 60)
	h.Alloc(th, addrC, 1000, 70, second)
	s := h.Finish(80).Sites[first]
	equal(t, "max bytes", s.MaxBytes, 100)
	equal(t, "max blocks", s.MaxBlocks, 2)
	equal(t, "peak bytes", s.PeakBytes, 0)
}

func TestTemporaryBlocks(t *testing.T) {
	tests := []struct {
		name string
		run  func(h *Heap, a, b *Thread, s SiteID)
		want uint64
	}{
		{"freed at once", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.Free(a, addrA, 2)
		}, 1},
		{"freed after another thread allocated", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.Alloc(b, addrB, 1, 2, s)
			h.Free(a, addrA, 3)
		}, 1},
		{"freed after the thread freed another", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrB, 1, 1, s)
			h.Alloc(a, addrA, 1, 2, s)
			h.Free(a, addrB, 3)
			h.Free(a, addrA, 4)
		}, 1},
		{"freed after the thread allocated", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.Alloc(a, addrB, 1, 2, s)
			h.Free(a, addrA, 3)
		}, 0},
		{"freed by another thread", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.Free(b, addrA, 2)
		}, 0},
		{"freed after it was resized twice, in place and to another", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(a, addrA, 2)
			h.EndRealloc(a, addrA, 5, 3, s, Resized)
			h.BeginRealloc(a, addrA, 4)
			h.EndRealloc(a, addrB, 500, 5, s, Resized)
			h.Free(a, addrB, 6)
		}, 1},
		{"allocated by a realloc of nothing, resized, freed by realloc", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(a, addrA, 2)
			h.EndRealloc(a, addrB, 5, 3, s, Resized)
			h.BeginRealloc(a, addrB, 4)
			h.EndRealloc(a, 0, 0, 5, s, Freed)
		}, 1},
		{"freed after another thread resized it", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(b, addrA, 2)
			h.EndRealloc(b, addrA, 5, 3, s, Resized)
			h.Free(a, addrA, 4)
		}, 0},
		{"resized and freed by the thread that did not allocate it", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(b, addrA, 2)
			h.EndRealloc(b, addrA, 5, 3, s, Resized)
			h.Free(b, addrA, 4)
		}, 0},
		{"resized by the thread, then by another, in place", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(a, addrA, 2)
			h.EndRealloc(a, addrA, 5, 3, s, Resized)
			h.BeginRealloc(b, addrA, 4)
			h.EndRealloc(b, addrA, 9, 5, s, Resized)
			h.Free(a, addrA, 6)
		}, 0},
		{"freed after it was resized and another allocated", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.BeginRealloc(a, addrA, 2)
			h.EndRealloc(a, addrA, 5, 3, s, Resized)
			h.Alloc(a, addrB, 1, 4, s)
			h.Free(a, addrA, 5)
		}, 0},
		{"another thread's block at the same address", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrA, 1, 1, s)
			h.Free(b, addrA, 2)
			h.Alloc(b, addrA, 1, 3, s)
			h.Free(a, addrA, 4)
		}, 0},
		{"the thread resized another block since", func(h *Heap, a, b *Thread, s SiteID) {
			h.Alloc(a, addrB, 1, 1, s)
			h.Alloc(a, addrA, 1, 2, s)
			h.BeginRealloc(a, addrB, 3)
			h.EndRealloc(a, addrB, 2, 4, s, Resized)
			h.Free(a, addrA, 5)
		}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := New(Options{})
			test.run(h, new(Thread), new(Thread), h.NewSite())
			equal(t, "temporary blocks", h.Finish(100).Total.TemporaryBlocks, test.want)
		})
	}
}

func TestLifetimesExceed64Bits(t *testing.T) {
	h, first, _, th := newTest()
	const long = 1<<55 - 1
	const blocks = 2000 // of 2⁵⁵ ticks: more than 2⁶⁵
	for i := range uint64(blocks) {
		h.Alloc(th, addrA+16*i, 1, 0, first)
	}
	for i := range uint64(blocks) {
		h.Free(th, addrA+16*i, long)
	}
	got := h.Finish(long).Sites[first].Lifetime
	want := new(big.Int).Mul(big.NewInt(blocks), big.NewInt(long))
	if bigTicks(got).Cmp(want) != 0 {
		t.Errorf("lifetime = %v, want %v", bigTicks(got), want)
	}
}

func bigTicks(t Ticks) *big.Int {
	b := new(big.Int).SetUint64(t.Hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(t.Lo))
}

func TestTicksScaleIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		some := func() uint64 { return rnd.Uint64() >> rnd.IntN(65) }
		ticks, num, den := Ticks{some(), some()}, some(), max(some(), 1)
		want := new(big.Int).Mul(bigTicks(ticks), new(big.Int).SetUint64(num))
		want.Div(want, new(big.Int).SetUint64(den))
		if !want.IsUint64() {
			want.SetUint64(math.MaxUint64)
		}
		if got := ticks.Scale(num, den); got != want.Uint64() {
			t.Fatalf("%v·%d/%d = %d, want %v", ticks, num, den, got, want)
		}
	}
}

func TestTimelineDependsOnEventsAlone(t *testing.T) {
	run := func() *Result {
		h, first, _, th := newTest()
		rnd := rand.New(rand.NewPCG(3, 3))
		stamp := uint64(1000)
		for i := range uint64(100_000) {
			stamp += rnd.Uint64N(3000)
			if i%100 == 0 {
				h.Resident(stamp, i)
			}
			h.Alloc(th, addrA+16*(i%5000), rnd.Uint64N(1000), stamp, first)
		}
		return h.Finish(stamp)
	}
	a, b := run(), run()
	if !reflect.DeepEqual(a, b) {
		t.Error("two runs over the same events differ")
	}
	if n := len(a.Timeline); n < 1000 || n > 2000 {
		t.Errorf("%d samples, want 1000 to 2000", n)
	}
	if a.Timeline[len(a.Timeline)/2].RSS == 0 {
		t.Error("no RSS in the middle of the timeline")
	}
}

func TestTimelineSpansIdleTimes(t *testing.T) {
	h, first, _, th := newTest()
	h.Alloc(th, addrA, 5, 10, first)
	h.Alloc(th, addrB, 6, 1<<40, first)
	r := h.Finish(1 << 41)
	for i, s := range r.Timeline {
		want := uint64(5)
		if s.Stamp >= 1<<40 {
			want = 11
		}
		if s.Bytes != want {
			t.Fatalf("sample %d is %+v, want %d bytes", i, s, want)
		}
	}
}

func TestAllocatedIsOfTheHeapItselfNotOfItsParent(t *testing.T) {
	var thread Thread
	h := New(Options{})
	if h.Allocated() {
		t.Error("a new heap has allocated")
	}
	h.Alloc(&thread, 0x1000, 0, 1, h.NewSite())
	if !h.Allocated() {
		t.Error("a block of no bytes is no allocation")
	}
	c := h.Clone(2)
	c.Free(new(Thread), 0x1000, 2)
	if c.Allocated() {
		t.Error("what a clone inherits and frees counts as its own allocation")
	}
	c.Alloc(new(Thread), 0x2000, 8, 3, c.NewSite())
	if !c.Allocated() {
		t.Error("a clone's own block does not count")
	}
}

func TestChunksAreTheSizesOfSitesThatMayBeArenasOrPools(t *testing.T) {
	h, th := New(Options{}), &Thread{}
	arena, pool, table, mixed, small := h.NewSite(), h.NewSite(), h.NewSite(), h.NewSite(), h.NewSite()
	stamp, addr := uint64(1000), uint64(addrA)
	next := func() { stamp, addr = stamp+1, addr+1<<20 }
	for i := range uint64(6) {
		next()
		h.Alloc(th, addr, 512<<i, stamp, arena)
		h.Alloc(th, addr+1<<16, 512<<i, stamp, table)
		h.Free(th, addr-1<<20+1<<16, stamp) // each table is freed for the next
		h.Alloc(th, addr+1<<17, 64, stamp, small)
	}
	for i := range uint64(6) {
		h.Free(th, addr-i<<20, stamp)
	}
	for i := range uint64(40) {
		next()
		h.Alloc(th, addr, 4096, stamp, pool)
		h.Alloc(th, addr+1<<16, 4096+i%2*16, stamp, mixed)
	}
	got := h.Finish(stamp).Chunks
	want := map[SiteID][]SizeRun{
		arena: {{512, 1}, {1024, 1}, {2048, 1}, {4096, 1}, {8192, 1}, {16384, 1}},
		pool:  {{4096, 40}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
