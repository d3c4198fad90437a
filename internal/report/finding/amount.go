package finding

import "heapprof/internal/profile"

// Amount is what a finding is worth: what it would save if nothing of it were left.
type Amount struct {
	Bytes, Blocks uint64
	Share         float64 // from 0 to 1, of Of
	Of            Whole
}

// Whole is what a share is a share of.
type Whole string

// The wholes.
const (
	OfPeak     Whole = "peak-bytes"     // live at the peak
	OfEnd      Whole = "end-bytes"      // live at the end
	OfTotal    Whole = "total-bytes"    // allocated in all
	OfBlocks   Whole = "total-blocks"   // allocated in all
	OfResident Whole = "resident-bytes" // the most that was resident
)

// of returns what a point has of a whole.
func (w Whole) of(p *profile.Point) uint64 {
	switch w {
	case OfEnd:
		return p.EndBytes
	case OfTotal:
		return p.TotalBytes
	case OfBlocks:
		return p.TotalBlocks
	}
	return p.PeakBytes
}

// AmountOf returns an amount whose share is that of its bytes, or in OfBlocks that of its blocks,
// in the whole heap.
func (h *Heap) AmountOf(bytes, blocks uint64, of Whole) Amount {
	a := Amount{Bytes: bytes, Blocks: blocks, Of: of}
	part := bytes
	if of == OfBlocks {
		part = blocks
	}
	a.Share = share(part, of.of(&h.Totals))
	return a
}

// share returns a part of a whole, from 0 to 1.
func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(min(part, whole)) / float64(whole)
}
