package heap

import "math"

// Samples is a number of sampled blocks, and how far the sums that are estimated from them
// may be off.
type Samples struct {
	Blocks                        uint64
	BytesVariance, BlocksVariance float64 // of the sums of the estimates, as known from the samples
}

func (s *Samples) add(o Samples) {
	s.Blocks += o.Blocks
	s.BytesVariance += o.BytesVariance
	s.BlocksVariance += o.BlocksVariance
}

// remove takes away what was added before. The sums of nothing are 0, whatever was rounded.
func (s *Samples) remove(o Samples) {
	if s.Blocks -= o.Blocks; s.Blocks == 0 {
		*s = Samples{}
		return
	}
	s.BytesVariance = max(s.BytesVariance-o.BytesVariance, 0)
	s.BlocksVariance = max(s.BlocksVariance-o.BlocksVariance, 0)
}

// weight returns how many blocks of a size, in bytes, a sampled one stands for: 1/p, where
// p = 1 - exp(-size/mean) is the probability that it is sampled.
func weight(size uint64, mean float64) float64 {
	return -1 / math.Expm1(-float64(max(size, 1))/mean)
}

// estimate is what one or several sampled blocks stand for.
type estimate struct {
	Amount
	samples Samples
}

// estimateOf returns what a sampled block stands for. The numbers are whole, so that the end
// of a block takes away exactly what its beginning has added: they are rounded up as often as
// makes them right on average. chance, any number that the block has for itself, decides.
func estimateOf(size uint64, mean float64, chance uint64) estimate {
	w := weight(size, mean)
	variance := w * (w - 1)
	// SplitMix64's mixing, so that numbers that are alike decide independently.
	chance = (chance ^ chance>>30) * 0xbf58476d1ce4e5b9
	chance = (chance ^ chance>>27) * 0x94d049bb133111eb
	chance ^= chance >> 31
	return estimate{
		Amount:  Amount{Bytes: rounded(float64(size)*w, uint32(chance)), Blocks: rounded(w, uint32(chance>>32))},
		samples: Samples{Blocks: 1, BytesVariance: float64(size) * float64(size) * variance, BlocksVariance: variance},
	}
}

// rounded returns x rounded down, or up where chance is below its fraction of the numbers
// that chance may be.
func rounded(x float64, chance uint32) uint64 {
	whole := math.Floor(x)
	if float64(chance) < (x-whole)*(1<<32) {
		whole++
	}
	return uint64(whole)
}

func (e *estimate) add(o estimate) {
	e.Bytes += o.Bytes
	e.Blocks += o.Blocks
	e.samples.add(o.samples)
}

func (e *estimate) remove(o estimate) {
	e.Bytes -= o.Bytes
	e.Blocks -= o.Blocks
	e.samples.remove(o.samples)
}
