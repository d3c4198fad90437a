package wording

import (
	"fmt"
	"math"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// VerdictLabel stands before the verdict itself.
const VerdictLabel = "verdict"

// Verdict returns the lines with which a diff begins: whether the later profile is better or
// worse, by how much the program's whole numbers changed, and how many rows came, went and changed.
func Verdict(d *view.Diff) []text.Fact {
	if !comparesHeaps(d) {
		return nil
	}
	end := "at exit"
	if LivesOn(d.Before.Profile) || LivesOn(d.After.Profile) {
		end = "at the end"
	}
	measures := []Measure{
		{"peak", view.PeakBytes, view.PeakBytes, "the peak is", "lower", "higher", true},
		{"live", view.LiveBytes, view.LiveBytes, "what lives is", "less", "more", true},
		{end, view.EndBytes, view.PeakBytes, "what lives " + end + " is", "less", "more", true},
		{"allocated", view.TotalBytes, view.TotalBytes, "allocated are", "fewer bytes", "more bytes", true},
		{"blocks", view.TotalBlocks, view.TotalBlocks, "allocated are", "fewer blocks", "more blocks", false},
		{"temporary", view.TemporaryBlocks, view.TotalBlocks, "temporary are", "fewer blocks", "more blocks", false},
	}
	facts := make([]text.Fact, 1, len(measures)+2)
	var better, worse []string
	for _, m := range measures {
		if !d.Has(m.Metric) {
			continue
		}
		c := d.Total.Change(m.Metric)
		facts = append(facts, text.Fact{Label: m.label, Text: m.Line(d, c)})
		switch words := m.words(d, c); {
		case !m.counts(d, c):
		case c.Sign() < 0:
			better = append(better, words)
		default:
			worse = append(worse, words)
		}
	}
	facts[0] = text.Fact{Label: VerdictLabel, Text: verdictWords(better, worse)}
	if d.Before.Profile.Span != nil || isAttached(d.Before.Profile) || isAttached(d.After.Profile) {
		facts = facts[1:] // that there is more at a later moment of a run, or in a longer part of it, is neither better nor worse
	}
	if rows := changesLine(d); rows != "" {
		facts = append(facts, text.Fact{Label: d.Options.By.String() + "s", Text: rows})
	}
	return facts
}

// comparesHeaps reports whether less of what a diff compares is better.
func comparesHeaps(d *view.Diff) bool {
	m := d.After.Profile.Measure()
	return m == profile.HeapBlocks || m == profile.MappedPages
}

// Measure is one of the whole numbers that a diff compares.
type Measure struct {
	label             string
	Metric, whole     view.Metric // the number, and the one that it is a part of
	is, lower, higher string      // "the peak is", "lower", "higher"
	Bytes             bool
}

// amount returns a value of the measure on one side.
func (m Measure) amount(u human.Units, n float64) string {
	if m.Bytes {
		return u.Size(uint64(n))
	}
	return u.Count(uint64(n))
}

// Line returns what a measure was and is.
func (m Measure) Line(d *view.Diff, c view.Change) string {
	words := fmt.Sprintf("%s → %s", m.amount(d.BeforeUnits(), c.Before), m.amount(d.AfterUnits(), c.After))
	switch {
	case c.Sign() == 0:
		words = m.amount(d.AfterUnits(), c.After) + ", the same"
	case d.InNoise(d.Total, m.Metric):
		words += ", which may be chance"
	case c.Before != 0:
		u := d.Units
		u.Estimated = false // the values are, which say so themselves
		words += ", " + human.Sign(c.Sign()) + percentWords(u, c)
	}
	return words
}

// worthAWord is by how many percent a whole number must change for the verdict to tell of it.
const worthAWord = 1

// counts reports whether the change of a measure is one that the verdict rests on: so many percent
// of what it was, and of what it is a part of.
func (m Measure) counts(d *view.Diff, c view.Change) bool {
	whole := d.Total.Change(m.whole)
	return c.Sign() != 0 && 100*c.Size() >= worthAWord*max(c.Before, whole.Before, whole.After) && !d.InNoise(d.Total, m.Metric)
}

// words returns a change as a part of the verdict.
func (m Measure) words(d *view.Diff, c view.Change) string {
	how := m.higher
	if c.Sign() < 0 {
		how = m.lower
	}
	by := m.amount(d.Units, c.Size())
	if c.Before != 0 {
		by = percentWords(d.Units, c)
	}
	return m.is + " " + by + " " + how
}

// percentWords returns the size of a change in percent of what was before, of a large one without
// decimals.
func percentWords(u human.Units, c view.Change) string {
	const large = 1000
	p := c.PercentSize()
	if p < large {
		return u.Percentage(p)
	}
	return u.Count(uint64(math.Round(p))) + "%"
}

// verdictWords returns the verdict: of many measures the first two, which matter most.
func verdictWords(better, worse []string) string {
	const most = 2
	some := func(words []string) string { return strings.Join(words[:min(len(words), most)], ", ") }
	switch {
	case len(better) == 0 && len(worse) == 0:
		return fmt.Sprintf("the same: no whole number changed by %d%% or more", worthAWord)
	case len(worse) == 0:
		return "better: " + some(better)
	case len(better) == 0:
		return "worse: " + some(worse)
	}
	return "mixed: " + better[0] + ", but " + worse[0]
}

// changesLine returns how many rows came, went and changed, and by how much; "" where that was not
// counted.
func changesLine(d *view.Diff) string {
	var parts []string
	u := d.Units
	u.Estimated = false // the values are, which say so themselves
	add := func(s view.RowSum, word, sign string) {
		if s.Rows == 0 {
			return
		}
		size := u.Count(uint64(s.Size))
		if d.Metric.Unit() == view.UnitBytes {
			size = u.Cell(uint64(s.Size))
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s%s)", human.Count(uint64(s.Rows)), word, sign, size))
	}
	c := d.Came
	if d.Metric == view.Lifetime {
		return ""
	}
	add(c.Gone, "gone", "−")
	add(c.New, "new", "+")
	add(c.Fewer, "less", "−")
	add(c.More, "more", "+")
	if c.Same.Rows > 0 {
		parts = append(parts, human.Count(uint64(c.Same.Rows))+" the same")
	}
	return strings.Join(parts, ", ")
}
