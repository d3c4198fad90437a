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

// ChangeMargin returns how far the change of a metric in a diff's row may be off, in its unit:
// 19 times in 20 it is no farther. It is 0 where both sides are exact, or where it is not
// known.
func (d *Diff) ChangeMargin(r *Row, m Metric) float64 {
	before := sideMargin{d.Before.Profile.Sampling, &r.Before, &d.Total.Before}
	after := sideMargin{d.After.Profile.Sampling, &r.Sums, &d.Total.Sums}
	return math.Hypot(before.of(m, after), after.of(m, before))
}

// sideMargin is a row's one side, of a diff.
type sideMargin struct {
	sampling profile.Sampling
	sums     *Sums
	whole    *Sums // of the profile
}

// of returns how far the side's metric may be off. What the other side has tells more than few
// samples do: of a site that has none there may be as much as is easily missed, and where the
// other side is exact, or sampled more densely, it is asked how far an estimate of just as
// much would be off.
func (s sideMargin) of(m Metric, other sideMargin) float64 {
	if _, known := s.whole.Sampled(m); !known {
		return 0
	}
	bytes, blocks := m.both()
	size := float64(other.sums.Get(bytes)) / float64(max(1, other.sums.Get(blocks))) // of a block, on average
	unit := 1.0
	if m == bytes {
		unit = size
	}
	sampled, _ := s.sums.Sampled(m)
	margin := m.MarginOf(sampled)
	switch {
	case sampled.Blocks != 0 || other.sums.Get(m) == 0:
	case m == bytes:
		margin = float64(s.sampling.Unseen())
	default:
		margin = float64(s.sampling.Unseen()) / max(1, size)
	}
	if other.sampling.MeanBytes < s.sampling.MeanBytes {
		weight := s.sampling.Weight(uint64(size))
		margin = max(margin, 2*unit*math.Sqrt(float64(other.sums.Get(blocks))*(weight-1)))
	}
	return margin
}

// both returns the metrics of bytes and blocks that a metric is one of.
func (m Metric) both() (bytes, blocks Metric) {
	switch m {
	case PeakBytes, PeakBlocks:
		return PeakBytes, PeakBlocks
	case EndBytes, EndBlocks:
		return EndBytes, EndBlocks
	case LiveBytes, LiveBlocks:
		return LiveBytes, LiveBlocks
	}
	return TotalBytes, TotalBlocks
}

// InNoise reports whether the change of the metric in a diff's row is so small, for what it
// is estimated from, that there may be none. A diff has hundreds of rows, and shows the
// largest changes first, so that one in 20 would be many false alarms: a change is believed
// that is more than three times the root of its variance, which chance alone is once in 400
// times.
func (d *Diff) InNoise(r *Row, m Metric) bool {
	const believed = 3.0 / 2 // of the margin, which is twice the root
	margin := d.ChangeMargin(r, m)
	return margin > 0 && r.Change(m).Size() <= believed*margin
}

// compareNoise puts a change that may be none behind one that is one, and none last.
func (d *Diff) compareNoise(a, b *Row) int {
	rank := func(r *Row) int {
		switch {
		case r.Change(d.Metric).Sign() == 0:
			return 2
		case d.InNoise(r, d.Metric):
			return 1
		}
		return 0
	}
	return cmp.Compare(rank(a), rank(b))
}
