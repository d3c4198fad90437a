package finding

import "heapprof/internal/profile"

// Codes of sites whose blocks grow step by step.
const (
	UnreservedGrowth Code = "unreserved-growth" // to a size that one allocation would have had
	ConstantGrowth   Code = "constant-growth"   // by steps of about the same size, each of which copies all
	PeakCopy         Code = "peak-copy"         // and the old and the new block are part of the peak
)

// Enlarging is what a finding about growth rests on. Its longest chain is the block, or the row of
// blocks that took each other's place, which grew most often.
type Enlarging struct {
	Chains uint64 `json:"chains"` // of four steps or more
	Blocks uint64 `json:"chain-blocks"`
	Bytes  uint64 `json:"chain-bytes"` // what their steps allocated but for the last
	Copied uint64 `json:"copied-bytes"`

	Steps uint64 `json:"longest-steps"`
	First uint64 `json:"longest-first-bytes"`
	Last  uint64 `json:"longest-last-bytes"`
	Least uint64 `json:"longest-least-added"`
	Most  uint64 `json:"longest-most-added"`

	PeakOld uint64 `json:"old-bytes-at-peak"`
}

// enlarging returns the evidence of growth.
func enlarging(g *profile.Growth) *Enlarging {
	return &Enlarging{
		Chains: g.LongChains, Blocks: g.LongBlocks, Bytes: g.LongBytes, Copied: g.CopiedBytes,
		Steps: g.Steps, First: g.First, Last: g.Last, Least: g.LeastAdded, Most: g.MostAdded, PeakOld: g.PeakOld,
	}
}

// growth returns how the subject's blocks grew; nil where none did. It adds up nothing else: the
// states of all stacks of all sites together take twenty times as long.
func (s *Subject) growth() *profile.Growth {
	var sum *profile.Facts
	for _, i := range s.Points {
		if f := s.Heap.Profile.Points[i].Rest().Facts; f != nil && f.Growth != nil {
			sum = sum.Plus(&profile.Facts{Growth: f.Growth})
		}
	}
	if sum == nil {
		return nil
	}
	return sum.Growth
}

// isConstant reports whether blocks grew by about as much at each step, and not by a factor: the
// longest chain did; or, where what is added differs, as lines of a text do, all chains copied so much
// more than their last sizes as only such growth does.
func isConstant(g *profile.Growth) bool {
	const (
		fewest, alike  = 16, 4 // sixteen steps by a tenth each add four times as much at the last as at the first
		many, ofLength = 64, 8
	)
	switch {
	case g.Steps < fewest:
		return false
	case g.MostAdded <= alike*g.LeastAdded:
		return true
	}
	return g.Steps >= many && g.LongChains > 0 &&
		float64(g.CopiedBytes)/float64(g.LongChains) >= float64(g.Steps)*float64(g.Last)/ofLength
}

// constantGrowth finds a block that becomes larger by as much at each step, and is copied each
// time: twice the size is four times the work.
//
// It is mistaken where it never becomes larger than it was.
func constantGrowth(s *Subject) (Finding, bool) {
	const leastTimes = 4 // as sixteen steps do, half of which move the block
	g := s.growth()
	if g == nil || !isConstant(g) {
		return Finding{}, false
	}
	if float64(g.CopiedBytes) < leastTimes*float64(g.Last) || !s.Heap.takesTime(g.LongBlocks, g.CopiedBytes) {
		return Finding{}, false
	}
	return Finding{Amount: s.Heap.AmountOf(g.CopiedBytes, g.LongBlocks, OfTotal), Remedy: GrowByFactor, Grounds: enlarging(g)}, true
}

// unreservedGrowth finds blocks that reach their size by many steps, each a block and a copy, where
// it takes a noticeable part of the time: a block that doubles is copied no more than twice.
//
// It is mistaken where nobody can know beforehand how large it becomes.
func unreservedGrowth(s *Subject) (Finding, bool) {
	const (
		leastSteps  = 4
		leastFactor = 8
		leastLast   = 512  // bytes: a shorter block is not worth a number in the code
		leastOf     = 0.01 // of all blocks, or of all bytes, whichever cost more
	)
	g := s.growth()
	if g == nil || g.Steps < leastSteps || g.Last < leastLast || g.Last/leastFactor < g.First || g.LongBlocks < leastSteps || isConstant(g) {
		return Finding{}, false
	}
	of := OfBlocks
	if perBlock*float64(g.LongBlocks) < perCopied*float64(g.CopiedBytes) {
		of = OfTotal
	}
	amount := s.Heap.AmountOf(g.CopiedBytes, g.LongBlocks, of)
	if amount.Share < leastOf || !s.Heap.takesTime(g.LongBlocks, g.CopiedBytes) {
		return Finding{}, false
	}
	return Finding{Amount: amount, Remedy: Reserve, Grounds: enlarging(g)}, true
}

// peakCopy finds that a block was growing at the peak: the old one and the new one are
// both part of it.
//
// It is mistaken where nobody can know beforehand how large it becomes.
func peakCopy(s *Subject) (Finding, bool) {
	const (
		least  = 0.05 // of the peak
		enough = 1 << 20
	)
	g := s.growth()
	if g == nil || g.PeakOld < enough {
		return Finding{}, false
	}
	a := s.Heap.AmountOf(g.PeakOld, 0, OfPeak)
	return Finding{Amount: a, Remedy: Reserve, Grounds: enlarging(g)}, a.Share >= least
}
