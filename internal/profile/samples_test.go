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

// jemalloc and tcmalloc add up the blocks that were sampled of a stack; jeprof and pprof scale the sums.
func TestSumsOfSampledBlocksAreScaledAsJeprofDoes(t *testing.T) {
	s := Sampling{MeanBytes: 16384}
	blocks, bytes, from := (&Scaler{Sampling: s}).Scale(2526, 1029436)
	// By jeprof's formula: 1/(1-exp(-(1029436/2526)/16384)) = 40.705 blocks for each that was sampled.
	if blocks != 102820 || bytes != 41902836 {
		t.Errorf("%d blocks of %d bytes", blocks, bytes)
	}
	if again := s.Unscaled(blocks, bytes); again.Blocks != from.Blocks || math.Abs(again.BytesVariance/from.BytesVariance-1) > 1e-4 {
		t.Errorf("made from %+v, and the other way from %+v", from, again)
	}
	if margin := from.BytesMargin() / float64(bytes); margin < 2/math.Sqrt(2526)*0.95 || margin > 2/math.Sqrt(2526) {
		t.Errorf("the estimate may be off by %.4f of it", margin)
	}
	if blocks, bytes, _ := new(Scaler).Scale(3, 40); blocks != 3 || bytes != 40 {
		t.Errorf("where every block is recorded: %d blocks of %d bytes", blocks, bytes)
	}
	if blocks, bytes, _ := (&Scaler{Sampling: s}).Scale(0, 0); blocks != 0 || bytes != 0 {
		t.Errorf("of nothing: %d blocks of %d bytes", blocks, bytes)
	}
}

// One block of 32 bytes that was sampled stands for 2.54 where every 64th byte is one of a sample. Rounded
// each by itself, a thousand stacks would have three blocks each.
func TestRoundingDoesNotAddUp(t *testing.T) {
	scaler := Scaler{Sampling: Sampling{MeanBytes: 64}}
	var blocks, bytes uint64
	for range 1000 {
		n, size, _ := scaler.Scale(1, 32)
		blocks, bytes = blocks+n, bytes+size
		if n < 2 || n > 3 {
			t.Fatalf("one block stands for %d", n)
		}
	}
	if blocks != 2541 || bytes != 81328 && bytes != 81327 {
		t.Errorf("%d blocks of %d bytes", blocks, bytes)
	}
}

// What lives of a stack is not more than what it has allocated, however its part was rounded.
func TestRoundingMakesNoPartMoreThanTheWhole(t *testing.T) {
	whole, part := Scaler{Sampling: Sampling{MeanBytes: 64}}, Scaler{Sampling: Sampling{MeanBytes: 64}}
	part.Scale(1, 20) // something is left of what was rounded
	var sum uint64
	for i := range uint64(200) {
		blocks, bytes, _ := whole.Scale(1+i%3, 32*(1+i%3))
		n, size, _ := part.ScaleBelow(1, 32, blocks, bytes)
		if n > blocks || size > bytes {
			t.Fatalf("%d of %d blocks, %d of %d bytes", n, blocks, size, bytes)
		}
		sum += n
	}
	if sum < 507 || sum > 509 {
		t.Errorf("200 samples stand for %d blocks", sum)
	}
}
