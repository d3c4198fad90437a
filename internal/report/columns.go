package report

import (
	"math"

	"heapprof/internal/report/human"
)

// column is one column of numbers: its title, and its text for a row.
type column struct {
	title string
	cell  func(*Row) string
}

// reportColumns returns the columns of a report, the most telling first: what
// is sorted by and its share, then the rest of the vocabulary as far as the
// profile has it.
func (v *View) reportColumns() []column {
	u := human.UnitsOf(v.Profiles[0])
	cols := []column{v.metricColumn(v.Metric, u)}
	if v.Metric != Lifetime {
		cols = append(cols, column{"%", func(r *Row) string {
			return human.Percent(r.Sums[0].Get(v.Metric), v.Total[0].Get(v.Metric))
		}})
	}
	for _, m := range v.companions() {
		cols = append(cols, v.metricColumn(m, u))
	}
	if v.Options.Tree {
		// A tree's names need the room.
		return cols[:min(len(cols), 4)]
	}
	if v.has(TemporaryBlocks) && v.Metric != TemporaryBlocks {
		cols = append(cols, column{"temporary", func(r *Row) string {
			return r.Sums[0].temporaryShare()
		}})
	}
	if v.has(Lifetime) && v.Metric != Lifetime {
		cols = append(cols, v.metricColumn(Lifetime, u))
	}
	return cols
}

// companions are the metrics to show beside the one that is sorted by.
func (v *View) companions() []Metric {
	sibling := map[Metric]Metric{
		TotalBytes: TotalBlocks, TotalBlocks: TotalBytes, PeakBytes: PeakBlocks, PeakBlocks: PeakBytes,
		EndBytes: EndBlocks, EndBlocks: EndBytes, MaxBytes: MaxBlocks, MaxBlocks: MaxBytes,
		TemporaryBlocks: TotalBlocks, Lifetime: TotalBlocks,
	}
	var all []Metric
	seen := map[Metric]bool{v.Metric: true}
	for _, m := range []Metric{sibling[v.Metric], PeakBytes, TotalBytes, TotalBlocks, EndBytes} {
		if !seen[m] && v.has(m) {
			seen[m] = true
			all = append(all, m)
		}
	}
	return all
}

func (v *View) metricColumn(m Metric, u human.Units) column {
	return column{m.String(), func(r *Row) string { return valueText(u, m, &r.Sums[0]) }}
}

// valueText writes a metric of some points together. Where several maxima were
// added up, ≤ says that the sum is only an upper bound.
func valueText(u human.Units, m Metric, s *Sums) string {
	if m == Lifetime {
		if s.Get(TotalBlocks) == 0 {
			return ""
		}
		return u.Time(s.AverageLifetime())
	}
	text := human.Count(s.Get(m))
	if m.Unit() == UnitBytes {
		text = u.Cell(s.Get(m))
	}
	if !m.Additive() && s.Points() > 1 {
		text = "≤" + text
	}
	return text
}

// diffColumns returns the columns of a diff.
func (v *View) diffColumns(s palette) []column {
	u := human.UnitsOf(v.Profiles[1])
	side := func(i int) func(*Row) string {
		return func(r *Row) string {
			if r.Sums[i].Points() == 0 {
				return ""
			}
			return valueText(u, v.Metric, &r.Sums[i])
		}
	}
	delta := func(m Metric) func(*Row) string {
		return func(r *Row) string {
			c := v.changeOf(&r.Sums, m)
			return colorChange(s, c, changeText(u, m, c))
		}
	}
	cols := []column{
		{"before", side(0)},
		{"after", side(1)},
		{"change", delta(v.Metric)},
		{"%", func(r *Row) string { return v.changePercent(r) }},
	}
	for i, m := range v.companions() {
		if v.Options.Tree && i > 0 {
			break
		}
		cols = append(cols, column{"Δ " + m.String(), delta(m)})
	}
	return cols
}

func colorChange(s palette, c change, text string) string {
	switch c.sign() {
	case 1:
		return s.more(text)
	case -1:
		return s.less(text)
	}
	return text
}

// changeText writes a change with its sign.
func changeText(u human.Units, m Metric, c change) string {
	sign := [...]string{"−", "", "+"}[c.sign()+1]
	switch {
	case m == Lifetime:
		return sign + u.Time(c.size())
	case m.Unit() == UnitBytes:
		return sign + u.Cell(c.abs())
	}
	return sign + human.Count(c.abs())
}

// changePercent is the change in percent of what was before, or "new" or "gone"
// for a row that only one profile has.
func (v *View) changePercent(r *Row) string {
	before, after := r.Sums[0].Points() > 0, r.Sums[1].Points() > 0
	c := v.change(r)
	switch {
	case r.Kind == Entry && !before:
		return "new"
	case r.Kind == Entry && !after:
		return "gone"
	case c.fresh():
		return "from 0"
	case c.sign() == 0:
		return "0.0%"
	}
	sign := "+"
	if c.sign() < 0 {
		sign = "−"
	}
	p := c.percentSize()
	if p >= 1000 {
		return sign + human.Count(uint64(math.Round(p))) + "%"
	}
	return sign + human.Percentage(p)
}
