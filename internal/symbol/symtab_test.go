package symbol

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSymbolsAreSortedByAddress(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, most := range []uint64{1, 3, 1 << 11, 1 << 30, 1 << 63, ^uint64(0)} {
		for range 20 {
			symbols := make([]elfSymbol, random.IntN(300))
			for i := range symbols {
				symbols[i] = elfSymbol{addr: random.Uint64N(most), name: uint32(i)}
			}
			want := slices.Clone(symbols)
			slices.SortStableFunc(want, func(a, b elfSymbol) int { return cmp.Compare(a.addr, b.addr) })
			if got := byAddress(symbols); !slices.Equal(got, want) {
				t.Fatalf("up to %#x: %v, want %v", most, got, want)
			}
		}
	}
}
