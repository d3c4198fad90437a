package finding

// HandedOver is the code of a site whose blocks another thread frees than the one that has
// allocated them.
const HandedOver Code = "handed-over"

// Handing is what a finding that blocks are handed over rests on.
type Handing struct {
	Elsewhere uint64 `json:"freed-elsewhere-blocks"`
	Freed     uint64 `json:"freed-blocks"`
	Bytes     uint64 `json:"bytes"`
	Blocks    uint64 `json:"blocks"`
}

// handedOver finds a site whose blocks go from one thread to another, which frees them: the
// dear way through an allocator, as what a thread frees is at hand for itself, or takes a lock.
//
// It is mistaken where the threads wait for each other for other reasons most of the time.
func handedOver(s *Subject) (Finding, bool) {
	const (
		least     = 0.05 // of all blocks
		elsewhere = 0.5  // of those that were freed
	)
	h := s.Heap
	if !h.areMany(s.Freed(), least) || s.Facts() == nil {
		return Finding{}, false
	}
	e := Handing{Elsewhere: s.Facts().FreedElsewhere, Freed: s.Freed(), Bytes: s.Point.TotalBytes, Blocks: s.Point.TotalBlocks}
	ok := h.areMany(e.Elsewhere, least) && float64(e.Elsewhere) >= elsewhere*float64(e.Freed)
	return Finding{Amount: h.AmountOf(e.Bytes, e.Elsewhere, OfBlocks), Remedy: FreeWhereAllocated, Grounds: &e}, ok
}
