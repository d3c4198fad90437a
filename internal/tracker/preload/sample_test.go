//go:build linux && amd64

package preload

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestEachByteHasTheSameChanceToBeSampled holds the countdown of a thread against what a
// block's chance must be: over 200 seeds, what is estimated from the sampled blocks of a size
// is right to one percent on average, and spreads as far as the theory says.
func TestEachByteHasTheSameChanceToBeSampled(t *testing.T) {
	const mean, seeds, blocks = 512, 200, 10000 // of each size, with each seed
	sizes := []float64{16, 64, 500, 1000, 4000, 0}
	program := buildC(t, "sample_unbiased", "sample.c", "host.c", "ring.c", "sys.c", "text.c")
	lines := strings.Split(strings.TrimSpace(runC(t, "", program)), "\n")
	if len(lines) != seeds+1 {
		t.Fatalf("%d lines", len(lines))
	}
	if want := fmt.Sprint(blocks * (16 + 64 + 500 + 1000 + 4000)); lines[seeds] != want {
		t.Errorf("counted %s bytes, not %s", lines[seeds], want)
	}
	sum, squares := make([]float64, len(sizes)), make([]float64, len(sizes))
	for _, line := range lines[:seeds] {
		for i, field := range strings.Fields(line) {
			var n float64
			fmt.Sscan(field, &n)
			sum[i] += n
			squares[i] += n * n
		}
	}
	for i, size := range sizes {
		p := -math.Expm1(-size / mean)
		average := sum[i] / seeds
		variance := squares[i]/seeds - average*average
		if size == 0 {
			if sum[i] != 0 {
				t.Error("blocks of no bytes were sampled")
			}
			continue
		}
		// The deviation of the average is less than half a percent for the smallest.
		if off := math.Abs(average/(blocks*p) - 1); off > 0.01 || off > 4*math.Sqrt((1-p)/(blocks*seeds*p))+1e-6 {
			t.Errorf("%g bytes: estimates are off by %.3f%% on average", size, 100*off)
		}
		// The variance of 200 numbers is right to a tenth.
		t.Logf("%g bytes: %.4f of what it must be, the variance %.2f", size, average/(blocks*p), variance/(blocks*p*(1-p)))
		if ratio := variance / (blocks * p * (1 - p)); ratio < 0.6 || ratio > 1.5 {
			t.Errorf("%g bytes: the variance is %.2f times what it must be", size, ratio)
		}
	}
}
