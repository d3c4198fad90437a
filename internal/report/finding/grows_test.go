package finding_test

import (
	"math"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

// growing is a line that allocates 10,000 blocks of 1 KiB and frees some of them.
func growing(freed uint64) reporttest.Line {
	const blocks, size = 10_000, 1024
	return reporttest.Line{Function: "cache_put", Point: reporttest.Grown(size, blocks, blocks-freed), State: reporttest.Rising(size, blocks, blocks-freed)}
}

func TestWhatIsNeverFreedAndBecomesMoreGrows(t *testing.T) {
	all := findings(reporttest.Heap(growing(0)))
	if len(all) != 1 || all[0].Code != finding.Grows {
		t.Fatalf("%+v", all)
	}
	e := all[0].Grounds.(*finding.Growing)
	if want := (finding.Growing{Rising: 8, Windows: 8, From: 0.2, Until: 1, PerSecond: 1024_000, Blocks: 10_000, Rate: 1000}); *e != want {
		t.Errorf("%+v, want %+v", *e, want)
	}
	if a := all[0].Amount; a != (finding.Amount{Bytes: 10_240_000, Blocks: 10_000, Share: 1, Of: finding.OfPeak}) {
		t.Errorf("%+v", a)
	}
	if all[0].Site.Label != "cache_put" || len(all[0].Stack) != 3 {
		t.Errorf("%+v", all[0])
	}
}

// A program that does nothing else, is busy all the time and ends by itself has gathered its data.
func TestOnlyAProgramThatGoesOnGrowsWithoutEnd(t *testing.T) {
	const many = 2_000_000
	busy := reporttest.Line{Function: "parse", Point: reporttest.Grown(100, many, 0), State: reporttest.Rising(100, many, 0)}
	kept := reporttest.Line{Function: "parse", Point: reporttest.Grown(100, many, many), State: reporttest.Rising(100, many, many)}
	for name, c := range map[string]struct {
		lines  []reporttest.Line
		signal int
		want   bool
	}{
		"waits":                {lines: []reporttest.Line{growing(0)}, want: true},
		"frees most":           {lines: []reporttest.Line{growing(0), busy}, want: true},
		"gathers":              {lines: []reporttest.Line{growing(0), kept}},
		"was ended by SIGTERM": {lines: []reporttest.Line{growing(0), kept}, signal: 15, want: true},
	} {
		p := reporttest.Heap(c.lines...)
		p.Recording.Signal = c.signal
		if got := slices.Contains(codes(findings(p)), finding.Grows); got != c.want {
			t.Errorf("a program that %s: %t", name, got)
		}
	}
}

func TestWhatIsFreedNowAndThenDoesNotGrow(t *testing.T) {
	if all := findings(reporttest.Heap(growing(600))); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// What a program frees at its end takes long if it is much; it grew until then all the same.
func TestWhatTakesLongToBeFreedAtTheEndGrows(t *testing.T) {
	shape := func(p float64) (float64, float64) {
		return 5000 * ramp(p, 0, 0.7), 5000*ramp(p, 0, 0.7) - 5000*ramp(p, 0.7, 1)
	}
	got := findings(reporttest.Heap(line(1000, 0.7, shape, profile.Facts{})))
	if len(got) != 1 || got[0].Code != finding.Grows || got[0].Grounds.(*finding.Growing).Until > 0.72 {
		t.Errorf("%v", codes(got))
	}
}

// A compiler and a counter of lines free most of what they allocate, too, and what they keep of
// a file is once more and once less; a leak is as much each time.
func TestABusyProgramGrowsOnlyWhereItKeepsAsMuchOfAllItAllocates(t *testing.T) {
	const many = 2_000_000
	busy := reporttest.Line{Function: "parse", Point: reporttest.Grown(100, many, 0), State: reporttest.Rising(100, many, 0)}
	for depth, want := range map[float64]bool{0: true, 0.05: true, 0.3: false} {
		wavy := func(p float64) (float64, float64) {
			n := 5000 * (p + depth/20*(1-math.Cos(20*p)))
			return n, n
		}
		p := reporttest.Heap(line(1000, 1, wavy, profile.Facts{}), busy)
		if got := slices.Contains(codes(findings(p)), finding.Grows); got != want {
			t.Errorf("what it keeps differs by %g: %t", depth, got)
		}
		p.Recording.Signal = 15
		if !slices.Contains(codes(findings(p)), finding.Grows) {
			t.Errorf("ended by SIGTERM, what it keeps differs by %g: nothing", depth)
		}
	}
}
