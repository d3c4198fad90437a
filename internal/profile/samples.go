package profile

import "math"

// Samples is what the numbers of a point are estimated from: the sampled blocks that stand
// for its total, for what is live at the peak, and for what is live at the end.
type Samples struct {
	Total, Peak, End Sampled
}

// Sampled is a number of sampled blocks, and how far the sums that were estimated from them
// may be off. A block that is sampled with the probability p stands for w = 1/p blocks, and
// adds w(w-1) to the variance of the number of blocks.
type Sampled struct {
	Blocks         uint64  // that were sampled
	BytesVariance  float64 // the sum of size² · w(w-1)
	BlocksVariance float64 // the sum of w(w-1)
}

// Weight returns how many blocks of a size, in bytes, a sampled one stands for: 1/p, where p
// is the probability that the block is sampled, 1 - exp(-size/MeanBytes). It is 1 where
// every block is recorded. A block of no bytes counts as one of 1 byte.
func (s Sampling) Weight(size uint64) float64 {
	if s.IsExact() {
		return 1
	}
	return s.weight(float64(size))
}

// BytesMargin returns how far the sum of bytes that was estimated from the blocks may be off,
// and BlocksMargin the number of blocks: 19 times in 20 it is no farther, which is twice the
// root of the variance.
func (s Sampled) BytesMargin() float64 { return 2 * math.Sqrt(s.BytesVariance) }

// BlocksMargin: see BytesMargin.
func (s Sampled) BlocksMargin() float64 { return 2 * math.Sqrt(s.BlocksVariance) }

// Unseen returns how many bytes there may be at most where no block was sampled: in 19 cases
// of 20 there are fewer. The probability that of so many bytes none is sampled is
// exp(-bytes/MeanBytes), whatever the blocks' sizes are. It is 0 where every block is
// recorded.
func (s Sampling) Unseen() uint64 { return 3 * s.MeanBytes }

// Add adds a sampled block of a size in bytes, and a weight.
func (s *Sampled) Add(size uint64, weight float64) {
	variance := weight * (weight - 1)
	s.Blocks++
	s.BytesVariance += float64(size) * float64(size) * variance
	s.BlocksVariance += variance
}

// Plus returns the sum of two: what estimates are made from that are added up.
func (s Sampled) Plus(t Sampled) Sampled {
	return Sampled{s.Blocks + t.Blocks, s.BytesVariance + t.BytesVariance, s.BlocksVariance + t.BlocksVariance}
}

// Plus returns the sum of two, each of which may be nil.
func (s *Samples) Plus(t *Samples) *Samples {
	switch {
	case s == nil:
		return t
	case t == nil:
		return s
	}
	return &Samples{s.Total.Plus(t.Total), s.Peak.Plus(t.Peak), s.End.Plus(t.End)}
}

// Scale returns what a number of sampled blocks with so many bytes stands for, as if all were of the
// same size: the estimates of blocks and bytes, and what these are made from. Tools that add up the
// sampled blocks of a stack, as jemalloc and tcmalloc do, leave their readers to do this.
func (s Sampling) Scale(blocks, bytes uint64) (ofBlocks, ofBytes uint64, from Sampled) {
	if blocks == 0 || s.IsExact() {
		return blocks, bytes, Sampled{}
	}
	size := float64(bytes) / float64(blocks)
	weight := s.weight(size)
	return uint64(math.Round(float64(blocks) * weight)), uint64(math.Round(float64(bytes) * weight)), sampledAlike(blocks, size, weight)
}

// Unscaled returns what an estimate of blocks with so many bytes is made from, as if all were of the
// same size; nothing where the numbers are exact.
func (s Sampling) Unscaled(blocks, bytes uint64) Sampled {
	if blocks == 0 || s.IsExact() {
		return Sampled{}
	}
	size := float64(bytes) / float64(blocks)
	weight := s.weight(size)
	return sampledAlike(uint64(max(1, math.Round(float64(blocks)/weight))), size, weight)
}

// weight is what Weight is, of an average size.
func (s Sampling) weight(size float64) float64 {
	return -1 / math.Expm1(-max(size, 1)/float64(s.MeanBytes))
}

// sampledAlike returns a number of sampled blocks of one size, with one weight.
func sampledAlike(blocks uint64, size, weight float64) Sampled {
	variance := float64(blocks) * weight * (weight - 1)
	return Sampled{Blocks: blocks, BytesVariance: size * size * variance, BlocksVariance: variance}
}
