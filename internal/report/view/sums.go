package view

import (
	"cmp"
	"fmt"
	"math/bits"

	"heapprof/internal/profile"
)

// Sums holds every metric of some points together, in the metrics' units.
type Sums struct {
	values  [numMetrics]uint64
	resizes uint64 // how many of TotalBlocks are a block again that was resized
	points  int
	samples *profile.Samples // what the values are estimated from; nil where they are exact or that is not known
}

// add adds one point. It cannot overflow once total has returned no error:
// every sum is at most the total.
func (s *Sums) add(pt *profile.Point) {
	v := &s.values
	v[TotalBytes] += pt.TotalBytes
	v[TotalBlocks] += pt.TotalBlocks
	v[PeakBytes] += pt.PeakBytes
	v[PeakBlocks] += pt.PeakBlocks
	v[EndBytes] += pt.EndBytes
	v[EndBlocks] += pt.EndBlocks
	v[MaxBytes] += pt.Rest().MaxBytes
	v[MaxBlocks] += pt.Rest().MaxBlocks
	v[Lifetime] += pt.Rest().TotalLifetime
	v[TemporaryBlocks] += pt.Rest().TemporaryBlocks
	v[LiveBytes] += pt.EndBytes
	v[LiveBlocks] += pt.EndBlocks
	v[LostBytes] += pt.Rest().LostBytes
	v[LostBlocks] += pt.Rest().LostBlocks
	if pt.Rest().Extra != nil {
		for m := ExtraBytes1; m <= ExtraCount3; m++ {
			v[m] += m.Value(pt)
		}
	}
	s.resizes += min(pt.Rest().Reallocs, pt.TotalBlocks) // a damaged file may hold anything
	s.points++
	s.samples = s.samples.Plus(pt.Samples)
}

func (s *Sums) addSums(o *Sums) {
	for i := range s.values {
		s.values[i] += o.values[i]
	}
	s.resizes += o.resizes
	s.points += o.points
	s.samples = s.samples.Plus(o.samples)
}

// Get returns the sum of the metric's values: for Lifetime the summed lifetimes.
func (s *Sums) Get(m Metric) uint64 { return s.values[m] }

// Points returns how many program points were added up.
func (s *Sums) Points() int { return s.points }

// AverageLifetime returns the average lifetime of a block in the profile's time unit; 0
// where there is no block.
func (s *Sums) AverageLifetime() float64 {
	if s.values[TotalBlocks] == 0 {
		return 0
	}
	return float64(s.values[Lifetime]) / float64(s.values[TotalBlocks])
}

// Distinct returns how many blocks were allocated, each counted once however often it was
// resized. TemporaryBlocks are a share of these.
func (s *Sums) Distinct() uint64 { return s.values[TotalBlocks] - s.resizes }

// compare orders sums by the metric m: by the average for Lifetime, else by the sum.
func (s *Sums) compare(o *Sums, m Metric) int {
	if m == Lifetime {
		return cmp.Compare(s.AverageLifetime(), o.AverageLifetime())
	}
	return cmp.Compare(s.values[m], o.values[m])
}

// Total adds up a whole profile. A sum that does not fit into 64 bits is an
// error: no program allocates that much, so the file is damaged.
func Total(p *profile.Profile) (Sums, error) {
	var s Sums
	for i := range p.Points {
		pt := &p.Points[i]
		for m := range s.values {
			if _, carry := bits.Add64(s.values[m], Metric(m).Value(pt), 0); carry != 0 {
				return s, fmt.Errorf("the profile's %s add up to more than 64 bits hold; the file is damaged", Metric(m))
			}
		}
		s.add(pt)
	}
	return s, nil
}
