package view

import (
	"cmp"
	"math"

	"heapprof/internal/profile"
)

// Sampled returns the sampled blocks that the metric's sum is estimated from. ok is false
// where that is not known: for an exact sum, and for a metric whose estimate is no sum of
// blocks, as the points' own maxima.
func (s *Sums) Sampled(m Metric) (sampled profile.Sampled, ok bool) { return m.Sampled(s.samples) }

// Sampled returns those of the samples that the metric is estimated from: see Sums.Sampled.
func (m Metric) Sampled(s *profile.Samples) (sampled profile.Sampled, ok bool) {
	if s == nil {
		return profile.Sampled{}, false
	}
	switch m {
	case TotalBytes, TotalBlocks:
		return s.Total, true
	case PeakBytes, PeakBlocks:
		return s.Peak, true
	case EndBytes, EndBlocks:
		return s.End, true
	}
	return profile.Sampled{}, false
}

// Margin returns how far the metric's sum may be off, in its unit: 19 times in 20 it is no
// farther. ok is false where Sampled's is.
func (s *Sums) Margin(m Metric) (margin float64, ok bool) {
	sampled, ok := s.Sampled(m)
	return m.MarginOf(sampled), ok
}

// MarginOf returns how far the metric may be off that is estimated from the sampled blocks.
func (m Metric) MarginOf(s profile.Sampled) float64 {
	if m.Unit() == UnitBytes {
		return s.BytesMargin()
	}
	return s.BlocksMargin()
}

// HasMargins reports whether it is known how far estimates of the metric may be off.
func (v *View) HasMargins(m Metric) bool {
	_, before := v.Total.Before.Margin(m)
	_, after := v.Total.Sums.Margin(m)
	return before || after
}

// ChangeMargin returns how far the change of the row's metric may be off, in its unit: 19
// times in 20 it is no farther. It is 0 where both sides are exact, or where it is not known.
func (r *Row) ChangeMargin(m Metric) float64 {
	before, _ := r.Before.Margin(m)
	after, _ := r.Sums.Margin(m)
	return math.Hypot(before, after)
}

// InNoise reports whether the change of the metric in a diff's row is so small, for what it
// is estimated from, that there may be none. A diff has hundreds of rows, and shows the
// largest changes first, so that one in 20 would be many false alarms: a change is believed
// that is more than three times the root of its variance, which chance alone is once in 400
// times.
func (r *Row) InNoise(m Metric) bool {
	const believed = 3.0 / 2 // of the margin, which is twice the root
	margin := r.ChangeMargin(m)
	return margin > 0 && r.Change(m).Size() <= believed*margin
}

// compareNoise puts a change that may be none behind one that is.
func (r *Row) compareNoise(o *Row, m Metric) int {
	rank := func(r *Row) int {
		if r.InNoise(m) {
			return 1
		}
		return 0
	}
	return cmp.Compare(rank(r), rank(o))
}
