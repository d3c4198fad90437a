package heap

import (
	"fmt"
	"slices"
	"testing"
)

func TestMarksAreKeptInTheOrderOfTimeUpToALimit(t *testing.T) {
	h, s := New(Options{}), NewSampled(100, Options{})
	for i := range uint64(maxMarks + 2) {
		name := fmt.Sprint(i)
		if want := i < maxMarks; h.Mark(10+i, name) != want || s.Mark(10+i, name) != want {
			t.Errorf("mark %d: want %v", i, want)
		}
	}
	for _, r := range []*Result{h.Finish(5000), s.Finish(5000)} {
		marks := slices.DeleteFunc(r.Moments, func(m Moment) bool { return m.Mark == "" })
		if len(marks) != maxMarks || marks[0] != (Moment{10, "0"}) {
			t.Errorf("%d marks, first %v; want %d, {10 0}", len(marks), marks[0], maxMarks)
		}
	}
}

func TestALateMarkIsNotBeforeTheMomentBeforeIt(t *testing.T) {
	h := New(Options{})
	h.Mark(20, "a")
	h.Mark(15, "b")
	if got, want := h.Finish(30).Moments, []Moment{{20, "a"}, {20, "b"}}; !slices.Equal(got, want) {
		t.Errorf("moments %v, want %v", got, want)
	}
}

func TestAWindowDoesNotEndBeforeItsEventsWhenResidentMemoryIsRead(t *testing.T) {
	h, s := New(Options{}), NewSampled(1, Options{})
	site := h.NewSite()
	s.NewSite()
	var thread Thread
	var sampled SampledThread
	for i, stamp := range []uint64{10, 20} {
		h.Alloc(&thread, uint64(16+16*i), 1000, stamp, site)
		s.Alloc(&sampled, uint64(16+16*i), 1000, stamp, site)
		h.Resident(10+2*firstWindow, 1<<20)
		s.Resident(10+2*firstWindow, 1<<20)
	}
	want := []State{{0, 2000, 2, 2000, 2}}
	for _, r := range []*Result{h.Finish(3 * firstWindow), s.Finish(3 * firstWindow)} {
		if got := r.States[site]; !slices.Equal(got, want) {
			t.Errorf("states %v, want %v", got, want)
		}
	}
}
