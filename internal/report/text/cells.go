package text

import (
	"cmp"
	"math"
	"slices"

	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// title returns what stands above a column.
func (t *table) title(c view.Column) string {
	switch c.Kind {
	case view.Share, view.ChangeShare:
		return "%"
	case view.Margin, view.ChangeMargin:
		return "±"
	case view.Temporary:
		return "temporary"
	case view.Unfreed:
		if t.report != nil && t.report.Source.Profile.LivesOn() {
			return "blocks not freed" // so far
		}
		return "blocks never freed"
	case view.Risen:
		return "risen"
	case view.LiveCourse:
		return courseTitle
	case view.Copied:
		return "copied"
	case view.Value:
		if t.view.Options.Question == view.AskChurn {
			return churnTitle(c.Metric)
		}
		if t.view.AtLeast(c.Metric) {
			return "≥ " + t.metric(c.Metric)
		}
	case view.BeforeValue:
		return "before"
	case view.AfterValue:
		return "after"
	case view.ChangeValue:
		if c.Metric == t.view.Metric {
			return "change"
		}
		return "Δ " + t.metric(c.Metric)
	}
	return t.metric(c.Metric)
}

// metric returns what the table calls a metric.
func (t *table) metric(m view.Metric) string { return t.view.Units.Metric(m.String()) }

// churnTitle is short, as all of what answers that question is to have room.
func churnTitle(m view.Metric) string {
	switch m {
	case view.TotalBlocks:
		return "blocks"
	case view.TotalBytes:
		return "bytes"
	}
	return m.String()
}

// cell returns a row's number in a column. Its colour tells more from less.
func (t *table) cell(c view.Column, r *view.Row) string {
	u, m := t.view.Units, c.Metric
	switch c.Kind {
	case view.Margin:
		return marginText(m, &r.Sums)
	case view.Share:
		return u.Percent(r.Sums.Get(m), t.view.Total.Sums.Get(m))
	case view.Temporary:
		return u.Percent(r.Sums.Get(m), r.Sums.Distinct())
	case view.Unfreed:
		return unfreed(u, &r.Sums)
	case view.Risen, view.LiveCourse, view.Copied:
		return t.grownCell(c.Kind, r)
	case view.BeforeValue:
		return sideText(t.view.BeforeUnits(), m, &r.Before)
	case view.AfterValue:
		return sideText(t.view.AfterUnits(), m, &r.Sums)
	case view.ChangeValue:
		change := r.Change(m)
		text := changeText(u, m, change)
		if t.diff.InNoise(r, m) || u.Estimated && !t.view.HasMargins(m) {
			return text
		}
		return t.palette.change(change, text)
	case view.ChangeMargin:
		return changeMarginText(u, m, t.diff.ChangeMargin(r, m))
	case view.ChangeShare:
		if t.diff.InNoise(r, m) {
			return "noise" // there may be no change
		}
		return changePercent(u, m, r)
	}
	return valueText(u, m, &r.Sums)
}

// courseTitle stands above how live bytes were over the run, which is drawn as wide.
const courseTitle = "live over the run"

// grownCell returns a row's number in a column of a report of growth.
func (t *table) grownCell(kind view.ColumnKind, r *view.Row) string {
	u := t.view.Units
	switch {
	case r.Grown == nil:
		return ""
	case kind == view.Copied && r.Grown.CopiedBytes == 0:
		return ""
	case kind == view.Copied:
		return u.Cell(r.Grown.CopiedBytes)
	case kind == view.LiveCourse:
		course := t.report.Course(r, len(courseTitle))
		return human.Sparkline(course, slices.Max(append(course, 0)))
	}
	risen := t.report.Risen(r)
	return human.Sign(cmp.Compare(risen, 0)) + u.Cell(uint64(max(risen, -risen)))
}

// unfreed says how many of how many blocks were never freed.
func unfreed(u human.Units, s *view.Sums) string {
	live, all := s.Get(view.EndBlocks), s.Distinct()
	if live >= all {
		return "all " + u.Count(live)
	}
	return u.Count(live) + " of " + human.Count(all)
}

// sideText returns a metric of one side of a diff; nothing where that has no point.
func sideText(u human.Units, m view.Metric, s *view.Sums) string {
	if s.Points() == 0 {
		return ""
	}
	return valueText(u, m, s)
}

// valueText returns a metric of some points together. ≤ before it means that several maxima
// were added up, so that the sum is only an upper bound.
func valueText(u human.Units, m view.Metric, s *view.Sums) string {
	if m == view.Lifetime {
		if s.Get(view.TotalBlocks) == 0 {
			return ""
		}
		return u.Average(s.AverageLifetime())
	}
	text := u.Count(s.Get(m))
	if m.Unit() == view.UnitBytes {
		text = u.Cell(s.Get(m))
	}
	if !m.Additive() && s.Points() > 1 {
		text = "≤" + text
	}
	return text
}

// marginText returns how far a metric of some points together may be off: in percent, or where
// that would be more than all from how few samples it is.
func marginText(m view.Metric, s *view.Sums) string {
	const few = 4 // samples: what is estimated from fewer may be off by more than itself
	margin, _ := s.Margin(m)
	value := float64(s.Get(m))
	if value == 0 {
		return ""
	}
	if sampled, _ := s.Sampled(m); sampled.Blocks < few && margin > value {
		return human.Counted(sampled.Blocks, "sample")
	}
	return human.Margin(margin, value)
}

// changeMarginText returns how far the change of a metric may be off.
func changeMarginText(u human.Units, m view.Metric, margin float64) string {
	u.Estimated = false // the change is
	if m.Unit() == view.UnitBytes {
		return "±" + u.Cell(uint64(math.Round(margin)))
	}
	return "±" + u.Count(uint64(math.Round(margin)))
}

// changeText returns a change with its sign.
func changeText(u human.Units, m view.Metric, c view.Change) string {
	sign := human.Sign(c.Sign())
	switch {
	case m == view.Lifetime:
		return sign + u.Average(c.Size())
	case m.Unit() == view.UnitBytes:
		return sign + u.Cell(c.Abs())
	}
	return sign + u.Count(c.Abs())
}

// changePercent returns the change in percent of what was before, or "new" or "gone" for a
// row that only one profile has.
func changePercent(u human.Units, m view.Metric, r *view.Row) string {
	before, after := r.Before.Points() > 0, r.Sums.Points() > 0
	c := r.Change(m)
	entry := r.Kind == view.Entry
	if u.Estimated && c.Sign() == 0 {
		entry = false // whether it was, or is, without a sampled block nobody knows
	}
	switch {
	case entry && !before:
		return "new"
	case entry && !after:
		return "gone"
	case c.FromNothing():
		return "from 0"
	case c.Sign() == 0:
		return u.Percentage(0)
	}
	sign, p := human.Sign(c.Sign()), c.PercentSize()
	if p >= 1000 {
		return sign + u.Count(uint64(math.Round(p))) + "%"
	}
	return sign + u.Percentage(p)
}
