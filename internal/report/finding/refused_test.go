package finding_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// ended is a profile of a program that a signal ended so many µs after an allocation had failed in load_index.
func ended(signal int, after uint64, by profile.RefusedBy) *profile.Profile {
	p := reporttest.Heap(reporttest.Line{Function: "load_index"}, reporttest.Line{Function: "handle_alloc_error"})
	p.Frames[5].Function = "alloc::alloc::handle_alloc_error"
	p.Recording.Signal, p.EndTime = signal, 20_000_000
	at := p.EndTime - after
	p.Recording.Refusals = []profile.Refusal{
		{Stack: []uint32{4, 6}, By: by, Times: 7, Bytes: 8, LeastBytes: 8, MostBytes: 8, Time: 1, LastTime: at / 2},
		{Stack: []uint32{1, 2, 3}, By: by, Times: 2, Bytes: 100, LeastBytes: 50, MostBytes: 100, Time: at - 5, LastTime: at, LiveBytes: 3, LiveBlocks: 1},
		{Stack: []uint32{4, 5, 2, 3}, By: by, Times: 1, Bytes: 32, LeastBytes: 32, MostBytes: 32, Time: at, LastTime: at},
	}
	return p
}

func TestProgramThatEndsWhereAnAllocationFailsIsNamed(t *testing.T) {
	p := ended(6, 2_000_000, profile.RefusedByAllocator)
	all := finding.OfHeap(view.NewSource(p))
	if len(all) != 1 || all[0].Code != finding.EndedRefused || all[0].Site.Function != "load_index" {
		t.Fatalf("got %+v", all)
	}
	want := finding.LastRefusal{
		Signal: 6, By: profile.RefusedByAllocator, Times: 2, LeastBytes: 50, MostBytes: 100, When: 18, After: 2, LiveBytes: 3, LiveBlocks: 1, All: 10,
	}
	if got := *all[0].Grounds.(*finding.LastRefusal); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	wantCodes(t, ended(11, 900_000, profile.RefusedByOrder), finding.EndedRefused)
	wantCodes(t, ended(11, 0, profile.RefusedByLimit), finding.EndedRefused)
	wantCodes(t, ended(4, 5_000_000, profile.RefusedByProgram), finding.EndedRefused)
}

// A program that copes with a failure is as it should be, and one that is ended from outside is not ended by it.
func TestProgramThatCopesWithAFailureIsNotNamed(t *testing.T) {
	for name, p := range map[string]*profile.Profile{
		"it exits":                  ended(0, 10, profile.RefusedByAllocator),
		"it is killed":              ended(9, 10, profile.RefusedByAllocator),
		"it is terminated":          ended(15, 10, profile.RefusedByAllocator),
		"it is interrupted":         ended(2, 10, profile.RefusedByAllocator),
		"it divides by 0":           ended(8, 10, profile.RefusedByAllocator),
		"it crashes later":          ended(11, 1_000_001, profile.RefusedByAllocator),
		"it aborts long after that": ended(6, 10_000_001, profile.RefusedByAllocator),
	} {
		t.Run(name, func(t *testing.T) { wantCodes(t, p) })
	}
	p := ended(6, 10, profile.RefusedByAllocator)
	p.Recording.Refusals = []profile.Refusal{}
	wantCodes(t, p)
}

func TestLimitThatWasCrossedNamesWhoHadTheMemory(t *testing.T) {
	p := reporttest.Refused()
	p.Recording.Signal = 0
	all := finding.OfHeap(view.NewSource(p))
	if len(all) != 1 || all[0].Code != finding.LimitCrossed || all[0].Site.Function != "make_table" {
		t.Fatalf("got %+v", all)
	}
	e := all[0].Grounds.(*finding.OverLimit)
	if e.Bytes != 128<<10 || e.OfBlocks || e.Block != 4096 || e.When != 0.15 || len(e.Holds) != 3 || e.Holds[0].Type != "Vec<Event>" || e.Holds[0].Bytes != 72_000 {
		t.Errorf("got %+v", e)
	}
	p.Moments[1].Mark = "" // there was no room for it
	all = finding.OfHeap(view.NewSource(p))
	if e := all[0].Grounds.(*finding.OverLimit); e.Holds != nil {
		t.Errorf("at no moment it had %+v", e.Holds)
	}
	p.Recording.Limit.Crossed = nil
	wantCodes(t, p)
}
