package object

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestByAddressSortsAndKeepsTheOrderOfEquals(t *testing.T) {
	type symbol struct {
		addr   uint64
		number int
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, most := range []uint64{1, 3, 1 << 11, 1 << 30, 1 << 63, ^uint64(0)} {
		for range 20 {
			symbols := make([]symbol, random.IntN(300))
			for i := range symbols {
				symbols[i] = symbol{random.Uint64N(most), i}
			}
			want := slices.Clone(symbols)
			slices.SortStableFunc(want, func(a, b symbol) int { return cmp.Compare(a.addr, b.addr) })
			if got := ByAddress(symbols, func(s *symbol) uint64 { return s.addr }); !slices.Equal(got, want) {
				t.Fatalf("up to %#x: %v, want %v", most, got, want)
			}
		}
	}
}
