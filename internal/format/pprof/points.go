package pprof

import (
	"math"
	"math/bits"

	"heapprof/internal/profile"
)

// points makes a point of each stack, and adds the samples to it.
func (b *builder) points() error {
	b.samples.known = nil // room for points
	b.p.Points = make([]profile.Point, 0, b.samples.stacks.n)
	var arena profile.StackArena
	var frames []uint32
	room := b.room()
	err := b.samples.stacks.each(func(locations []uint64) error {
		frames = frames[:0]
		for _, l := range locations {
			if room -= len(b.places[l]); room < 0 {
				return profile.Formatf("is damaged: its stacks have more frames than a file of %d bytes can have", b.offset)
			}
			frames = append(frames, b.places[l]...)
		}
		if len(frames) == 1 && b.p.Frames[frames[0]] == profile.Marker(noStack) {
			frames, b.alike = frames[:0], true // as those are that have no location
		}
		b.p.Points = append(b.p.Points, profile.Point{Stack: arena.Add(frames)})
		return nil
	})
	if err != nil {
		return err
	}
	sums := make([]uint64, len(b.types))
	return b.samples.of.each(func(numbers []uint64) error {
		stack, values := numbers[0], numbers[1:]
		if len(values) != len(b.types) {
			return profile.Formatf("is damaged: a sample has %d values, and the profile %d types of values", len(values), len(b.types))
		}
		return b.fill(&b.p.Points[stack], values, sums)
	})
}

// noStack is the only frame of a sample without a stack, in files of heapprof's: frames.NoStack.
const noStack = "[no stack]"

// fill adds the values of a sample to a point, and to the sums, which must not have more than 64 bits.
func (b *builder) fill(pt *profile.Point, values []uint64, sums []uint64) error {
	var one profile.Point
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
				extra := pt.Rest().Extra
				if extra == nil {
					extra = make([]uint64, len(b.p.Extra))
					pt.SetRest(profile.Rest{Extra: extra})
				}
				extra[b.columns.place[i]] += scaled
			}
			continue
		}
		*m.field(&one) = scaled
		*m.field(pt) += scaled
	}
	// As if all blocks of a sample were of one size: their sizes are not in the file.
	if sampling := b.p.Sampling; !sampling.IsExact() {
		pt.Samples = b.shared.of(*pt.Samples.Plus(&profile.Samples{
			Total: sampling.Unscaled(one.TotalBlocks, one.TotalBytes),
			Peak:  sampling.Unscaled(one.PeakBlocks, one.PeakBytes),
			End:   sampling.Unscaled(one.EndBlocks, one.EndBytes),
		}))
	}
	return nil
}

// room returns how many frames the stacks of a file of this size can have. Inlined calls make several
// frames of a location, which a sample has in a byte or two; a damaged file must not make a great many.
func (b *builder) room() int {
	const least, each = 1 << 20, 16
	return least + each*int(b.offset)
}

// sharedSamples are those of points, of which many have the same: a few sampled blocks of one of some sizes.
type sharedSamples map[profile.Samples]*profile.Samples

// of returns samples that are equal to s, which many points may share.
func (all sharedSamples) of(s profile.Samples) *profile.Samples {
	const most = 1 << 16 // where all differ, remembering them is of no use
	one, ok := all[s]
	if !ok {
		one = &s
		if len(all) < most {
			all[s] = one
		}
	}
	return one
}

// hasTwins reports whether two points have the same stack, as where two locations are one place in the code. Where no two
// locations have a frame in common, no two lists of locations have the same frames.
func (b *builder) hasTwins() bool {
	if !b.alike {
		return false
	}
	seen := make(map[profile.Stack]struct{}, len(b.p.Points))
	for i := range b.p.Points {
		stack := b.p.Points[i].Stack
		if _, ok := seen[stack]; ok {
			return true
		}
		seen[stack] = struct{}{}
	}
	return false
}
