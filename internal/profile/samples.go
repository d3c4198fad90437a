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

// Scaler scales numbers of sampled blocks that a tool has added up by stack, and left for its readers to
// scale, as jemalloc and tcmalloc do. What is rounded off one stack is added to the next, so that
// the sum over all stacks is right but for half a block and half a byte.
type Scaler struct {
	Sampling Sampling

	blocks, bytes float64 // what was rounded off so far
}

// Scale returns what a number of sampled blocks with so many bytes stands for, as if all were of the
// same size: the estimates of blocks and bytes, and what these are made from.
func (s *Scaler) Scale(blocks, bytes uint64) (ofBlocks, ofBytes uint64, from Sampled) {
	return s.ScaleBelow(blocks, bytes, math.MaxUint64, math.MaxUint64)
}

// ScaleBelow does what Scale does of a part of something that has been scaled: rounding does not make it more
// than the whole.
func (s *Scaler) ScaleBelow(blocks, bytes, mostBlocks, mostBytes uint64) (ofBlocks, ofBytes uint64, from Sampled) {
	if blocks == 0 || s.Sampling.IsExact() {
		return blocks, bytes, Sampled{}
	}
	size := float64(bytes) / float64(blocks)
	weight := s.Sampling.weight(size)
	return carried(float64(blocks)*weight, &s.blocks, mostBlocks), carried(float64(bytes)*weight, &s.bytes, mostBytes), sampledAlike(blocks, size, weight)
}

// carried returns a number that is not below zero as an integer, with what was rounded off others before. Where that
// makes it one more than most, it is most.
func carried(n float64, rest *float64, most uint64) uint64 {
	whole := rounded(n + *rest)
	if most != math.MaxUint64 && whole == most+1 { // more than that is not from rounding, and stays
		whole = most
	}
	if n < 1<<53 { // beyond, a float64 has no fraction
		*rest += n - float64(whole)
	}
	return whole
}

// Unscaled returns what an estimate of blocks with so many bytes is made from, as if all were of the
// same size; nothing where the numbers are exact.
func (s Sampling) Unscaled(blocks, bytes uint64) Sampled {
	if blocks == 0 || s.IsExact() {
		return Sampled{}
	}
	size := float64(bytes) / float64(blocks)
	weight := s.weight(size)
	return sampledAlike(max(1, rounded(float64(blocks)/weight)), size, weight)
}

// weight is what Weight is, of an average size.
func (s Sampling) weight(size float64) float64 {
	return -1 / math.Expm1(-max(size, 1)/float64(s.MeanBytes))
}

// rounded returns a number that is not below zero as an integer: the greatest for one that is more.
func rounded(n float64) uint64 {
	if n >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(math.Round(max(n, 0)))
}

// sampledAlike returns a number of sampled blocks of one size, with one weight.
func sampledAlike(blocks uint64, size, weight float64) Sampled {
	variance := float64(blocks) * weight * (weight - 1)
	return Sampled{Blocks: blocks, BytesVariance: size * size * variance, BlocksVariance: variance}
}
