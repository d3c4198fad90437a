package holding

import (
	"math/rand/v2"
	"slices"
	"testing"

	"heapprof/internal/profile"
)

// What blocks have in common is gone through once, and is part of each that leads to it.
func TestWalksJoinWhatIsInCommon(t *testing.T) {
	joined := 0
	for seed := range uint64(200) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 3)))
		o := newOracle(t, w)
		h := &heap{in: &w.Input, graph: o.graph}
		walker := h.newWalker(newSets(o.graph, w.Blocks))
		first := int(seed) % len(w.Blocks)
		for i := range w.Blocks {
			block, most := (first+i)%len(w.Blocks), 1<<30
			if i == 0 {
				most = 0
			}
			got, _, ok := walker.one(block, most)
			if want := o.reached(func(b int) bool { return b == block }); !ok || got != want {
				t.Errorf("seed %d: block %d leads to %v, want %v", seed, block, got, want)
			}
			if walker.common != nil && i > 0 && walker.common.before.has(int32(block)) {
				joined++
			}
		}
	}
	if joined == 0 {
		t.Error("no block leads to the common ones")
	}
}

// A walk that leads too far is given up.
func TestWalksStopWhereTheyLeadTooFar(t *testing.T) {
	w := newWorld("T")
	for range 10 {
		w.block(0, 16)
	}
	for i, b := range w.Blocks[1:] {
		w.put(w.Blocks[i].Addr, b.Addr)
	}
	h := &heap{in: &w.Input, graph: newOracle(t, w).graph}
	walker := h.newWalker(newSets(h.graph, w.Blocks))
	if _, _, ok := walker.walk(slices.Values([]int{0}), 5); ok {
		t.Error("not given up")
	}
	if all, _, ok := walker.walk(slices.Values([]int{0}), 20); !ok || all != amount(160, 10) {
		t.Errorf("leads to %v, %v", all, ok)
	}
}

// Each index comes once, and the first ones lie far apart.
func TestPicksAreSpreadEvenly(t *testing.T) {
	for _, c := range []struct{ n, most, want int }{{0, 5, 0}, {1, 5, 1}, {7, 5, 5}, {1000, 100, 100}, {5, 5, 5}} {
		got := slices.Collect(picks(c.n, c.most))
		if len(got) != c.want || len(slices.Compact(slices.Sorted(slices.Values(got)))) != c.want {
			t.Errorf("%d of %d: %v", c.most, c.n, got)
		}
	}
	if got := slices.Collect(picks(1024, 1024)); !slices.Equal(got[:4], []int{0, 512, 256, 768}) {
		t.Errorf("begin with %v", got[:4])
	}
	if got := spreadOf([]uint64{5, 1, 9, 7}); got != (profile.Spread{Smallest: 1, Median: 5, Largest: 9}) {
		t.Errorf("spread %v", got)
	}
}
