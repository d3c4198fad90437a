package dhat

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestNormalizeMergesPointsOfTheSameFrames(t *testing.T) {
	p := &Profile{
		Frames: []string{"[root]", "0x2: b", "0x9: unused", "0x1: a", "0x2: b"},
		Points: []Point{
			{
				TotalBytes: 1, TotalBlocks: 2, TotalLifetime: 3, MaxBytes: 4, MaxBlocks: 5, PeakBytes: 6, PeakBlocks: 7,
				EndBytes: 8, EndBlocks: 9, ReadBytes: 10, WrittenBytes: 11, TemporaryBlocks: 12, Reallocs: 13,
				Frames: []uint32{3, 1},
			},
			{TotalBytes: 100, Frames: []uint32{3}},
			{
				TotalBytes: 10, TotalBlocks: 20, TotalLifetime: 30, MaxBytes: 40, MaxBlocks: 50, PeakBytes: 60, PeakBlocks: 70,
				EndBytes: 80, EndBlocks: 90, ReadBytes: 100, WrittenBytes: 110, TemporaryBlocks: 120, Reallocs: 130,
				Frames: []uint32{3, 4},
			},
		},
		Extra: &Extra{},
	}
	before := p.Totals()
	p.Normalize()
	want := &Profile{
		Frames: []string{"[root]", "0x1: a", "0x2: b"},
		Points: []Point{
			{TotalBytes: 100, Frames: []uint32{1}},
			{
				TotalBytes: 11, TotalBlocks: 22, TotalLifetime: 33, MaxBytes: 44, MaxBlocks: 55, PeakBytes: 66, PeakBlocks: 77,
				EndBytes: 88, EndBlocks: 99, ReadBytes: 110, WrittenBytes: 121, TemporaryBlocks: 132, Reallocs: 143,
				Frames: []uint32{1, 2},
			},
		},
		Extra: &Extra{MergedPoints: 1},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	if got := p.Totals(); !reflect.DeepEqual(got, before) {
		t.Errorf("the totals were %+v and are %+v", before, got)
	}
}

func TestNormalizeKeepsFramesOfDifferentModulesApart(t *testing.T) {
	p := &Profile{
		Frames: []string{"[root]", "0x1: init", "0x1: init", "0x1: init"},
		Points: []Point{{TotalBytes: 1, Frames: []uint32{1}}, {TotalBytes: 2, Frames: []uint32{2}}, {TotalBytes: 4, Frames: []uint32{3}}},
		Extra:  &Extra{Modules: []Module{{Path: "a.so"}, {Path: "b.so"}}, FrameModules: []int32{-1, 1, 0, 1}},
	}
	p.Normalize()
	if got, want := p.Extra.FrameModules, []int32{-1, 0, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("the frames' modules are %v, want %v", got, want)
	}
	if len(p.Points) != 2 || p.Points[0].TotalBytes != 2 || p.Points[1].TotalBytes != 5 {
		t.Errorf("got %+v", p.Points)
	}
}

func TestNormalizedProfilesOfTheSameContentAreTheSameBytes(t *testing.T) {
	want := sample()
	want.Normalize()
	for seed := range uint64(20) {
		p := sample()
		shuffle(p, rand.New(rand.NewPCG(seed, 0)))
		p.Normalize()
		if got, want := encode(t, p), encode(t, want); !bytes.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// shuffle renumbers the frames and reorders the points.
func shuffle(p *Profile, rng *rand.Rand) {
	order := append([]int{0}, rng.Perm(len(p.Frames)-1)...)
	frames, modules := make([]string, len(p.Frames)), make([]int32, len(p.Frames))
	for i := range order {
		if i > 0 {
			order[i]++
		}
		frames[order[i]], modules[order[i]] = p.Frames[i], p.Extra.FrameModules[i]
	}
	p.Frames, p.Extra.FrameModules = frames, modules
	for _, points := range [][]Point{p.Points, p.Extra.Mappings.Points} {
		for i := range points {
			for j, f := range points[i].Frames {
				points[i].Frames[j] = uint32(order[f])
			}
		}
	}
	rng.Shuffle(len(p.Points), func(i, j int) { p.Points[i], p.Points[j] = p.Points[j], p.Points[i] })
}

func TestNormalizeLeavesSharedSlicesAlone(t *testing.T) {
	stack := []uint32{2, 1}
	p := &Profile{
		Frames: []string{"[root]", "0x2: b", "0x1: a"},
		Points: []Point{{TotalBytes: 1, Frames: stack}, {TotalBytes: 2, Frames: stack}},
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

func TestWriteRefusesWhatNoViewerTakes(t *testing.T) {
	for want, spoil := range map[string]func(p *Profile){
		"point 1 refers to frame 5, and the frame table ends before 5": func(p *Profile) { p.Points[1].Frames[0] = 5 },
		"the frame table does not begin with [root]":                   func(p *Profile) { p.Frames[0] = "main" },
		"points 0 and 1 have the same frames":                          func(p *Profile) { p.Points[1].Frames = []uint32{1, 2} },
		"points 0 and 2 have the same frames": func(p *Profile) {
			p.Points = append(p.Points, Point{Frames: []uint32{1, 2}})
		},
		"4 modules are named for 5 frames":                    func(p *Profile) { p.Extra.FrameModules = p.Extra.FrameModules[1:] },
		"frame 3 refers to module 2, and there are 2 modules": func(p *Profile) { p.Extra.FrameModules[3] = 2 },
	} {
		p := sample()
		spoil(p)
		var out bytes.Buffer
		if err := Write(&out, p); err == nil || err.Error() != want || out.Len() > 0 {
			t.Errorf("got %v and %d bytes, want %s", err, out.Len(), want)
		}
	}
}

func TestWritePassesOnItsTargetsError(t *testing.T) {
	r, w := io.Pipe()
	broken := errors.New("nobody listens")
	r.CloseWithError(broken)
	if err := Write(w, sample()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTotalsLeaveOutTheOwnMaxima(t *testing.T) {
	got := sample().Totals()
	want := Point{
		TotalBytes: 97, TotalBlocks: 5, TotalLifetime: 5000, PeakBytes: 72, PeakBlocks: 3, EndBytes: 24, EndBlocks: 1,
		ReadBytes: 10, WrittenBytes: 1 << 53, TemporaryBlocks: 1, Reallocs: 2,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
