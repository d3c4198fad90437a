package view

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
)

// lookAt is a look at a process with two sites, a and b, that are called by main, and hold and have allocated so much.
func lookAt(liveA, liveB, totalA, totalB uint64) *Source {
	module := &profile.Module{Path: "/prog"}
	frame := func(name string, line int) profile.Frame {
		return profile.Frame{Addr: uint64(line), Function: name, File: "/src/" + name + ".c", Line: line, Module: module}
	}
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Maxima | profile.Peak | profile.End,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames:  []profile.Frame{profile.Root, frame("a", 1), frame("a", 2), frame("b", 3), frame("main", 4)},
		Modules: []*profile.Module{module},
		Points: []profile.Point{
			{TotalBytes: totalA, TotalBlocks: totalA, EndBytes: liveA, EndBlocks: liveA, Stack: profile.StackOf(1, 4)},
			{TotalBytes: 1, TotalBlocks: 1, EndBytes: 1, EndBlocks: 1, Stack: profile.StackOf(2, 4)},
			{TotalBytes: totalB, TotalBlocks: totalB, EndBytes: liveB, EndBlocks: liveB, Stack: profile.StackOf(3, 4)},
		},
	}
	return NewSource(p)
}

func TestTheRowsOfTwoLooksAreInTheOrderThatIsAskedFor(t *testing.T) {
	before, after := lookAt(10, 100, 10, 100), lookAt(50, 90, 50, 500)
	for _, c := range []struct {
		order  Order
		metric Metric
		want   []string
	}{
		{ByLater, EndBytes, []string{"b", "a"}}, // b has more, though it fell
		{ByRise, EndBytes, []string{"a", "b"}},
		{ByRise, TotalBlocks, []string{"b", "a"}},
	} {
		d, err := NewDiff(before, after, Options{Order: c.order, Metric: &c.metric, Top: 10})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range d.Rows {
			got = append(got, r.Site.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("order %d by %s: %q, want %q", c.order, c.metric, got, c.want)
		}
	}
}

func TestWhatDidNotChangeBetweenTwoLooksIsShownWithItsLinesAndCallers(t *testing.T) {
	look := lookAt(10, 100, 10, 100)
	metric := EndBytes
	d, err := NewDiff(look, lookAt(10, 100, 10, 100), Options{Order: ByLater, Metric: &metric, Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Rows) != 2 || d.Rows[1].Site.Name != "a" || len(d.Rows[1].Lines) != 2 {
		t.Fatalf("%+v", d.Rows)
	}
	a := d.Rows[1]
	if a.Before.Get(EndBytes) != 11 || a.Sums.Get(EndBytes) != 11 || a.Lines[0].Before.Get(EndBytes) != 10 || a.Lines[0].Sums.Get(EndBytes) != 10 {
		t.Errorf("a had %d and has %d; its first line %d and %d", a.Before.Get(EndBytes), a.Sums.Get(EndBytes), a.Lines[0].Before.Get(EndBytes), a.Lines[0].Sums.Get(EndBytes))
	}
	callers := d.Open(a)
	if len(callers) != 1 || callers[0].Site == nil || callers[0].Site.Name != "main" || callers[0].Sums.Get(EndBytes) != 11 || callers[0].Before.Get(EndBytes) != 11 {
		t.Errorf("a is called by %+v", callers)
	}
}
