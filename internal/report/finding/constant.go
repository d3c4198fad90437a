package finding

// ConstantBytes is the code of a site many of whose blocks hold nothing but one byte.
const ConstantBytes Code = "constant-bytes"

// Constant is what a finding of constant bytes rests on, at the moment that was looked at.
type Constant struct {
	Bytes      uint64  `json:"constant-bytes"` // of blocks all bytes of which are the same
	Blocks     uint64  `json:"constant-blocks"`
	Zero       uint64  `json:"zero-bytes"` // of those of them that are 0
	ZeroBlocks uint64  `json:"zero-blocks"`
	Live       uint64  `json:"live-bytes"` // of the site, and
	All        uint64  `json:"live-blocks"`
	When       float64 `json:"when-seconds"`
}

// constantBytes finds a site many of whose blocks have been there for a while and hold nothing but one
// byte: zeroes, so that nothing was written to them, or what they were filled with at first.
//
// It is mistaken where that is their data: an empty picture, silence.
func constantBytes(s *Subject) (Finding, bool) {
	const (
		least = 0.1 // of the peak: a table that is hardly used is usual
		worth = 1 << 20
	)
	c, h := s.contents(), s.Heap
	if old := s.older(c.Constant.Bytes); old < worth || share(old, h.Totals.PeakBytes) < least {
		return Finding{}, false
	}
	e := Constant{
		Bytes: c.Constant.Bytes, Blocks: c.Constant.Blocks, Zero: c.Zero.Bytes, ZeroBlocks: c.Zero.Blocks, Live: c.Live.Bytes, All: c.Live.Blocks,
		When: float64(h.atPeak().Time) / 1e6,
	}
	return Finding{Amount: h.AmountOf(e.Bytes, e.Blocks, OfPeak), Remedy: AllocateLate, Grounds: &e}, true
}
