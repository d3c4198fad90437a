//go:build linux && (amd64 || arm64)

package replay

import (
	"math"
	"slices"
	"testing"
	"time"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// madeMark is a mark that a Reader has made, and how many bytes lived then in its process.
type madeMark struct {
	name  string
	stamp uint64
	live  uint64
}

// watchMarks returns the marks that r makes in image 0, at the end of a test.
func watchMarks(r *Reader) func() []madeMark {
	var live []uint64
	r.options.Since = func(_, _ uint64) time.Duration {
		live = append(live, r.images[0].account().LiveBytes())
		return time.Second
	}
	return func() (all []madeMark) {
		moments := slices.DeleteFunc(r.images[0].account().Finish(1<<40).Moments, func(m heap.Moment) bool { return m.Mark == "" })
		for i, m := range moments {
			all = append(all, madeMark{m.Mark, m.Stamp, live[i]})
		}
		return all
	}
}

func ask(t *testing.T, r *Reader, name string, stamp uint64) {
	t.Helper()
	if !r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkNamed, Name: name, Stamp: stamp}) {
		t.Fatal("there is no place for a mark")
	}
}

// TestAMarkIsMadeBetweenTheEventsBeforeItAndThoseAfter is for one ring, of which all is replayed
// otherwise, and for two, which are merged.
func TestAMarkIsMadeBetweenTheEventsBeforeItAndThoseAfter(t *testing.T) {
	for _, rings := range []int{1, 2} {
		r, threads := pretend(t, rings)
		made := watchMarks(r)
		last := threads[rings-1]
		threads[0].alloc(100, 0xa0, wire.Root, 1)
		last.alloc(200, 0xb0, wire.Root, 2)
		threads[0].alloc(300, 0xc0, wire.Root, 4)
		last.alloc(500, 0xd0, wire.Root, 8)
		ask(t, r, "late", 250)
		ask(t, r, "early", 150)
		ask(t, r, "now", 0)
		ask(t, r, "to come", 450)
		r.round(400)
		threads[0].alloc(600, 0xe0, wire.Root, 16)
		ask(t, r, "before all", 50)
		r.round(550)
		want := []madeMark{{"early", 150, 1}, {"late", 250, 3}, {"now", 400, 7}, {"before all", 400, 7}, {"to come", 450, 7}}
		if got := made(); !slices.Equal(got, want) {
			t.Errorf("%d rings: the marks are %v, want %v", rings, got, want)
		}
		r.round(700)
		if live := r.images[0].Heap.LiveBytes(); live != 31 {
			t.Errorf("%d rings: %d bytes live at the end, want 31", rings, live)
		}
	}
}

// TestAMarkIsNotBeforeWhatHasBeenReplayed has the only thread run ahead of the clock, before
// another that has no ring asks for a mark.
func TestAMarkIsNotBeforeWhatHasBeenReplayed(t *testing.T) {
	r, threads := pretend(t, 1)
	made := watchMarks(r)
	threads[0].alloc(500, 0xa0, wire.Root, 1)
	r.round(400)
	ask(t, r, "a", 450)
	r.round(600)
	if got, want := made(), []madeMark{{"a", 500, 1}}; !slices.Equal(got, want) {
		t.Errorf("the marks are %v, want %v", got, want)
	}
}

func TestEachMarkOfAnImageHasAnotherName(t *testing.T) {
	r, threads := pretend(t, 1)
	made := watchMarks(r)
	r.options.MarkSignal, r.options.MarkFunctions = "USR1", []string{"parse"}
	threads[0].alloc(1, 0xa0, wire.Root, 1)
	for range 2 {
		ask(t, r, "a", 0)
		ask(t, r, "a 2", 0)
		r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkSignal, Process: -1})
		r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkFunction, Number: 0})
	}
	r.round(10)
	var names []string
	for _, m := range made() {
		names = append(names, m.name)
	}
	if want := []string{"a", "a 2", "USR1 1", "parse", "a 3", "a 2 2", "USR1 2", "parse 2"}; !slices.Equal(names, want) {
		t.Errorf("the marks are called %q, want %q", names, want)
	}
}

func TestWhoeverAsksForAMarkIsToldWhatBecameOfIt(t *testing.T) {
	r, threads := pretend(t, 1)
	watchMarks(r)
	threads[0].alloc(1, 0xa0, wire.Root, 1)
	r.round(10)
	for _, c := range []struct {
		process int
		want    uint32
	}{{0, wire.MarkMade}, {1, wire.MarkTooLate}, {math.MaxInt32, wire.MarkTooLate}, {-1, wire.MarkMade}} {
		place := &r.memory.Control().Marks[r.memory.Control().NextMark%wire.MaxMarks]
		r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkNamed, Process: c.process, Name: "a"})
		r.round(20)
		if place.Outcome != c.want || place.State%wire.MarkStep != wire.MarkFree {
			t.Errorf("a mark for process %d comes to %d, in state %d, want %d", c.process, place.Outcome, place.State, c.want)
		}
	}
	for range 1000 {
		ask(t, r, "b", 0)
		r.round(30)
	}
	last := &r.memory.Control().Marks[(r.memory.Control().NextMark-1)%wire.MaxMarks]
	if last.Outcome != wire.MarkNoRoom {
		t.Errorf("mark 1002 comes to %d", last.Outcome)
	}
	if n := len(r.images[0].marks); n > 1000 {
		t.Errorf("%d names are kept of 1000 marks: without end, those of time and of signals would be, too", n)
	}
}

// TestPlacesForMarksThatAProgramHasWrittenOverDoNoHarm fills them with nonsense.
func TestPlacesForMarksThatAProgramHasWrittenOverDoNoHarm(t *testing.T) {
	r, threads := pretend(t, 1)
	c := r.memory.Control()
	for _, word := range []uint32{math.MaxUint32, 2, 1<<31 + 2, 6} {
		for i := range c.Marks {
			m := &c.Marks[i]
			m.State, m.Kind, m.Process, m.Number, m.NameBytes = word&^3|2, word, word, word, word
			m.Name[0], m.Stamp = 0xff, uint64(word)
		}
		c.MarksAsked, c.NextMark = word, word
		threads[0].alloc(20, 0xa0, wire.Root, 1)
		r.round(1 << 40)
	}
	if i := r.images[0]; i.DamagedRings != 0 {
		t.Error("the ring is damaged")
	}
	ask(t, r, "b", 0)
	r.round(1 << 41)
}
