//go:build linux && (amd64 || arm64)

package tracker

import (
	"math/rand/v2"
	"slices"
	"testing"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/replay"
)

// TestWhichImagesAreChosenDoesNotDependOnTheirOrder, nor do images that wants turns away matter.
func TestWhichImagesAreChosenDoesNotDependOnTheirOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all []*candidate
		for i := range 2 + random.IntN(20) {
			peak := uint64(random.IntN(8)) << (16 + random.IntN(8))
			all = append(all, &candidate{own: heap.Own{Peak: peak}, recorded: recorded{Snapshot: &replay.Snapshot{Facts: replay.Facts{Index: i}}}})
		}
		all[0].start = true
		choose := func(most int) (indices []int) {
			c := chosen{most: most}
			for _, x := range append(slices.Clone(all[1:]), all[0]) { // the started process ends last
				if x.start || c.wants(x.own.Peak) {
					c.add(x)
				}
			}
			for _, x := range c.all {
				indices = append(indices, x.Index)
			}
			return indices
		}
		for _, most := range []int{1, 4, 8} {
			slices.SortFunc(all, func(a, b *candidate) int { return a.Index - b.Index })
			want := choose(most)
			random.Shuffle(len(all)-1, func(i, j int) { all[i+1], all[j+1] = all[j+1], all[i+1] })
			if got := choose(most); !slices.Equal(got, want) {
				t.Errorf("in one order %d are chosen, in another %d", want, got)
			}
		}
	}
}

// TestTheStartedProcessIsChosenWhereThatIsAskedFor, though others had larger peaks, and more of
// them than are chosen otherwise.
func TestTheStartedProcessIsChosenWhereThatIsAskedFor(t *testing.T) {
	for _, asked := range []bool{false, true} {
		c := chosen{most: 2, started: asked}
		for i := range 4 {
			c.add(&candidate{own: heap.Own{Peak: 10 << 20}, recorded: recorded{Snapshot: &replay.Snapshot{Facts: replay.Facts{Index: i + 1}}}})
		}
		start := &candidate{own: heap.Own{Peak: 100}, start: true, recorded: recorded{Snapshot: &replay.Snapshot{}}}
		left := c.add(start)
		if has, goes := slices.Contains(c.all, start), slices.Contains(left, start); has != asked || goes == asked {
			t.Errorf("asked for %v: chosen %v, left out %v", asked, has, goes)
		}
	}
}
