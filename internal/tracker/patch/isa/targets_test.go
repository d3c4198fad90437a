package isa

import (
	"math/rand/v2"
	"testing"
)

// TestTargetsAreTheAddressesOfTheirRanges compares them with a table of all addresses.
func TestTargetsAreTheAddressesOfTheirRanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const base, size = 1<<40 - 500, 1000
	make1 := func() (*Targets, [size]bool) {
		var all []Range
		var has [size]bool
		for range random.IntN(6) {
			lo := random.Uint64N(size)
			hi := min(lo+random.Uint64N(80), size)
			all = append(all, Range{base + lo, base + hi})
			for i := lo; i < hi; i++ {
				has[i] = true
			}
		}
		return NewTargets(all...), has
	}
	for range 200 {
		a, inA := make1()
		b, inB := make1()
		without, with := a.Without(b), a.With(b)
		empty := true
		for i := range uint64(size) {
			if a.Has(base+i) != inA[i] {
				t.Fatalf("%v has %#x: %v, want %v", a.ranges, base+i, !inA[i], inA[i])
			}
			if with.Has(base+i) != (inA[i] || inB[i]) {
				t.Fatalf("%v with %v: %v", a.ranges, b.ranges, with.ranges)
			}
			rest := inA[i] && !inB[i]
			empty = empty && !rest
			if got := without != nil && without.Has(base+i); got != rest {
				t.Fatalf("%v without %v: at %#x %v, want %v", a.ranges, b.ranges, base+i, got, rest)
			}
		}
		if empty != (without == nil) {
			t.Fatalf("%v without %v is %v: empty %v", a.ranges, b.ranges, without, empty)
		}
	}
	if huge := NewTargets(Range{1 << 20, 1 << 60}); !huge.Has(1<<59+12345) || huge.Has(1<<20-1) {
		t.Error("a range of more blocks than there are bits")
	}
}
