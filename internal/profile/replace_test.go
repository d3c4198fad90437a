package profile_test

import (
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestAFrameIsReplacedInEveryStackAndNoNumberChanges(t *testing.T) {
	p, before := profiletest.Sample(), profiletest.Sample()
	const old = 2
	count := func(p *profile.Profile, is func(f *profile.Frame) bool) (n int) {
		each := func(stack []uint32) {
			for _, f := range stack {
				if is(&p.Frames[f]) {
					n++
				}
			}
		}
		for _, points := range [][]profile.Point{p.Points, p.Recording.Mappings.Points} {
			for _, pt := range points {
				each(pt.Stack.Frames())
			}
		}
		for _, f := range p.Recording.Frees.Stacks {
			each(f.Frames)
		}
		for _, f := range p.Recording.Frees.Wrong {
			each(f.Frames)
		}
		for _, r := range p.Recording.Refusals {
			each(r.Stack)
		}
		if l := p.Recording.Limit; l != nil && l.Crossed != nil {
			each(l.Crossed.Stack)
		}
		return n
	}
	name := p.Frames[old].Function
	had := count(p, func(f *profile.Frame) bool { return f.Function == name })
	if had == 0 {
		t.Fatal("no stack has the frame")
	}

	inner, outer := uint32(len(p.Frames)), uint32(len(p.Frames)+1)
	p.Frames = append(p.Frames, profile.Frame{Addr: p.Frames[old].Addr, Function: "inner", Inlined: true}, profile.Frame{Addr: p.Frames[old].Addr, Function: "outer"})
	shared := before.Points[0].Stack.Frames()
	copied := *p
	p.ReplaceFrames(map[uint32][]uint32{old: {inner, outer}})
	for _, f := range []string{"inner", "outer"} {
		if n := count(p, func(g *profile.Frame) bool { return g.Function == f }); n != had {
			t.Errorf("%s is in %d places, want %d", f, n, had)
		}
	}
	if n := count(p, func(f *profile.Frame) bool { return f.Function == name }); n != 0 {
		t.Errorf("%s is still in %d places", name, n)
	}
	if !reflect.DeepEqual(copied.Points[0].Stack.Frames(), shared) {
		t.Error("a slice that another profile shares was written to")
	}
	p.Normalize()
	for i := range p.Points {
		p.Points[i].Stack, before.Points[i].Stack = profile.Stack{}, profile.Stack{}
	}
	if !reflect.DeepEqual(p.Totals(), before.Totals()) {
		t.Error("totals have changed")
	}
}
