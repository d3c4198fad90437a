package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// mostMarks is how many marks an error names.
const mostMarks = 8

// SomeNames returns names in a row, not too many.
func SomeNames(all []string) string {
	if more := len(all) - mostMarks; more > 0 {
		return strings.Join(all[:mostMarks], ", ") + " and " + human.Count(uint64(more)) + " more"
	}
	return strings.Join(all, ", ")
}

// partFacts returns the lines that say of which part of a run a report is, and how much there was in it.
func partFacts(r *view.Report, amount func(bytes, blocks view.Metric) string) []text.Fact {
	p, s := r.Source.Profile, r.Source.Profile.Span
	allocated, live := text.Fact{Label: "allocated", Text: amount(view.TotalBytes, view.TotalBlocks)}, amount(view.LiveBytes, view.LiveBlocks)
	if !s.IsMoment() {
		if s.AtLeast {
			live = "at least " + live
		}
		live += " of that, at " + r.Units.Instant(s.To)
		return []text.Fact{{Label: "from", Text: InstantWords(p, s.From)}, {Label: "to", Text: InstantWords(p, s.To)}, allocated, {Label: "live", Text: live}}
	}
	facts := []text.Fact{{Label: "moment", Text: InstantWords(p, s.To)}}
	if !s.NoTotals {
		allocated.Text += ", until then"
		facts = append(facts, allocated)
	}
	return append(facts, text.Fact{Label: "live", Text: live})
}

// InstantWords returns an instant of the run that p is a part of, and when that was.
func InstantWords(p *profile.Profile, at profile.Instant) string {
	u := human.UnitsOf(p)
	when := fmt.Sprintf("%s of %s", u.Time(float64(at.Time)), u.Time(float64(p.Span.Whole)))
	switch {
	case p.Merged != nil && at.Kind == profile.AtPeak:
		return fmt.Sprintf("%s, each at a time of its own", human.Counted(p.MergedProfiles(), "peak"))
	case at.Time == 0 && p.Recording == nil:
		return u.Instant(at)
	case at.Kind == profile.AtEnd:
		return u.Instant(at) + ", " + u.Time(float64(at.Time))
	case at.Kind == profile.AtPeak:
		return u.Instant(at) + ", " + u.Mark() + when
	case at.Kind == profile.AtMoment && at.Mark == "":
		return fmt.Sprintf("%s, the end of a window of %s", when, u.Time(float64(p.Span.Window)))
	case at.Kind == profile.AtMoment:
		return u.Instant(at) + ", " + when
	}
	return u.Instant(at)
}

// marksFact returns the line that says which marks a profile has, in width columns; nothing where it has none.
func marksFact(p *profile.Profile, width int) []text.Fact {
	u := human.UnitsOf(p)
	var all []string
	for _, m := range p.Moments {
		if m.Mark != "" {
			all = append(all, fmt.Sprintf("%s at %s", names.Printable(m.Mark), u.Time(float64(m.Time))))
		}
	}
	if len(all) == 0 {
		return nil
	}
	n := len(all)
	line := func() string {
		words := strings.Join(all[:n], ", ")
		if more := len(all) - n; more > 0 {
			words += ", and " + human.Count(uint64(more)) + " more"
		}
		return words + ": report --at shows one"
	}
	for n > 1 && names.Width(line()) > factWidth(width) {
		n--
	}
	return []text.Fact{{Label: "marks", Text: line()}}
}
