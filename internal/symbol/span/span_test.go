package span

import (
	"math/rand/v2"
	"testing"
)

func TestFindReturnsTheInnermost(t *testing.T) {
	x := NewIndex([]Span{{10, 100, 1}, {20, 30, 2}, {22, 24, 3}, {40, 40, 4}, {90, 120, 5}, {200, 100, 6}})
	for addr, want := range map[uint64]int32{10: 1, 19: 1, 20: 2, 22: 3, 24: 2, 30: 1, 40: 1, 95: 5, 119: 5} {
		if id, ok := x.Find(addr); !ok || id != want {
			t.Errorf("%d: got %d, %v, want %d", addr, id, ok, want)
		}
	}
	for _, addr := range []uint64{0, 9, 120, 150, 200, ^uint64(0)} {
		if id, ok := x.Find(addr); ok {
			t.Errorf("%d: got %d, want none", addr, id)
		}
	}
	var none Index
	if _, ok := none.Find(1); ok {
		t.Error("an empty index found something")
	}
}

func TestFindAgreesWithASearchOfAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var spans []Span
		for i := range r.IntN(30) {
			lo := r.Uint64N(60)
			spans = append(spans, Span{lo, lo + r.Uint64N(20), int32(i)})
		}
		x := NewIndex(append([]Span{}, spans...))
		for addr := range uint64(90) {
			shortest := ^uint64(0)
			for _, s := range spans {
				if s.Lo <= addr && addr < s.Hi {
					shortest = min(shortest, s.Hi-s.Lo)
				}
			}
			id, ok := x.Find(addr)
			if ok != (shortest != ^uint64(0)) || ok && spans[id].Hi-spans[id].Lo != shortest {
				t.Fatalf("%d in %v: got %d, %v", addr, spans, id, ok)
			}
		}
	}
}
