package finding

// Tiny is the code of a site of many small blocks that do not live long.
const Tiny Code = "tiny"

// TinyBlocks is what a finding of tiny blocks rests on.
type TinyBlocks struct {
	Small    uint64 `json:"small-blocks"` // of Blocks those of SmallSize bytes at most
	Blocks   uint64 `json:"blocks"`
	Size     uint64 `json:"small-size"`
	Bytes    uint64 `json:"bytes"`
	Lifetime uint64 `json:"mean-lifetime"` // in the profile's unit of time
}

// SmallSize is how many bytes a block has at most that is tiny: its allocation costs as much as
// what is done with it.
const SmallSize = 64

// tiny finds a site whose blocks are nearly all small and short-lived: part of what points to
// them, or blocks from a pool, they would cost next to nothing.
//
// It is mistaken where the allocator is made for just this, as an arena is whose blocks are seen
// one by one.
func tiny(s *Subject) (Finding, bool) {
	const (
		small   = 0.95
		freed   = 0.95
		leastOf = 0.05 // of all blocks
		shortly = 0.01 // of the run, on average
	)
	p := &s.Point
	if !s.Heap.areMany(s.Distinct(), leastOf) || float64(s.Freed()) < freed*float64(s.Distinct()) ||
		float64(p.TotalLifetime) > shortly*float64(s.Heap.Profile.EndTime)*float64(s.Distinct()) {
		return Finding{}, false
	}
	f := s.Facts()
	if f == nil {
		return Finding{}, false
	}
	e := TinyBlocks{Blocks: p.TotalBlocks, Size: SmallSize, Bytes: p.TotalBytes, Lifetime: p.TotalLifetime / s.Distinct()}
	for _, c := range f.Sizes {
		if c.Max <= SmallSize {
			e.Small += c.Blocks
		}
	}
	if float64(e.Small) < small*float64(p.TotalBlocks) {
		return Finding{}, false
	}
	return Finding{Amount: s.Heap.AmountOf(p.TotalBytes, p.TotalBlocks, OfBlocks), Remedy: AvoidBlocks, Grounds: &e}, true
}
