package percall_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/percall"
	"heapprof/internal/report/view"
)

// frames are a program's: work, which is inlined in places, is the function that is counted.
var frames = func() []profile.Frame {
	app, other := &profile.Module{Path: "/app"}, &profile.Module{Path: "/lib"}
	return []profile.Frame{
		profile.Root,
		{Function: "make", Module: app},
		{Function: "work", Module: app},
		{Function: "main", Module: app},
		{Function: "work", Module: app, Inlined: true},
		{Function: "work", Module: other},
		profile.Marker("[truncated]"),
	}
}()

const (
	makes = iota + 1
	work
	mains
	inlinedWork
	othersWork
	truncated
)

func of(points ...profile.Point) *profile.Profile {
	return &profile.Profile{Mode: "heap", Columns: profile.Lives | profile.Own, Frames: frames, Points: points}
}

func point(blocks, bytes uint64, stack ...uint32) profile.Point {
	return profile.Point{TotalBlocks: blocks, TotalBytes: bytes, Stack: profile.StackOf(stack...)}.With(profile.Rest{TemporaryBlocks: blocks / 2})
}

// TestBlocksBelowAFunctionAreDividedByItsCallsFromOutside: what is below calls within calls counts once.
func TestBlocksBelowAFunctionAreDividedByItsCallsFromOutside(t *testing.T) {
	heap := of(
		point(30, 300, makes, work, mains),
		point(20, 100, makes, work, work, mains),
		point(4, 8, makes, inlinedWork, work, mains),
		point(7, 70, makes, inlinedWork, mains),
		point(5, 50, makes, truncated),
		point(6, 60, makes, work, truncated),
		point(100, 1000, makes, mains),
		point(9, 90, makes, othersWork, mains),
	)
	calls := of(point(10, 10, work, mains), point(5, 5, work, work, mains), point(3, 3, othersWork, mains), point(2, 2, work, truncated))
	r, err := percall.New(view.NewSource(heap), calls, []percall.Function{{Name: "work", Module: "/app"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Calls != 12 || r.Recursive != 5 {
		t.Errorf("%d calls, %d of them recursive", r.Calls, r.Recursive)
	}
	if a := r.Amounts; a.Blocks != 60 || a.Bytes != 468 || a.TemporaryBlocks != 30 || r.Each(a.Blocks) != 5 {
		t.Errorf("%+v, %v blocks a call", a, r.Each(a.Blocks))
	}
	if r.Inlined.Blocks != 7 || r.Cut.Blocks != 5 {
		t.Errorf("%d blocks where it is inlined, %d of stacks that are cut", r.Inlined.Blocks, r.Cut.Blocks)
	}
	var blocks uint64
	for _, s := range r.Sites {
		blocks += s.Amounts.Blocks
	}
	if blocks != r.Amounts.Blocks {
		t.Errorf("the sites have %d blocks", blocks)
	}
	more := *r
	more.Add(r)
	if more.Calls != 24 || more.Amounts.Blocks != 120 || len(more.Sites) != len(r.Sites) || r.TooLarge {
		t.Errorf("two processes: %+v", more)
	}
}

func TestAFunctionThatWasNotCalledHasNothingACall(t *testing.T) {
	r, err := percall.New(view.NewSource(of(point(1, 1, makes, mains))), of(), []percall.Function{{Name: "work", Module: "/app"}})
	if err != nil || r.Calls != 0 || r.Amounts.Blocks != 0 || r.Each(1) == r.Each(1) {
		t.Errorf("%+v, %v", r, err)
	}
}
