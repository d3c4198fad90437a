package finding

// Tiny is the code of a site of many small blocks that do not live long.
const Tiny Code = "tiny"

// TinyBlocks is what a finding of tiny blocks rests on.
type TinyBlocks struct {
	Small    uint64  `json:"small-blocks"` // of Blocks those of SmallSize bytes at most
	Bytes    uint64  `json:"small-bytes"`  // of these
	Size     uint64  `json:"small-size"`
	Blocks   uint64  `json:"blocks"`
	Lifetime float64 `json:"mean-lifetime"` // in the profile's unit of time
}

// SmallSize is how many bytes a block has at most that is tiny: its allocation costs as much as
// what is done with it.
const SmallSize = 64

// tiny finds a site whose blocks are nearly all small and short-lived: part of what points to
// them, or blocks from a pool, they would cost next to nothing.
//
// It is not said of a function without a name, which may be a program's own malloc, by which all
// of its blocks go.
//
// It is mistaken where the allocator is made for just this, as an arena is whose blocks are seen
// one by one.
func tiny(s *Subject) (Finding, bool) {
	const (
		small   = 0.95
		freed   = 0.95
		leastOf = 0.05  // of all blocks
		shortly = 0.001 // of the run, on average
	)
	p, h, blocks := &s.Point, s.Heap, s.Distinct()
	if s.Site.Function == "" || !h.areMany(blocks, leastOf) ||
		float64(s.Freed()) < freed*float64(blocks) || float64(p.Rest().TotalLifetime) > shortly*float64(h.Profile.EndTime)*float64(blocks) {
		return Finding{}, false
	}
	f := s.Facts()
	if f == nil {
		return Finding{}, false
	}
	e := TinyBlocks{Blocks: p.TotalBlocks, Size: SmallSize, Lifetime: float64(p.Rest().TotalLifetime) / float64(blocks)}
	for _, c := range f.Sizes {
		if c.Max <= SmallSize {
			e.Small += c.Blocks
			e.Bytes += c.Bytes
		}
	}
	if float64(e.Small) < small*float64(p.TotalBlocks) {
		return Finding{}, false
	}
	return Finding{Amount: h.AmountOf(e.Bytes, e.Small, OfBlocks), Remedy: AvoidBlocks, Grounds: &e}, true
}
