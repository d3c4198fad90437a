package finding

import (
	"sort"

	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
)

// Rounding is the code of a site whose blocks are of one size that its allocator rounds up by much.
const Rounding Code = "rounding"

// RoundedUp is what a finding about rounding rests on. What a block takes is computed by the
// allocator's published rules.
type RoundedUp struct {
	Allocator sizeclass.Allocator `json:"allocator"`
	Blocks    uint64              `json:"blocks"` // at the peak
	Size      uint64              `json:"size"`
	Taken     uint64              `json:"computed-taken"`     // by a block, with its header
	Room      uint64              `json:"computed-room"`      // the largest size that takes no more
	Less      uint64              `json:"computed-next-size"` // the largest size that takes less; 0: none does
	LessTaken uint64              `json:"computed-next-taken"`
}

// rounding finds a site all of whose blocks are of one size, for which the allocator takes so
// much more that it is a part of the peak. The header that each block has is not counted,
// for no size is without.
//
// It is mistaken where the size is given from outside.
func rounding(s *Subject) (Finding, bool) {
	const (
		least  = 0.05    // of the peak
		enough = 1 << 20 // bytes: nobody changes a size for less
		fewest = 1000    // of fewer blocks the mean size may be a whole number by chance
	)
	p, a := &s.Point, allocatorOf(s.Heap.Profile)
	if a == "" || p.PeakBlocks < fewest || p.PeakBytes%p.PeakBlocks != 0 {
		return Finding{}, false
	}
	size := p.PeakBytes / p.PeakBlocks
	if p.TotalBytes != size*p.TotalBlocks {
		return Finding{}, false
	}
	e := RoundedUp{Allocator: a, Blocks: p.PeakBlocks, Size: size, Taken: a.Taken(size)}
	e.Room, e.Less = sizesAround(a, size)
	e.LessTaken = a.Taken(e.Less)
	lost := s.Heap.AmountOf(p.PeakBlocks*(e.Room-size), p.PeakBlocks, OfPeak)
	return Finding{Amount: lost, Remedy: FitSize, Grounds: &e}, lost.Bytes >= enough && lost.Share >= least
}

// sizesAround returns the largest size for which an allocator takes no more than for another, and
// the largest for which it takes less; 0 where there is none.
func sizesAround(a sizeclass.Allocator, size uint64) (room, less uint64) {
	taken := a.Taken(size)
	above := sort.Search(int(taken)+1, func(n int) bool { return a.Taken(uint64(n)) > taken })
	below := sort.Search(int(size), func(n int) bool { return a.Taken(uint64(n)) >= taken })
	return uint64(above - 1), uint64(max(below, 1) - 1)
}

// allocatorOf returns the allocator of most blocks, if it is known how it rounds; else "".
func allocatorOf(p *profile.Profile) sizeclass.Allocator {
	if p.Recording == nil {
		return ""
	}
	if a := sizeclass.Allocator(p.Recording.Allocator); a.IsKnown() {
		return a
	}
	return ""
}
