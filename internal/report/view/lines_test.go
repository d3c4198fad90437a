package view

import (
	"fmt"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestLinesOfASiteAddUpToIt(t *testing.T) {
	for _, o := range []Options{{}, {Question: AskLeaks}, {Own: true}, {AllFrames: true, Top: 2}} {
		r := report(t, o, reporttest.Lines())
		checkSums(t, r.Rows, r.Total)
		for _, row := range r.Rows {
			if len(row.Lines) == 1 {
				t.Errorf("%+v: %s has one line, which is its own", o, row.Site.Name)
			}
			if len(row.Lines) > 0 {
				checkSums(t, row.Lines, row)
			}
			if shown := r.ShownLines(row); len(shown) > 0 {
				var sum uint64
				for _, l := range shown {
					sum += l.Sums.Get(r.Metric)
				}
				if sum != row.Sums.Get(r.Metric) {
					t.Errorf("%+v: lines of %s that are shown have %d of %d", o, row.Site.Name, sum, row.Sums.Get(r.Metric))
				}
			}
		}
	}
}

func TestASiteIsAtTheOnlyLineThatHasTheMetric(t *testing.T) {
	var got []string
	total := TotalBytes
	for _, o := range []Options{{}, {Metric: &total}} {
		for _, row := range report(t, o, reporttest.Lines()).Rows {
			got = append(got, fmt.Sprintf("%s %d %d", row.Site.Place, row.Site.Line, len(row.Lines)))
		}
	}
	if want := []string{"load.c 0 6", "parse.c:20 0 2", "main.c:5 5 0", "load.c 0 6", "parse.c 0 2", "main.c:5 5 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatIsNextToNothingOfThePeakIsFoldedUnlessAllIsAskedFor(t *testing.T) {
	p := reporttest.Lines()
	p.Frames = append(p.Frames, testkit.Frames("0x3000: gone (/src/lines/gone.c:1)")...)
	p.Points = append(p.Points, profile.Point{TotalBytes: 50, TotalBlocks: 1, PeakBytes: 1, PeakBlocks: 1, Stack: profile.StackOf(uint32(len(p.Frames) - 1))})
	peak := PeakBytes
	for _, c := range []struct {
		o     Options
		shown bool
	}{{Options{Top: 20}, false}, {Options{}, true}, {Options{Top: 20, Metric: &peak}, true}} {
		r := report(t, c.o, p)
		checkSums(t, r.Rows, r.Total)
		if last := r.Rows[len(r.Rows)-1]; (last.Kind == Entry) != c.shown {
			t.Errorf("%+v: the last row is %s", c.o, last.Kind)
		}
	}
}
