package heap

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLiveBlocksAreThoseOfTheMomentWhateverFollows(t *testing.T) {
	h, first, second, th := newTest()
	far := uint64(addrA + 3*RegionBytes)
	h.Alloc(th, addrA, 100, 10, first)
	h.Alloc(th, addrB, 5<<32, 20, second)
	h.Alloc(th, far, 7, 30, second)
	h.BeginRealloc(th, addrA, 40)
	live := h.Live()
	equal(t, "bytes", live.Bytes, 100+5<<32+7)
	equal(t, "blocks", live.Blocks, 3)
	h.EndRealloc(th, addrC, 50, 50, first, Resized)
	h.Free(th, addrB, 60)
	h.Alloc(th, addrB, 1, 70, first)

	type block struct {
		size uint64
		site SiteID
	}
	want := map[uint64]block{addrA: {100, first}, addrB: {5 << 32, second}, far: {7, second}}
	got := make(map[uint64]block)
	live.Each(func(addr, size uint64, site SiteID) { got[addr] = block{size, site} })
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	clear(got)
	live.EachIn(func(region uint64) bool { return region == far&^(RegionBytes-1) }, func(addr, size uint64, site SiteID) { got[addr] = block{size, site} })
	delete(want, addrA)
	delete(want, addrB)
	if !maps.Equal(got, want) {
		t.Errorf("in one region: got %v, want %v", got, want)
	}
}

func TestLiveBlocksCanBeHadInOrder(t *testing.T) {
	h, first, _, th := newTest()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 { // of a region before the others' and of some after it, and many of one leaf
		h.Alloc(th, addrA-RegionBytes*random.Uint64N(3)+RegionBytes*random.Uint64N(3)+16*random.Uint64N(1000), 8, 10, first)
	}
	var resizing []*Thread
	h.Live().Each(func(addr, _ uint64, _ SiteID) {
		if random.Uint64N(1000) == 0 {
			resizing = append(resizing, new(Thread))
			h.BeginRealloc(resizing[len(resizing)-1], addr, 20)
		}
	})
	live := h.Live()
	var got, want []uint64
	live.Each(func(addr, _ uint64, _ SiteID) { want = append(want, addr) })
	live.EachInOrder(func(addr, _ uint64, _ SiteID) { got = append(got, addr) })
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) != int(live.Blocks) || len(resizing) < 2 {
		t.Errorf("%d blocks, %d of them resized, want %d in order", len(got), len(resizing), live.Blocks)
	}
}
