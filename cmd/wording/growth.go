package wording

import (
	"fmt"

	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// grownWords says how blocks of a site grew; "" where none did.
func grownWords(g *view.Grown, u human.Units) string {
	if g == nil || g.Chains == 0 {
		return ""
	}
	words := fmt.Sprintf("in %s from %s to %s", human.Counted(g.Steps, "step"), human.Bytes(g.First), human.Bytes(g.Last))
	if g.Chains == 1 && !u.Estimated {
		words = "grew " + words
	} else {
		words = u.Blocks(g.Chains) + " grew, one " + words
	}
	if g.LeastAdded == g.MostAdded && g.Steps > 1 {
		words += ", by " + human.Bytes(g.MostAdded) + " each"
	}
	return words
}

// SpanFact says over which part of a run live bytes rose.
func SpanFact(r *view.Report) []text.Fact {
	if r.Options.Question != view.AskGrowth {
		return nil
	}
	if r.Source.Profile.Merged != nil {
		return []text.Fact{NoteFact("how live bytes rose over a run is of one process: shown are blocks that grew")}
	}
	if r.Span == nil {
		return []text.Fact{NoteFact("the run was too short to tell how live bytes rose over it")}
	}
	from, to := r.LiveOf(r.Total)
	u := r.Units
	return []text.Fact{{Label: "risen", Text: fmt.Sprintf("from %s at %s to %s at %s",
		u.Size(from), u.Time(float64(r.Span.From)), u.Size(to), u.Time(float64(r.Span.To)))}}
}
