package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestNormalizeMergesPointsOfTheSameFrames(t *testing.T) {
	p := &Profile{
		Frames: []Frame{Root, {Addr: 2, Function: "b"}, {Addr: 9, Function: "unused"}, {Addr: 1, Function: "a"}, {Addr: 2, Function: "b"}},
		Points: []Point{
			Point{
				TotalBytes:  1,
				TotalBlocks: 2,
				PeakBytes:   6,
				PeakBlocks:  7,
				EndBytes:    8,
				EndBlocks:   9,
				Stack:       StackOf(3, 1),
			}.With(Rest{
				TotalLifetime:   3,
				MaxBytes:        4,
				MaxBlocks:       5,
				ReadBytes:       10,
				WrittenBytes:    11,
				TemporaryBlocks: 12,
				Reallocs:        13,
			}),
			{TotalBytes: 100, Stack: StackOf(3)},
			Point{
				TotalBytes:  10,
				TotalBlocks: 20,
				PeakBytes:   60,
				PeakBlocks:  70,
				EndBytes:    80,
				EndBlocks:   90,
				Stack:       StackOf(3, 4),
			}.With(Rest{
				TotalLifetime:   30,
				MaxBytes:        40,
				MaxBlocks:       50,
				ReadBytes:       100,
				WrittenBytes:    110,
				TemporaryBlocks: 120,
				Reallocs:        130,
			}),
		},
		Recording: &Recording{},
	}
	before := p.Totals()
	p.Normalize()
	want := &Profile{
		Frames: []Frame{Root, {Addr: 1, Function: "a"}, {Addr: 2, Function: "b"}},
		Points: []Point{
			{TotalBytes: 100, Stack: StackOf(1)},
			Point{
				TotalBytes:  11,
				TotalBlocks: 22,
				PeakBytes:   66,
				PeakBlocks:  77,
				EndBytes:    88,
				EndBlocks:   99,
				Stack:       StackOf(1, 2),
			}.With(Rest{
				TotalLifetime:   33,
				MaxBytes:        44,
				MaxBlocks:       55,
				ReadBytes:       110,
				WrittenBytes:    121,
				TemporaryBlocks: 132,
				Reallocs:        143,
			}),
		},
		Recording: &Recording{MergedPoints: 1},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	if got := p.Totals(); !reflect.DeepEqual(got, before) {
		t.Errorf("the totals were %+v and are %+v", before, got)
	}
}

func TestNormalizeKeepsFramesOfDifferentModulesApart(t *testing.T) {
	a, b := &Module{Path: "a.so"}, &Module{Path: "b.so"}
	p := &Profile{
		Frames:  []Frame{Root, {Addr: 1, Function: "init", Module: b}, {Addr: 1, Function: "init", Module: a}, {Addr: 1, Function: "init", Module: b}},
		Points:  []Point{{TotalBytes: 1, Stack: StackOf(1)}, {TotalBytes: 2, Stack: StackOf(2)}, {TotalBytes: 4, Stack: StackOf(3)}},
		Modules: []*Module{a, b},
	}
	p.Normalize()
	if len(p.Frames) != 3 || p.Frames[1].Module != a || p.Frames[2].Module != b {
		t.Errorf("the frames are %+v", p.Frames)
	}
	if len(p.Points) != 2 || p.Points[0].TotalBytes != 2 || p.Points[1].TotalBytes != 5 {
		t.Errorf("got %+v", p.Points)
	}
}

func TestNormalizeLeavesSharedSlicesAlone(t *testing.T) {
	stack := []uint32{2, 1}
	p := &Profile{
		Frames: []Frame{Root, {Addr: 2, Function: "b"}, {Addr: 1, Function: "a"}},
		Points: []Point{{TotalBytes: 1, Stack: StackOf(stack...)}, {TotalBytes: 2, Stack: StackOf(stack...)}},
	}
	points := p.Points
	p.Normalize()
	if len(p.Points) != 1 || p.Points[0].TotalBytes != 3 {
		t.Errorf("got %+v", p.Points)
	}
	if !reflect.DeepEqual(stack, []uint32{2, 1}) || points[0].TotalBytes != 1 {
		t.Errorf("the slices hold %v and %+v now", stack, points)
	}
}

func TestTotalsLeaveOutTheOwnMaxima(t *testing.T) {
	got := profiletest.Sample().Totals()
	want := Point{
		TotalBytes:  97,
		TotalBlocks: 5,
		PeakBytes:   72,
		PeakBlocks:  3,
		EndBytes:    24,
		EndBlocks:   1,
		Samples:     profiletest.Sample().Points[0].Samples,
	}.With(Rest{
		TotalLifetime:   5000,
		ReadBytes:       10,
		WrittenBytes:    1 << 53,
		TemporaryBlocks: 1,
		Reallocs:        2,
		Extra:           []uint64{4096, 2},
	})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
