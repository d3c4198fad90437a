package profile_test

import (
	"slices"
	"testing"

	. "heapprof/internal/profile"
)

func TestAProfileOfSomeThreadsHasWhatTheyAllocated(t *testing.T) {
	p := ofThreads([]string{"main", "pool", "idle"},
		ThreadShare{Thread: 0, TotalBytes: 60, TotalBlocks: 6, PeakBytes: 20, PeakBlocks: 2},
		ThreadShare{Thread: 1, TotalBytes: 30, TotalBlocks: 3, PeakBytes: 30, PeakBlocks: 3, EndBytes: 10, EndBlocks: 1})
	sums := func(q *Profile) Point { return q.Totals() }
	all := p.ByThread(nil)
	if got, want := sums(all), (Point{TotalBytes: 100, TotalBlocks: 10, PeakBytes: 50, PeakBlocks: 5, EndBytes: 20, EndBlocks: 2}); !equalSums(got, want) {
		t.Errorf("all threads have %+v, want %+v", got, want)
	}
	if !slices.Equal(all.PointThreads, []int{NoThread, 0, 1}) || all.OnlyThreads != nil {
		t.Errorf("points of %v, only %v", all.PointThreads, all.OnlyThreads)
	}
	pool := p.ByThread(func(t *Thread) bool { return t.Name == "pool" })
	if got, want := sums(pool), (Point{TotalBytes: 30, TotalBlocks: 3, PeakBytes: 30, PeakBlocks: 3, EndBytes: 10, EndBlocks: 1}); !equalSums(got, want) {
		t.Errorf("a thread has %+v, want %+v", got, want)
	}
	if len(pool.OnlyThreads) != 1 || pool.OnlyThreads[0].Name != "pool" || pool.Columns != Peak|End {
		t.Errorf("it is of %+v, with columns %b", pool.OnlyThreads, pool.Columns)
	}
	if idle := p.ByThread(func(t *Thread) bool { return t.Name == "idle" }); len(idle.Points) != 0 || len(idle.OnlyThreads) != 1 {
		t.Errorf("a thread that allocated nothing has %+v", idle.Points)
	}
	if len(p.Points) != 1 || p.PointThreads != nil {
		t.Error("the profile itself has changed")
	}
}

func equalSums(a, b Point) bool {
	return a.TotalBytes == b.TotalBytes && a.TotalBlocks == b.TotalBlocks && a.PeakBytes == b.PeakBytes && a.PeakBlocks == b.PeakBlocks &&
		a.EndBytes == b.EndBytes && a.EndBlocks == b.EndBlocks
}
