package sizeclass

import "testing"

func TestABlockTakesWhatThePublishedRulesSay(t *testing.T) {
	for _, c := range []struct {
		allocator   Allocator
		size, taken uint64
	}{
		{Glibc, 0, 32},
		{Glibc, 24, 32},
		{Glibc, 25, 48},
		{Glibc, 1000, 1008},
		{Glibc, 1001, 1024},
		{Glibc, 128 << 10, 132 << 10},
		{Jemalloc, 1, 8},
		{Jemalloc, 9, 16},
		{Jemalloc, 129, 160},
		{Jemalloc, 4097, 5 << 10},
		{Jemalloc, 1<<20 + 1, 1280 << 10},
		{Mimalloc, 9, 16},
		{Mimalloc, 65, 80},
		{Mimalloc, 1025, 1280},
		{Mimalloc, 200_000, 262_144},
		{Tcmalloc, 9, 16},
		{Tcmalloc, 1025, 1152},
		{Tcmalloc, 300_000, 303_104},
		{Musl, 12, 16},
		{Musl, 13, 32},
		{Musl, 131_053, 135_168},
		{"other", 13, 13},
	} {
		if got := c.allocator.Taken(c.size); got != c.taken {
			t.Errorf("%s takes %d bytes for %d, want %d", c.allocator, got, c.size, c.taken)
		}
	}
}

func TestALargerBlockNeverTakesLess(t *testing.T) {
	for _, a := range []Allocator{Glibc, Jemalloc, Mimalloc, Tcmalloc, Musl} {
		before := uint64(0)
		for size := uint64(0); size < 600<<10; size++ {
			taken := a.Taken(size)
			if taken < before || taken < size {
				t.Fatalf("%s takes %d bytes for %d", a, taken, size)
			}
			before = taken
		}
		if huge := uint64(1 << 63); a.Taken(huge) != huge || !a.IsKnown() {
			t.Errorf("%s takes %d bytes for %d", a, a.Taken(huge), huge)
		}
	}
}
