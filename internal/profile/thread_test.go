package profile_test

import (
	"slices"
	"testing"

	. "heapprof/internal/profile"
)

// ofThreads returns a profile of one point with those shares, of threads of those names.
func ofThreads(names []string, shares ...ThreadShare) *Profile {
	p := &Profile{
		Mode: "heap", Verb: "Allocated", Columns: Lives | Own, Command: "./x",
		Frames:    []Frame{Root, {Function: "f"}},
		Points:    []Point{Point{TotalBytes: 100, TotalBlocks: 10, PeakBytes: 50, PeakBlocks: 5, EndBytes: 20, EndBlocks: 2, Stack: StackOf(1)}.With(Rest{Facts: &Facts{Threads: shares}})},
		Recording: &Recording{HasFacts: true},
	}
	for _, name := range names {
		p.Recording.ByThread = append(p.Recording.ByThread, Thread{Name: name, Threads: 1, TotalBlocks: 1})
	}
	return p
}

func TestSharesOfThreadsOfOneNameAreOneInAMergedProfile(t *testing.T) {
	a := ofThreads([]string{"main", "pool"}, ThreadShare{Thread: 0, TotalBytes: 60, TotalBlocks: 6}, ThreadShare{Thread: 1, TotalBytes: 40, TotalBlocks: 4, EndBytes: 20, EndBlocks: 2})
	b := ofThreads([]string{"pool", "io", "pool"}, ThreadShare{Thread: NoThread, TotalBytes: 1}, ThreadShare{Thread: 0, TotalBytes: 90, TotalBlocks: 9}, ThreadShare{Thread: 2, TotalBytes: 9, TotalBlocks: 1})
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []ThreadShare{
		{Thread: NoThread, TotalBytes: 1},
		{Thread: 0, TotalBytes: 60, TotalBlocks: 6},
		{Thread: 1, TotalBytes: 40 + 90 + 9, TotalBlocks: 4 + 9 + 1, EndBytes: 20, EndBlocks: 2},
	}
	if got := m.Points[0].Rest().Facts.Threads; !slices.Equal(got, want) {
		t.Errorf("shares %+v, want %+v", got, want)
	}
	if !m.HasThreadShares() {
		t.Error("it is not known whose the blocks are")
	}
	b.Recording.ByThread, b.Points[0].Rest().Facts.Threads = nil, nil
	for _, all := range [][]*Profile{{a, b}, {b, a}} {
		if m, err := Merge(all...); err != nil || m.HasThreadShares() || m.Points[0].Rest().Facts.Threads != nil {
			t.Errorf("threads of a profile of which one part has none: %+v, %v", m.Points[0].Rest().Facts, err)
		}
	}
}

func TestWhatNoThreadIsKnownToHaveIsNobodys(t *testing.T) {
	p := ofThreads([]string{"main"}, ThreadShare{Thread: 0, TotalBytes: 60, TotalBlocks: 6, PeakBytes: 50, PeakBlocks: 5})
	want := []ThreadShare{{NoThread, 40, 4, 0, 0, 20, 2}, {0, 60, 6, 50, 5, 0, 0}}
	if got := p.Points[0].Shares(); !slices.Equal(got, want) {
		t.Errorf("shares %+v, want %+v", got, want)
	}
	p.Points[0].Edit().Facts = nil
	if got, want := p.Points[0].Shares(), []ThreadShare{{NoThread, 100, 10, 50, 5, 20, 2}}; !slices.Equal(got, want) || p.HasThreadShares() {
		t.Errorf("shares %+v, want %+v", got, want)
	}
}

func TestSharesOfSeveralPointsAreAddedByThread(t *testing.T) {
	p := ofThreads([]string{"a", "b", "c"}, ThreadShare{Thread: 0, TotalBytes: 1}, ThreadShare{Thread: 2, TotalBytes: 2})
	q := ofThreads(nil, ThreadShare{Thread: NoThread, TotalBytes: 4}, ThreadShare{Thread: 2, TotalBytes: 8})
	p.Points = append(p.Points, q.Points...)
	want := []ThreadShare{{Thread: NoThread, TotalBytes: 4}, {Thread: 0, TotalBytes: 1}, {Thread: 2, TotalBytes: 10}}
	if got := p.FactsOf([]int{0, 1}).Threads; !slices.Equal(got, want) {
		t.Errorf("shares %+v, want %+v", got, want)
	}
	p.Normalize()
	if got := p.Points[0].Rest().Facts.Threads; !slices.Equal(got, want) {
		t.Errorf("in one point they are %+v, want %+v", got, want)
	}
}
