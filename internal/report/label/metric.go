package label

import (
	"cmp"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// Metric says in words what a metric of a profile is: "live at the peak, bytes".
func Metric(p *profile.Profile, m view.Metric) string {
	u := human.UnitsOf(p)
	unit := u.BlockName
	if m.Unit() == view.UnitBytes {
		unit = u.Many
	}
	return measured(p, m) + ", " + unit
}

// Title says what Metric does, and how sure it is where it is estimated.
func Title(p *profile.Profile, m view.Metric) string {
	if p.Sampling.IsExact() {
		return Metric(p, m)
	}
	totals := p.Totals()
	sampled, ok := m.Sampled(totals.Samples)
	if value := m.Value(&totals); ok && value > 0 {
		return Metric(p, m) + " (estimated, " + human.Margin(m.MarginOf(sampled), float64(value)) + " in all)"
	}
	return Metric(p, m) + " (estimated)"
}

// measured says what Metric does but for the unit.
func measured(p *profile.Profile, m view.Metric) string {
	allocated := "allocated"
	if p.Measure() != profile.HeapBlocks {
		allocated = cmp.Or(human.Verb(p), allocated)
	}
	switch m {
	case view.TotalBytes, view.TotalBlocks:
		switch s := p.Span; {
		case s == nil:
			return allocated + " in all"
		case s.IsMoment():
			return allocated + " until " + human.UnitsOf(p).Instant(s.To)
		}
		return allocated + " " + human.Part(p)
	case view.PeakBytes, view.PeakBlocks:
		return "live at the peak"
	case view.EndBytes, view.EndBlocks, view.LiveBytes, view.LiveBlocks:
		switch s := p.Span; {
		case s == nil:
			return "live at the end"
		case s.IsMoment():
			return "live " + human.Part(p)
		}
		words := allocated + " " + human.Part(p) + " and live then"
		if p.Span.AtLeast {
			words += " (at least)"
		}
		return words
	case view.TemporaryBlocks:
		return "freed before the next allocation"
	case view.LostBytes, view.LostBlocks:
		return "lost"
	}
	return human.UnitsOf(p).Metric(m.String())
}
