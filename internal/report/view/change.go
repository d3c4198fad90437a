package view

import (
	"cmp"
	"math"
)

// Change is what became of one metric of a row: exact where the metric adds up.
type Change struct {
	Before, After           float64
	exactBefore, exactAfter uint64
	average                 bool
}

// Change is the change of a metric from the earlier profile to the later one.
func (r *Row) Change(m Metric) Change {
	if m == Lifetime {
		return Change{Before: r.Before.AverageLifetime(), After: r.Sums.AverageLifetime(), average: true}
	}
	b, a := r.Before.Get(m), r.Sums.Get(m)
	return Change{Before: float64(b), After: float64(a), exactBefore: b, exactAfter: a}
}

// Abs returns the exact size of the change, for a metric that adds up.
func (c Change) Abs() uint64 {
	if c.exactAfter >= c.exactBefore {
		return c.exactAfter - c.exactBefore
	}
	return c.exactBefore - c.exactAfter
}

// Sign returns 1 for more, -1 for less, 0 for the same.
func (c Change) Sign() int {
	if c.average {
		return cmp.Compare(c.After, c.Before)
	}
	return cmp.Compare(c.exactAfter, c.exactBefore)
}

// Size returns the size of the change, without its sign.
func (c Change) Size() float64 {
	if c.average {
		return math.Abs(c.After - c.Before)
	}
	return float64(c.Abs())
}

// compareRise is cmp.Compare of the changes with their signs.
func (c Change) compareRise(o Change) int {
	if s := cmp.Compare(c.Sign(), o.Sign()); s != 0 {
		return s
	}
	return c.Sign() * c.compareSize(o)
}

func (c Change) compareSize(o Change) int {
	if c.average {
		return cmp.Compare(c.Size(), o.Size())
	}
	return cmp.Compare(c.Abs(), o.Abs())
}

// FromNothing reports whether there was nothing before, so that the change has no
// percentage.
func (c Change) FromNothing() bool { return c.Before == 0 && c.After != 0 }

// PercentSize returns the change in percent of the value before, without its sign.
func (c Change) PercentSize() float64 {
	if c.Before == 0 {
		return 0
	}
	return 100 * c.Size() / c.Before
}
