package budget

import (
	"math"

	"heapprof/internal/report/view"
)

// measured is what a profile has of a limit's metric.
type measured struct {
	value  Amount
	whole  Amount // what a percentage is of
	points int
	cut    uint64 // of the metric, of stacks that are cut: see Judgement.Cut
}

// measure measures what the limit is of, and sets Metric and Basis, and Why if that cannot be. It is an error if a sum
// does not fit into 64 bits.
func (x *Judgement) measure(s *side) (m measured, err error) {
	p := s.all.Profile
	x.Metric, x.Basis = x.Limit.Metric.In(p)
	if !x.Limit.Metric.IsOf(p) {
		x.Why = NotRecorded
		return m, nil
	}
	source := s.of(x.Limit.Metric)
	total, err := view.Total(source.Profile)
	if err != nil {
		return m, err
	}
	sums, cut, err := view.Focused(source, x.Limit.At)
	if err != nil {
		return m, err
	}
	m.points, m.cut = sums.Points(), cut.Get(x.Metric)
	known, whole := false, x.Limit.At == nil
	amount := func(metric view.Metric) (Amount, bool) { return amountOf(source, &sums, &total, whole, metric) }
	if m.value, known = amount(x.Metric); !known {
		x.Why = NoMargin
		return m, nil
	}
	if x.Increase || !x.Limit.IsPercent {
		return m, nil
	}
	switch x.Limit.Whole() {
	case OfBlocks:
		n := sums.Distinct()
		m.whole, known = Amount{n, n, n}, source.Profile.Sampling.IsExact()
	case OfAllocated:
		allocated := view.TotalBytes
		if x.Metric.Unit() == view.UnitBlocks {
			allocated = view.TotalBlocks
		}
		m.whole, known = amount(allocated)
	case OfProgram:
		m.whole, known = amountOf(source, &total, &total, true, x.Metric)
	}
	if !known {
		x.Why = NoMargin
	}
	return m, nil
}

// amountOf returns a sum of a profile, of the whole of it or of a part. known is false for an estimate of
// which it is not known how far it may be off.
func amountOf(s *view.Source, sums, total *view.Sums, whole bool, m view.Metric) (a Amount, known bool) {
	n := sums.Get(m)
	sampling := s.Profile.Sampling
	if sampling.IsExact() {
		return Amount{n, n, n}, true
	}
	if whole && sampling.HasTotals() && (m == view.TotalBytes || m == view.TotalBlocks) {
		// Counted of every block, and not only of the sampled ones.
		if n = sampling.ExactBytes; m == view.TotalBlocks {
			n = sampling.ExactBlocks
		}
		return Amount{n, n, n}, true
	}
	if _, known = total.Margin(m); !known {
		return a, false
	}
	sampled, _ := sums.Sampled(m)
	margin := uint64(math.Ceil(m.MarginOf(sampled)))
	if sampled.Blocks == 0 {
		margin = sampling.Unseen() // bytes, and so at most as many blocks
	}
	return Amount{n, n - min(n, margin), plus(n, margin)}, true
}
