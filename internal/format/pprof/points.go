package pprof

import (
	"math"
	"math/bits"

	"heapprof/internal/profile"
)

// points makes a point of each sample.
func (b *builder) points() error {
	b.p.Points = make([]profile.Point, 0, b.samples.len())
	var one []sample
	var locations, frames []uint32
	var values []uint64
	sums := make([]uint64, len(b.types))
	room := b.room()
	var stacks profile.Arena[uint32]
	for n := b.samples.len(); n > 0; n-- {
		one = b.samples.take(one[:0], 1)
		locations = b.stacks.take(locations[:0], int(one[0].depth))
		values = b.values.take(values[:0], int(one[0].values))
		if len(values) != len(b.types) {
			return profile.Formatf("is damaged: a sample has %d values, and the profile %d types of values", len(values), len(b.types))
		}
		frames = frames[:0]
		for _, l := range locations {
			if room -= len(b.places[l]); room < 0 {
				return profile.Formatf("is damaged: its stacks have more frames than a file of %d bytes can have", b.offset)
			}
			frames = append(frames, b.places[l]...)
		}
		if len(frames) == 1 && b.p.Frames[frames[0]] == profile.Marker(noStack) {
			frames = frames[:0]
		}
		pt := profile.Point{Frames: stacks.Add(frames)}
		if err := b.fill(&pt, values, sums); err != nil {
			return err
		}
		b.p.Points = append(b.p.Points, pt)
	}
	return nil
}

// noStack is the only frame of a sample without a stack, in files of heapprof's: frames.NoStack.
const noStack = "[no stack]"

// fill gives a point the values of a sample, and adds these to the sums, which must not have more
// than 64 bits.
func (b *builder) fill(pt *profile.Point, values []uint64, sums []uint64) error {
	for i, v := range values {
		m := b.columns.of[i]
		if v > math.MaxInt64 {
			return profile.Formatf("has values below zero, as the difference of two profiles has: compare the two themselves, with heapprof diff")
		}
		high, scaled := bits.Mul64(v, b.columns.scale[i])
		var carry uint64
		if sums[i], carry = bits.Add64(sums[i], scaled, 0); high != 0 || carry != 0 {
			return profile.Formatf("is damaged: its values add up to more than 2^64-1")
		}
		if m == unknown {
			if v != 0 {
				if pt.Extra == nil {
					pt.Extra = make([]uint64, len(b.p.Extra))
				}
				pt.Extra[b.columns.extraIndex(i)] = v
			}
			continue
		}
		*m.field(pt) = scaled
	}
	// As if all blocks of a sample were of one size: their sizes are not in the file.
	if sampling := b.p.Sampling; !sampling.IsExact() {
		pt.Samples = &profile.Samples{
			Total: sampling.Unscaled(pt.TotalBlocks, pt.TotalBytes),
			Peak:  sampling.Unscaled(pt.PeakBlocks, pt.PeakBytes),
			End:   sampling.Unscaled(pt.EndBlocks, pt.EndBytes),
		}
	}
	return nil
}

// room returns how many frames the stacks of a file of this size can have. Inlined calls make several
// frames of a location, which a sample has in a byte or two; a damaged file must not make a great many.
func (b *builder) room() int {
	const least, each = 1 << 20, 16
	return least + each*int(b.offset)
}
