package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

// failing returns a profile of the sample's frames in which nothing but that failed.
func failing(refusals ...Refusal) *Profile {
	p := profiletest.Sample()
	p.Points, p.Recording = nil, &Recording{Refusals: refusals, Limit: &Limit{Bytes: 100, Action: LimitNotes}}
	return p
}

func TestRefusalsOfOneStackAndReasonBecomeOne(t *testing.T) {
	p := failing(
		Refusal{Stack: []uint32{3, 2}, By: RefusedByLimit, Times: 1, Bytes: 5, LeastBytes: 5, MostBytes: 5, Time: 40, LastTime: 40},
		Refusal{Stack: []uint32{1, 2}, By: RefusedByAllocator, Times: 2, Bytes: 70, LeastBytes: 60, MostBytes: 70, Time: 30, LastTime: 35, Mark: "later"},
		Refusal{Stack: []uint32{1, 2}, By: RefusedByAllocator, Times: 3, Bytes: 80, LeastBytes: 80, MostBytes: 90, Time: 10, LastTime: 20, Mark: "first", LiveBytes: 7},
		Refusal{Stack: []uint32{1, 2}, By: RefusedByOrder, Times: 1, Bytes: 1, LeastBytes: 1, MostBytes: 1, Time: 50, LastTime: 50},
	)
	given := p.Recording.Refusals
	p.Normalize()
	frames := func(functions ...string) (stack []uint32) {
		for _, name := range functions {
			for i := range p.Frames {
				if p.Frames[i].Function == name {
					stack = append(stack, uint32(i))
				}
			}
		}
		return stack
	}
	want := []Refusal{
		{Stack: frames("build", "main"), By: RefusedByAllocator, Times: 5, Bytes: 80, LeastBytes: 60, MostBytes: 90, Time: 10, LastTime: 35, Mark: "first", LiveBytes: 7},
		{Stack: frames("operator new(unsigned long)", "main"), By: RefusedByLimit, Times: 1, Bytes: 5, LeastBytes: 5, MostBytes: 5, Time: 40, LastTime: 40},
		{Stack: frames("build", "main"), By: RefusedByOrder, Times: 1, Bytes: 1, LeastBytes: 1, MostBytes: 1, Time: 50, LastTime: 50},
	}
	if got := p.Recording.Refusals; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if given[1].Times != 2 || given[2].Times != 3 || given[0].Stack[0] != 3 {
		t.Errorf("what was shared has changed: %+v", given)
	}
}

func TestFramesOfNothingButWhatFailedAreKept(t *testing.T) {
	p := failing()
	p.Recording.Limit.Crossed = &Crossing{Stack: []uint32{3, 2}, Bytes: 5}
	before := p.Recording.Limit
	p.Normalize()
	crossed := p.Recording.Limit.Crossed
	if len(p.Frames) != 3 || p.Frames[crossed.Stack[0]].Function != "operator new(unsigned long)" || p.Frames[crossed.Stack[1]].Function != "main" {
		t.Errorf("frames %+v of the stack %v", p.Frames, crossed.Stack)
	}
	if before.Crossed.Stack[0] != 3 {
		t.Error("what was shared has changed")
	}
	if p.Recording.Refusals != nil {
		t.Error("that nobody looked for what failed is not known any more")
	}
}

func TestMergedProfileHasWhatFailedInAnyProcess(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	a.Recording.Refusals, a.Recording.Limit = nil, &Limit{Bytes: 80}
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	got := m.Recording.Refusals
	if len(got) != 2 || got[0].Mark != "" || got[0].Times != 3 || m.Frames[got[0].Stack[0]].Function != "build" {
		t.Errorf("got %+v", got)
	}
	if c := m.Recording.Limit.Crossed; c == nil || c.Mark != "" || c.Bytes != 24 || m.Frames[c.Stack[1]].Function != "main" {
		t.Errorf("the limit was crossed by %+v", c)
	}
	if m.Recording.Counts.OtherRefusals != 20 {
		t.Errorf("%d others failed", m.Recording.Counts.OtherRefusals)
	}
	if b.Recording.Refusals[0].Mark == "" || b.Recording.Limit.Crossed.Mark == "" {
		t.Error("the profile has changed")
	}
}
