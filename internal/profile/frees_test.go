package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

// Frames 2 and 4 are one, and so points 0 and 2 and two stacks of frees.
func TestNormalizeMergesFreesOfTheSamePointAndFrames(t *testing.T) {
	p := &Profile{
		Frames: []Frame{Root, {Addr: 3, Function: "c"}, {Addr: 2, Function: "b"}, {Addr: 1, Function: "a"}, {Addr: 2, Function: "b"}, {Addr: 4, Function: "only frees"}},
		Points: []Point{{Stack: StackOf(2)}, {Stack: StackOf(3)}, {Stack: StackOf(4)}},
		Recording: &Recording{Frees: &Frees{
			Stacks: []Freed{
				{Point: 2, Frames: []uint32{5, 2}, Bytes: 1, Blocks: 2},
				{Point: 1, Frames: []uint32{1}, Bytes: 4, Blocks: 8},
				{Point: 0, Frames: []uint32{5, 4}, Bytes: 16, Blocks: 32},
				{Point: 0, Frames: []uint32{1}, Bytes: 64, Blocks: 128},
			},
			Wrong: []WrongFree{
				{Kind: Mismatched, Point: 2, Frames: []uint32{2}, Blocks: 1},
				{Kind: Foreign, Point: -1, Frames: []uint32{5}, Blocks: 2},
				{Kind: Mismatched, Point: 0, Frames: []uint32{4}, Blocks: 4},
				{Kind: FreedTwice, Point: -1, Frames: []uint32{5}, Blocks: 8},
			},
		}},
	}
	p.Normalize()
	if len(p.Frames) != 5 || p.Frames[4].Function != "only frees" || len(p.Points) != 2 {
		t.Fatalf("the frames are %+v, the points %+v", p.Frames, p.Points)
	}
	want := &Frees{
		Stacks: []Freed{
			{Point: 0, Frames: []uint32{3}, Bytes: 4, Blocks: 8},
			{Point: 1, Frames: []uint32{3}, Bytes: 64, Blocks: 128},
			{Point: 1, Frames: []uint32{4, 2}, Bytes: 17, Blocks: 34},
		},
		Wrong: []WrongFree{
			{Kind: Foreign, Point: -1, Frames: []uint32{4}, Blocks: 2},
			{Kind: FreedTwice, Point: -1, Frames: []uint32{4}, Blocks: 8},
			{Kind: Mismatched, Point: 1, Frames: []uint32{2}, Blocks: 5},
		},
	}
	if !reflect.DeepEqual(p.Recording.Frees, want) {
		t.Errorf("got  %+v\nwant %+v", p.Recording.Frees, want)
	}
}

func TestMergedFreesReferToTheMergedPoints(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Points[0], b.Points[1] = b.Points[1], b.Points[0]
	for i := range b.Recording.Frees.Stacks {
		f := &b.Recording.Frees.Stacks[i]
		f.Point = 1 - f.Point
	}
	b.Recording.Frees.Wrong[1].Point = 0
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	a.Normalize()
	want := a.Recording.Frees
	for i := range want.Stacks {
		want.Stacks[i].Bytes *= 2
		want.Stacks[i].Blocks *= 2
	}
	for i := range want.Wrong {
		want.Wrong[i].Blocks *= 2
	}
	if got := m.Recording.Frees; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMergedProfileHasFreesOnlyIfAllHave(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Recording.Frees = nil
	for _, profiles := range [][]*Profile{{a, b}, {b, a}} {
		m, err := Merge(profiles...)
		if err != nil || m.Recording.Frees != nil {
			t.Errorf("the frees are %+v, %v", m.Recording.Frees, err)
		}
	}
	a.Recording.Frees, b.Recording.Frees = &Frees{}, &Frees{}
	if m, err := Merge(a, b); err != nil || m.Recording.Frees == nil {
		t.Errorf("recorded and none: %+v, %v", m.Recording.Frees, err)
	}
}
