package view

import (
	"regexp"
	"testing"

	"heapprof/internal/report/reporttest"
)

// addsUp checks that what a row opens to adds up to it, as far down as it goes.
func addsUp(t *testing.T, of *View, row *Row, below []*Branch, depth int) (opened int) {
	t.Helper()
	if len(below) == 0 || depth > 40 {
		return 0
	}
	sums, before, risen := Sums{}, Sums{}, int64(0)
	for _, b := range below {
		sums.addSums(&b.Sums)
		before.addSums(&b.Before)
		if of.report != nil {
			risen += of.report.Risen(b.Row)
		}
	}
	if sums.values != row.Sums.values || before.values != row.Before.values || sums.points != row.Sums.points {
		t.Fatalf("a row of %+v opens to %d rows of %v and %v before; it has %v and %v", of.Options, len(below), sums.values, before.values, row.Sums.values, row.Before.values)
	}
	if of.report != nil && risen != of.report.Risen(row) {
		t.Fatalf("a row that rose by %d opens to what rose by %d", of.report.Risen(row), risen)
	}
	opened = 1
	for _, b := range below {
		opened += addsUp(t, of, b.Row, b.Open(), depth+1)
	}
	return opened
}

func TestWhatARowOpensToAddsUpToIt(t *testing.T) {
	lifetime := Lifetime
	for _, o := range []Options{
		{}, {By: ByType}, {By: ByFunction}, {AllFrames: true}, {Question: AskLeaks}, {Question: AskChurn}, {Question: AskGrowth},
		{Metric: &lifetime}, {Focus: regexp.MustCompile("f1|parse")}, {Own: true},
	} {
		opened := 0
		r := report(t, o, reporttest.WithFacts())
		for _, row := range r.Rows {
			opened += addsUp(t, &r.View, row, r.Open(row), 0)
		}
		for seed := range uint64(3) {
			if o.Question == AskGrowth {
				break // it has no facts
			}
			r := report(t, o, reporttest.Random(seed))
			for _, row := range r.Rows {
				opened += addsUp(t, &r.View, row, r.Open(row), 0)
			}
			d := diff(t, o, reporttest.Random(seed), reporttest.Random(seed+1))
			for _, row := range d.Rows {
				opened += addsUp(t, &d.View, row, d.Open(row), 0)
			}
		}
		if opened < 2 {
			t.Errorf("%+v: %d rows opened", o, opened)
		}
	}
}

func TestASiteOpensToItsCallers(t *testing.T) {
	r := report(t, Options{}, reporttest.Deep(3))
	branches := r.Open(r.Rows[0])
	if len(branches) != 1 || branches[0].Site.Label != "f1" || branches[0].Site.Place != "a.c:2" {
		t.Fatalf("f0 opens to %d rows, the first %+v", len(branches), branches[0].Site)
	}
	if above := branches[0].Open(); len(above) != 1 || above[0].Site.Label != "f2" || len(above[0].Open()) != 0 {
		t.Errorf("f1 does not open to f2 alone, as which nobody called")
	}
}

func TestARowThatStandsForOthersDoesNotOpen(t *testing.T) {
	r := report(t, Options{Top: 1}, reporttest.Random(1))
	if folded := r.Rows[len(r.Rows)-1]; folded.Kind != Folded || r.Open(folded) != nil {
		t.Errorf("a row of the kind %s opens", folded.Kind)
	}
}

func TestInADiffASiteIsWhereTheLaterProfileHasMostOfIt(t *testing.T) {
	later := reporttest.Lines()
	for i := range later.Points {
		later.Points[i].PeakBytes++
	}
	d := diff(t, Options{}, reporttest.Lines(), later)
	looked := 0
	for _, row := range d.Rows {
		if row.Kind != Entry || row.Site.Label != "load" {
			continue
		}
		looked++
		if file, line := d.Where(row); file != "/src/lines/load.c" || line != 10 {
			t.Errorf("load is at %s:%d, want line 10", file, line)
		}
		branches := d.Open(row)
		if len(branches) != 1 {
			t.Fatalf("load opens to %d rows", len(branches))
		}
		if _, line := branches[0].Where(); line != 5 {
			t.Errorf("main calls it at line %d, want 5", line)
		}
	}
	if looked != 1 {
		t.Errorf("%d rows of load", looked)
	}
}
