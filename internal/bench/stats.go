package main

import (
	"slices"
	"time"
)

// sample is the times that repeated runs took.
type sample []time.Duration

// rates is the throughputs of repeated runs, in operations per second.
type rates []float64

// quantile returns the value below which the share q of the values lies, from 0 for the
// least to 1 for the greatest. Between two values it interpolates. The result for no values
// is 0.
func quantile[T ~int64 | ~float64](values []T, q float64) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + T((at-float64(i))*float64(sorted[i+1]-sorted[i]))
}

func (s sample) median() time.Duration { return quantile(s, 0.5) }

func (r rates) median() float64 { return quantile(r, 0.5) }

// unsteady reports whether the middle half of the sample spans more than a tenth
// of its median: then something else was at work on the machine.
func (s sample) unsteady() bool {
	return float64(quantile(s, 0.75)-quantile(s, 0.25)) > 0.1*float64(s.median())
}

// ratio returns a/b. It reports false if b is not above zero, as the difference of two
// measurements may be.
func ratio(a, b time.Duration) (float64, bool) {
	if b <= 0 {
		return 0, false
	}
	return float64(a) / float64(b), true
}
