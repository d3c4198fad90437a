package profile_test

import (
	"errors"
	"testing"

	. "heapprof/internal/profile"
)

func TestPiecesKeepTheirEntriesWhereTheyAre(t *testing.T) {
	var p Pieces[int]
	const n = 10_000
	var first *int
	for i := range n {
		p.Add(i)
		if i == 0 {
			first = p.At(0)
		}
	}
	if first != p.At(0) || p.Len() != n || *p.At(n - 1) != n-1 {
		t.Errorf("%d entries, the last %d; moved: %v", p.Len(), *p.At(n - 1), first != p.At(0))
	}
	next, stop := 0, errors.New("stop")
	err := p.Drain(func(i *int) error {
		if *i != next {
			t.Fatalf("entry %d is %d", next, *i)
		}
		if next++; next == 5000 {
			return stop
		}
		return nil
	})
	if err != stop || next != 5000 || p.Len() != 0 {
		t.Errorf("drained %d: %v, and %d are left", next, err, p.Len())
	}
}
