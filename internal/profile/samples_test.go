package profile_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "heapprof/internal/profile"
)

func TestWeightIsOneOverTheProbability(t *testing.T) {
	s := Sampling{MeanBytes: 512 << 10}
	for size, want := range map[uint64]float64{
		0:         512<<10 + 0.5,
		16:        (512<<10)/16 + 0.5,
		512 << 10: 1 / (1 - 1/math.E),
		1 << 40:   1,
	} {
		if got := s.Weight(size); math.Abs(got/want-1) > 1e-6 {
			t.Errorf("%d bytes: %g, not %g", size, got, want)
		}
	}
	if got := (Sampling{}).Weight(16); got != 1 {
		t.Errorf("where every block is recorded: %g", got)
	}
}

// Twice the root of the variance is how far an estimate is off once in twenty times.
func TestVarianceTellsHowFarEstimatesAreOff(t *testing.T) {
	s := Sampling{MeanBytes: 4096}
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []uint64{24, 24, 24, 24, 24, 24, 24, 24, 600, 4096, 20000} // a site's, again and again
	const rounds, runs = 300, 400
	var bytes, blocks float64
	for _, size := range sizes {
		bytes += float64(size) * rounds
		blocks += rounds
	}
	inBytes, inBlocks := 0, 0
	for range runs {
		var sampled Sampled
		var estimatedBytes, estimatedBlocks float64
		for range rounds {
			for _, size := range sizes {
				if w := s.Weight(size); rng.Float64() < 1/w {
					sampled.Add(size, w)
					estimatedBytes += float64(size) * w
					estimatedBlocks += w
				}
			}
		}
		if math.Abs(estimatedBytes-bytes) <= 2*math.Sqrt(sampled.BytesVariance) {
			inBytes++
		}
		if math.Abs(estimatedBlocks-blocks) <= 2*math.Sqrt(sampled.BlocksVariance) {
			inBlocks++
		}
	}
	for what, in := range map[string]int{"bytes": inBytes, "blocks": inBlocks} {
		if in < runs*90/100 || in > runs*98/100 {
			t.Errorf("%s: %d of %d estimates are within the range of 95 %%", what, in, runs)
		}
	}
}
