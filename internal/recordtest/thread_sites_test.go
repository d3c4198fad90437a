//go:build linux && (amd64 || arm64)

package recordtest

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestEachThreadHasItsPartOfEachStack sums by the functions shared and own of the program what each thread has.
func TestEachThreadHasItsPartOfEachStack(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "thread_sites.c", "-O1", "-g", "-fno-builtin", "-pthread"))
	p := r.Profile
	got := map[string]profile.ThreadShare{}
	byThread := make([]profile.ThreadShare, len(p.Recording.ByThread))
	for i := range p.Points {
		pt := &p.Points[i]
		site := ""
		for _, f := range pt.Stack.All() {
			if name := p.Frames[f].Function; name == "shared" || name == "own" {
				site = name
			}
		}
		for _, s := range pt.Shares() {
			if s.Thread == profile.NoThread {
				t.Fatalf("nobody knows whose %+v is", s)
			}
			addShare(&byThread[s.Thread], s)
			row := &p.Recording.ByThread[s.Thread]
			name := row.Name
			if row.ID == uint64(p.PID) {
				name = "main"
			} else if name != "reader" && name != "writer" {
				name = "brief"
			}
			if site != "" {
				sum := got[name+" "+site]
				addShare(&sum, s)
				got[name+" "+site] = sum
			}
		}
	}
	want := map[string]profile.ThreadShare{
		"main shared":   {TotalBytes: 1000, TotalBlocks: 10, PeakBytes: 400, PeakBlocks: 4, EndBytes: 400, EndBlocks: 4},
		"main own":      {TotalBytes: 2000, TotalBlocks: 2, PeakBytes: 2000, PeakBlocks: 2, EndBytes: 2000, EndBlocks: 2},
		"reader shared": {TotalBytes: 2300, TotalBlocks: 21, PeakBytes: 700, PeakBlocks: 5, EndBytes: 700, EndBlocks: 5},
		"reader own":    {TotalBytes: 3000, TotalBlocks: 3, PeakBytes: 3000, PeakBlocks: 3},
		"writer shared": {TotalBytes: 3000, TotalBlocks: 30},
		"brief shared":  {TotalBytes: 1200, TotalBlocks: 12, PeakBytes: 1200, PeakBlocks: 12, EndBytes: 1200, EndBlocks: 12},
	}
	for who, share := range want {
		if got[who] != share {
			t.Errorf("%s has %+v, want %+v", who, got[who], share)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d pairs, want %d", len(got), len(want))
	}
	for i, row := range p.Recording.ByThread {
		want := profile.ThreadShare{TotalBytes: row.TotalBytes, TotalBlocks: row.TotalBlocks, PeakBytes: row.PeakBytes, PeakBlocks: row.PeakBlocks, EndBytes: row.EndBytes, EndBlocks: row.EndBlocks}
		if byThread[i] != want {
			t.Errorf("the stacks of thread %d, %s, have %+v, want %+v", row.ID, row.Name, byThread[i], want)
		}
	}
}

func addShare(sum *profile.ThreadShare, s profile.ThreadShare) {
	sum.TotalBytes += s.TotalBytes
	sum.TotalBlocks += s.TotalBlocks
	sum.PeakBytes += s.PeakBytes
	sum.PeakBlocks += s.PeakBlocks
	sum.EndBytes += s.EndBytes
	sum.EndBlocks += s.EndBlocks
}
