package holding

import (
	"testing"

	"heapprof/internal/profile"
)

// There are at most so many references, and among them all that are steps of shortest ways.
func TestReferencesAreBounded(t *testing.T) {
	const points = 450
	w := newWorld(make([]string, points)...)
	for i := range points {
		w.block(i, 8*points)
	}
	for i, from := range w.Blocks {
		for k, to := range w.Blocks {
			w.put(from.Addr+uint64(8*k), to.Addr)
		}
		if i%2 == 1 {
			w.put(from.Addr+uint64(8*i), w.Blocks[0].Addr) // for the second time
		}
	}
	w.root("g_all", w.Blocks[points-1].Addr)
	got := w.make().References
	steps, twice := uint64(0), 0
	for _, r := range got {
		steps += r.Blocks
		if r.Pointers == 2 {
			twice++
		}
	}
	if len(got) != maxReferences || steps != points || twice != points/2 {
		t.Errorf("%d references with %d steps, %d of two words", len(got), steps, twice)
	}
}

// The block that retains most is among those whose deep sizes are looked at, so that none retains more than any leads to.
func TestTheLargestBlockIsLookedAt(t *testing.T) {
	w := newWorld("Table", "Entry", "Value")
	table := w.block(0, 8*2*maxLooked)
	w.root("g_table", table)
	for i := range 2 * maxLooked {
		entry := w.block(1, 16)
		w.put(table+uint64(8*i), entry)
		if i == 2*maxLooked-1 {
			w.put(entry, w.block(2, 5000))
		}
	}
	for _, d := range w.make().Deep {
		if want := (profile.Spread{Smallest: 16, Median: 16, Largest: 5016}); d.Point == 1 && (d.EachDeep != want || d.EachRetained != want || d.Looked != maxLooked) {
			t.Errorf("got %+v", d)
		}
	}
}
