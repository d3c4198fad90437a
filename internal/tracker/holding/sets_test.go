package holding

import (
	"math/rand/v2"
	"testing"

	"heapprof/internal/profile"
)

// Lists that lead back are handed on step by step, and leave nothing behind for the sets that are looked at next.
func TestSetsAreLookedAtOneAfterTheOther(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		w := newWorld("T")
		const blocks = 300
		for range blocks {
			w.block(0, 32)
		}
		for i, b := range w.Blocks {
			w.put(b.Addr, w.Blocks[min(i+1, blocks-1)].Addr, 0, w.Blocks[max(i-1, 0)].Addr) // not side by side, as a list's
		}
		s := newSets(newOracle(t, w).graph, w.Blocks)
		for range 4 {
			reached := s.reached(func(add func(int, uint64)) {
				for b := range w.Blocks {
					add(b, 1<<r.IntN(64))
				}
			})
			for _, a := range reached {
				if want := amount(blocks*32, blocks); a != want && a != (profile.Amount{}) {
					t.Fatalf("a set leads to %v, want all %v", a, want)
				}
			}
		}
	}
}
