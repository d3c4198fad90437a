package view

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

func TestTheRowsOfEveryViewOfFreesAddUpToTheTotals(t *testing.T) {
	zero, five := 0.0, 5.0
	blocks := Blocks
	for _, o := range []Options{
		{By: ByDrop}, {By: ByDrop, Top: 1}, {By: ByDrop, Min: &five}, {By: ByDrop, Metric: &blocks, AllFrames: true},
		{By: ByDrop, Tree: true}, {By: ByDrop, Tree: true, Min: &zero}, {By: ByDrop, Tree: true, Min: &zero, Top: 1},
		{By: ByDrop, Tree: true, Focus: regexp.MustCompile("String")}, {By: ByDrop, Ignore: regexp.MustCompile("index|release")},
		{WhoFrees: true}, {WhoFrees: true, Top: 1}, {WhoFrees: true, By: ByFile}, {WhoFrees: true, By: ByType}, {WhoFrees: true, Focus: regexp.MustCompile("index|keep")},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			p := reporttest.Frees()
			r := report(t, o, p)
			checkSums(t, r.Rows, r.Total)
			var bytes, count uint64
			for _, f := range p.Recording.Frees.Stacks {
				bytes, count = bytes+f.Bytes, count+f.Blocks
			}
			if o.WhoFrees {
				bytes, count = bytes+p.Totals().EndBytes, count+p.Totals().EndBlocks
			}
			if r.Total.Sums.Get(Bytes) != bytes || r.Total.Sums.Get(Blocks) != count {
				t.Errorf("the total is %d bytes in %d blocks, not %d in %d", r.Total.Sums.Get(Bytes), r.Total.Sums.Get(Blocks), bytes, count)
			}
		})
	}
}

func TestFocusMatchesWhoFreedWhoAllocatedAndWhatWasDropped(t *testing.T) {
	for expression, want := range map[string]string{
		"release":   "c_release",
		"c_buffer":  "c_release",
		"Box<.*N":   "app::after",
		"^HashMap<": "app::after",
	} {
		r := report(t, Options{By: ByDrop, Focus: regexp.MustCompile(expression)}, reporttest.Frees())
		if len(r.Rows) != 2 || r.Rows[0].Kind != Entry || r.Rows[0].Site.Name != want || r.Rows[1].Kind != Unfocused {
			t.Errorf("%s: %+v", expression, r.Rows)
		}
	}
}

func TestWhoFreesByTypeHasARowForEachType(t *testing.T) {
	r := report(t, Options{WhoFrees: true, By: ByType}, reporttest.Frees())
	table := NewSource(reporttest.Frees()).Types
	want := map[string]bool{}
	for i := range reporttest.Frees().Points {
		want[table.Of(i).Name] = true
	}
	for _, row := range r.Rows {
		if !want[row.Type.Name] {
			t.Errorf("a row of %q, which is no type or has a row already", row.Type.Name)
		}
		delete(want, row.Type.Name)
	}
	if len(want) > 0 {
		t.Errorf("no row of %v", want)
	}
}

func TestAProfileWithoutFreesIsRefusedByTheViewsOfThem(t *testing.T) {
	for _, o := range []Options{{By: ByDrop}, {WhoFrees: true}} {
		if _, err := NewReport(NewSource(reporttest.Sample()), o); !errors.Is(err, ErrNoFrees) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := NewReport(NewSource(reporttest.Sample()), Options{Question: AskLeaks}); err != nil {
		t.Error(err)
	}
}

func TestFreesBeyond64BitsAreRefused(t *testing.T) {
	p := reporttest.Frees()
	p.Recording.Frees.Stacks[0].Bytes = 1<<64 - 1
	if _, err := NewReport(NewSource(p), Options{By: ByDrop}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
}

// TestALeakOfARunTimeLibraryNamesAPlaceOnce has blocks of two types at a site that is one row
// whatever its types, freed at one place.
func TestALeakOfARunTimeLibraryNamesAPlaceOnce(t *testing.T) {
	p := reporttest.Frees()
	runtime := uint32(len(p.Frames))
	p.Frames = append(p.Frames,
		profile.Frame{Addr: 0x9000, Function: "std::rt::init", Language: profile.Rust},
		profile.Frame{Addr: 0x9010, Function: "alloc::boxed::Box<T>::new", File: "/rustc/0f/library/alloc/src/boxed.rs", Line: 1, Instance: "alloc::boxed::{impl#0}::new<u64>", Language: profile.Rust},
		profile.Frame{Addr: 0x9020, Function: "alloc::boxed::Box<T>::new", File: "/rustc/0f/library/alloc/src/boxed.rs", Line: 1, Instance: "alloc::boxed::{impl#0}::new<i64>", Language: profile.Rust},
	)
	for _, inner := range []uint32{runtime + 1, runtime + 2} {
		p.Recording.Frees.Stacks = append(p.Recording.Frees.Stacks, profile.Freed{Point: len(p.Points), Bytes: 8, Blocks: 1, Frames: []uint32{runtime}})
		p.Points = append(p.Points, profile.Point{TotalBytes: 16, TotalBlocks: 2, EndBytes: 8, EndBlocks: 1, Stack: profile.StackOf(inner, runtime)})
	}
	for _, row := range report(t, Options{Question: AskLeaks}, p).Rows {
		if row.Kind == Entry && row.Site.Name == "(runtime start-up)" {
			if n := len(row.FreedElsewhere); n != 1 || row.FreedElsewhere[0].Sums.Get(Blocks) != 2 {
				t.Errorf("%d places: %+v", n, row.FreedElsewhere)
			}
			return
		}
	}
	t.Error("the run-time library has no row")
}

func TestALeakKnowsWhereOthersOfItsSiteWereFreed(t *testing.T) {
	r := report(t, Options{Question: AskLeaks}, reporttest.Frees())
	checkSums(t, r.Rows, r.Total)
	var got []string
	for _, row := range r.Rows {
		if row.Kind != Entry {
			continue
		}
		got = append(got, row.Site.Name)
		for _, e := range row.FreedElsewhere {
			got = append(got, fmt.Sprintf("%d %s at %s", e.Sums.Get(Blocks), e.Drop.Name, e.Site.Name))
		}
	}
	if want := []string{"app::index", "8 HashMap<String, u64> at app::after", "app::keep"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
