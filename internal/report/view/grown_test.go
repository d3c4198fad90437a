package view

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

func TestHowSitesGrewAddsUp(t *testing.T) {
	end := EndBytes
	for _, o := range []Options{{}, {Top: 1}, {By: ByModule}, {Metric: &end}, {Own: true}} {
		o.Question = AskGrowth
		r := report(t, o, reporttest.WithFacts())
		var risen int64
		var copied uint64
		for _, row := range r.Rows {
			risen += r.Risen(row)
			copied += row.Grown.CopiedBytes
		}
		if risen != r.Risen(r.Total) || copied != r.Total.Grown.CopiedBytes || copied != 4064 {
			t.Errorf("%+v: %d risen and %d copied, in all %d and %d", o, risen, copied, r.Risen(r.Total), r.Total.Grown.CopiedBytes)
		}
	}
}

func TestSitesThatRoseStandBeforeThoseThatWereCopied(t *testing.T) {
	r := report(t, Options{Question: AskGrowth}, reporttest.WithFacts())
	var got []string
	for _, row := range r.Rows {
		place := ""
		if row.Kind == Entry {
			place = row.Site.Place
		}
		got = append(got, fmt.Sprintf("%s %s %d", row.Kind, place, r.Risen(row)))
	}
	// From 80 ms to the end: a fifth of the run, and when most was live after that.
	want := []string{"entry load.c:10 32000", "entry parse.c:20 5000", "entry parse.c:21 0", "unasked  -320"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if r.Span.From != 80_000 || r.Span.To != 400_000 {
		t.Errorf("%+v", r.Span)
	}
	if got := r.Course(r.Rows[0], 5); !slices.Equal(got, []uint64{8000, 16_000, 24_000, 32_000, 40_000}) {
		t.Errorf("%d", got)
	}
}

func TestAProfileThatDoesNotTellHowBlocksGrewIsRefused(t *testing.T) {
	for _, p := range []*profile.Profile{reporttest.Sample(), reporttest.Foreign(t, "valgrind-heap.json")} {
		if _, err := NewReport(NewSource(p), Options{Question: AskGrowth}); !errors.Is(err, ErrNoFacts) {
			t.Error(err)
		}
	}
	short := reporttest.WithFacts()
	short.Moments = short.Moments[:0]
	for i := range short.Points {
		short.Points[i].Rest().Facts.History = nil
	}
	if r := report(t, Options{Question: AskGrowth}, short); r.Span != nil || r.Rows[0].Site.Place != "parse.c:21" {
		t.Errorf("%+v, %+v", r.Span, r.Rows[0].Site)
	}
}

func TestSitesWhoseBlocksStayAreNoChurn(t *testing.T) {
	p := reporttest.WithFacts()
	p.Points[2].Rest().Facts.Lifetimes = []profile.LifetimeClass{{Max: 40_000, Blocks: 1}, {Max: 400_000, Blocks: 6}} // of parse
	p.Points[3].Rest().Facts.Lifetimes = []profile.LifetimeClass{{Max: 40_000, Blocks: 5}, {Max: 80_000, Blocks: 5}}  // of load, which has 60
	var got []string
	for _, row := range report(t, Options{Question: AskChurn}, p).Rows {
		got = append(got, fmt.Sprint(row.Kind, " ", row.Count))
	}
	// One block in 12 is brief in parse, five in 60 in load, none in main.
	if want := []string{"unasked 3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.Points[2].Rest().Facts.Lifetimes[0].Blocks = 2
	if r := report(t, Options{Question: AskChurn}, p); len(r.Rows) != 2 || r.Rows[0].Site.Name != "parse" {
		t.Errorf("%d rows", len(r.Rows))
	}
}
