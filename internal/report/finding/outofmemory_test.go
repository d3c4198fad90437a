package finding_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// outOfMemory is a profile of 20 s of a program that was ended for want of memory: load_index had 40 bytes at 5 s and 100 in the
// end, cache_put 50 and 60.
func outOfMemory() *profile.Profile {
	p := reporttest.Heap(reporttest.Line{Function: "load_index"}, reporttest.Line{Function: "cache_put"})
	p.EndTime, p.Units.Time = 20_000_000, "µs"
	p.Recording.OutOfMemory = &profile.OutOfMemory{MemoryUse: profile.MemoryUse{Of: profile.GroupLimit, Limit: 200, Used: 190}, Anonymous: 180}
	p.Moments = []profile.Moment{{Time: 5_000_000}, {Time: 15_000_000}}
	for i, live := range [][2]uint64{{40, 100}, {50, 60}} {
		pt := &p.Points[i]
		pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks = live[1], 1, live[1], 1
		pt.Edit().Facts = &profile.Facts{History: []profile.State{{Moment: 0, TotalBytes: live[0], TotalBlocks: 1, Bytes: live[0], Blocks: 1}}}
	}
	return p
}

func TestWhatGrewLastIsNamedWhereMemoryRanOut(t *testing.T) {
	all := finding.OfHeap(view.NewSource(outOfMemory()))
	if len(all) == 0 || all[0].Code != finding.OutOfMemory || all[0].Site.Function != "load_index" {
		t.Fatalf("got %+v", all)
	}
	want := finding.LastGrowth{Of: profile.GroupLimit, Limit: 200, Anonymous: 180, Seconds: 15, Grew: 70, Most: 60}
	if got := *all[0].Grounds.(*finding.LastGrowth); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A program that was ended otherwise did not run out of memory, and one that did not grow has no site to name.
func TestNothingIsNamedWhereMemoryDidNotRunOut(t *testing.T) {
	p := outOfMemory()
	p.Recording.OutOfMemory = nil
	wantCodes(t, p)
	p = outOfMemory()
	for i := range p.Points {
		p.Points[i].EndBytes, p.Points[i].EndBlocks = 10, 1
	}
	wantCodes(t, p)
}
