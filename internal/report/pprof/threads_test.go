package pprof

import (
	"maps"
	"slices"
	"testing"

	"heapprof/internal/profile"
)

// ofThreads returns a profile of two points: the first one of three threads, two of which have one name, and of nobody knows whom; the
// other of one thread.
func ofThreads() *profile.Profile {
	const f, g, main = 1, 2, 3
	return &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own, Command: "./x", PID: 7,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames:  []profile.Frame{profile.Root, {Function: "f"}, {Function: "g"}, {Function: "main"}},
		Moments: []profile.Moment{{Time: 1, Mark: "loaded"}},
		Points: []profile.Point{
			profile.Point{TotalBytes: 100, TotalBlocks: 10, PeakBytes: 50, PeakBlocks: 5, EndBytes: 20, EndBlocks: 2, Stack: profile.StackOf(f, main)}.With(profile.Rest{Facts: &profile.Facts{
				History: []profile.State{{TotalBytes: 60, TotalBlocks: 6, Bytes: 44, Blocks: 4}},
				Threads: []profile.ThreadShare{
					{Thread: 0, TotalBytes: 10, TotalBlocks: 1},
					{Thread: 1, TotalBytes: 20, TotalBlocks: 2, PeakBytes: 20, PeakBlocks: 2},
					{Thread: 2, TotalBytes: 40, TotalBlocks: 4, PeakBytes: 30, PeakBlocks: 3, EndBytes: 20, EndBlocks: 2},
				},
			}}),
			profile.Point{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1, Stack: profile.StackOf(g, main)}.With(profile.Rest{Facts: &profile.Facts{
				History: []profile.State{{TotalBytes: 8, TotalBlocks: 1, Bytes: 8, Blocks: 1}},
				Threads: []profile.ThreadShare{{Thread: 0, TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1}},
			}}),
		},
		Recording: &profile.Recording{HasFacts: true, ByThread: []profile.Thread{
			{ID: 7, Threads: 1, TotalBlocks: 2}, {ID: 8, Name: "pool", Threads: 1, TotalBlocks: 2}, {ID: 9, Name: "pool", Threads: 1, TotalBlocks: 4},
		}},
	}
}

func TestEachThreadOfAPointIsASampleWithItsLabel(t *testing.T) {
	for _, marks := range []bool{false, true} {
		prof := convertWith(t, ofThreads(), Options{Marks: marks})
		got := map[string][]int64{}
		for _, s := range prof.Sample {
			thread := ""
			if names := s.Label["thread"]; len(names) > 0 {
				thread = names[0]
			}
			key := s.Location[0].Line[0].Function.Name + " " + thread
			if got[key] != nil {
				t.Errorf("%s has two samples", key)
			}
			got[key] = s.Value
		}
		want := map[string][]int64{ // alloc, inuse, peak: blocks and bytes
			"f (the first thread)": {1, 10, 0, 0, 0, 0},
			"f pool":               {6, 60, 2, 20, 5, 50},
			"f ":                   {3, 30, 0, 0, 0, 0},
			"g (the first thread)": {1, 8, 0, 0, 1, 8},
		}
		if marks {
			for key, at := range map[string]int64{"f (the first thread)": 0, "f pool": 0, "f ": 44, "g (the first thread)": 8} {
				want[key] = append(want[key], at)
			}
		}
		if !maps.EqualFunc(got, want, slices.Equal[[]int64]) {
			t.Errorf("samples %v, want %v", got, want)
		}
	}
}

func TestWithoutLabelsAPointIsOneSample(t *testing.T) {
	prof := convertWith(t, ofThreads(), Options{NoLabels: true})
	if len(prof.Sample) != 2 || len(prof.Sample[0].Label) != 0 || !slices.Equal(prof.Sample[0].Value, []int64{10, 100, 2, 20, 5, 50}) {
		t.Errorf("samples %v", prof.Sample)
	}
}
