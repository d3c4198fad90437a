package view

import (
	"slices"

	"heapprof/internal/profile"
)

// Question is what a view is to answer. It chooses by what rows are sorted if nothing else is
// said, which columns they have, and which rows it does not ask for.
type Question uint8

const (
	AskPeak   Question = iota // who holds the memory at the peak
	AskLeaks                  // what is never freed
	AskChurn                  // what is allocated and freed, again and again
	AskGrowth                 // what grew: block by block, and over the run
)

var questionNames = [...]string{AskPeak: "peak", AskLeaks: "leaks", AskChurn: "churn", AskGrowth: "growth"}

func (q Question) String() string { return questionNames[q] }

// metric returns what rows are sorted by.
func (q Question) metric(sources []*Source) Metric {
	switch q {
	case AskLeaks:
		if anyLost(sources) {
			return LostBytes
		}
		return EndBytes
	case AskChurn:
		return TotalBlocks
	}
	for _, m := range []Metric{DefaultMetric(sources[0].Profile), TotalBytes, PeakBytes, EndBytes} {
		if m.hasAll(sources) {
			return m
		}
	}
	return TotalBytes
}

// anyLost reports whether it is known of all profiles what they have lost, and one has lost something.
func anyLost(sources []*Source) bool {
	return LostBytes.hasAll(sources) && slices.ContainsFunc(sources, func(s *Source) bool {
		return slices.ContainsFunc(s.Profile.Points, func(p profile.Point) bool { return p.Rest().LostBlocks > 0 })
	})
}

// unasked reports whether a row has nothing of what the question is about.
func (v *View) unasked(r *Row) bool {
	switch v.Options.Question {
	case AskLeaks:
		return isNoLeak(&r.Sums) && isNoLeak(&r.Before)
	case AskChurn:
		return v.stays(&r.Sums, r.brief) && v.stays(&r.Before, nil)
	case AskGrowth:
		return v.report.Risen(r) <= 0 && r.Grown.Chains == 0
	}
	return false
}

// isNoLeak reports whether nothing of what was summed lived at the end. Blocks of no bytes live, and some
// tools count no blocks.
func isNoLeak(s *Sums) bool { return s.Get(EndBlocks)+s.Get(EndBytes)+s.Get(LostBlocks) == 0 }

// churns is what part of a site's blocks is brief at least, if it churns.
const churns = 0.1

// stays reports whether blocks are no churn: none was freed, or nearly all that were lived for long.
// brief is how many lived for less than a tenth of the run; nil where that is not known.
func (v *View) stays(s *Sums, brief *uint64) bool {
	switch {
	case !v.Has(EndBlocks):
		return false
	case s.freed() == 0:
		return true
	case brief != nil:
		return float64(*brief) < churns*float64(s.Distinct())
	}
	return false
}

// findBrief tells of the groups of a report how many of their blocks lived for less than a tenth of
// the run, where the profile tells.
func (b *builder) findBrief(groups []*Row) {
	s := b.sides[0]
	if !KnowsBrief(s.Profile) {
		return
	}
	for _, r := range groups {
		r.brief = new(uint64)
	}
	for i, r := range s.rows {
		if r != nil {
			*r.brief += Brief(s.Profile, &s.Profile.Points[i])
		}
	}
}

// KnowsBrief reports whether a profile tells which blocks are brief: see Brief.
func KnowsBrief(p *profile.Profile) bool {
	return p.Recording != nil && len(p.Recording.Lifetimes) > 0
}

// Brief returns how many blocks of a point of a profile lived for less than a tenth of the run.
func Brief(p *profile.Profile, pt *profile.Point) (blocks uint64) {
	if pt.Rest().Facts == nil {
		return 0
	}
	for _, c := range pt.Rest().Facts.Lifetimes {
		if c.Max <= p.EndTime/10 {
			blocks += c.Blocks
		}
	}
	return blocks
}

// freed returns how many blocks were freed, each counted once however often it was resized.
func (s *Sums) freed() uint64 { return s.Distinct() - min(s.Get(EndBlocks), s.Distinct()) }

// growthColumns returns the columns on how rows grew.
func (r *Report) growthColumns() []Column {
	if r.Span == nil {
		return []Column{{Copied, TotalBytes}}
	}
	return []Column{{Risen, EndBytes}, {LiveCourse, EndBytes}, {Copied, TotalBytes}}
}

// answer returns the columns that answer the question, and how many of the first of them it
// cannot do without.
func (r *Report) answer() (cols []Column, essential int) {
	if r.byGrowth() {
		cols = r.growthColumns()
		return cols, len(cols)
	}
	cols = []Column{{Value, r.Metric}}
	if r.HasMargins(r.Metric) {
		cols = append(cols, Column{Margin, r.Metric})
	}
	if r.Metric != Lifetime {
		cols = append(cols, Column{Share, r.Metric})
	}
	add := func(kind ColumnKind, m Metric) {
		if r.Has(m) && m != r.Metric {
			cols = append(cols, Column{kind, m})
		}
	}
	switch r.Options.Question {
	case AskLeaks:
		if r.Metric != LostBytes && r.Total.Sums.Get(LostBlocks) > 0 {
			add(Value, LostBytes)
		}
		add(Value, EndBytes)
		if r.Has(TotalBlocks) && r.Has(EndBlocks) {
			cols = append(cols, Column{Unfreed, EndBlocks})
		} else {
			add(Value, EndBlocks)
		}
	case AskChurn:
		add(Value, TotalBlocks)
		add(Temporary, TemporaryBlocks)
		add(Value, Lifetime)
		add(Value, TotalBytes)
	case AskGrowth:
		cols = append(cols, r.growthColumns()...)
	}
	return cols, len(cols)
}
