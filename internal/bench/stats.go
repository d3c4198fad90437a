package main

import (
	"slices"
	"time"
)

// sample is the times that repeated runs took.
type sample []time.Duration

// quantile returns the value below which the share q of the sample lies, from 0 for the
// least to 1 for the greatest. Between two values it interpolates. The result for an empty
// sample is 0.
func (s sample) quantile(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + time.Duration((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}

func (s sample) median() time.Duration { return s.quantile(0.5) }

// unsteady reports whether the middle half of the sample spans more than a tenth
// of its median: then something else was at work on the machine.
func (s sample) unsteady() bool {
	return float64(s.quantile(0.75)-s.quantile(0.25)) > 0.1*float64(s.median())
}

// ratio returns a/b. It reports false if b is not above zero, as the difference of two
// measurements may be.
func ratio(a, b time.Duration) (float64, bool) {
	if b <= 0 {
		return 0, false
	}
	return float64(a) / float64(b), true
}
