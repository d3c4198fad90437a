package types_test

import (
	"testing"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/types"
)

func TestWhatFailedHasTheTypeThatItWouldHaveHad(t *testing.T) {
	p := reporttest.Refused()
	table := types.New(p, frames.New(p))
	for i, want := range []string{"Vec<String>", "", "Vec<Event>"} {
		if got := table.OfRefusal(i); got.Name != want {
			t.Errorf("refusal %d is of %q, want %q", i, got.Name, want)
		}
	}
	if got := table.OfCrossing(); got.Name != "" {
		t.Errorf("what crossed the limit is of %q", got.Name)
	}
	p.Recording.Limit.Crossed.Stack = p.Points[0].Stack.Frames()
	if got := types.New(p, frames.New(p)).OfCrossing(); got.Name != "Vec<Event>" {
		t.Errorf("what crossed the limit is of %q", got.Name)
	}
	// One that nothing else is of has a name of its own.
	p.Points, p.Recording.Limit = nil, nil
	if got := types.New(p, frames.New(p)).OfRefusal(2); got.Name != "Vec<Event>" {
		t.Errorf("what nothing else is of is of %q", got.Name)
	}
}
