package finding

// Duplicates is the code of a site many of whose blocks have the same bytes as others.
const Duplicates Code = "duplicates"

// Repeated is what a finding of duplicates rests on, at the moment that was looked at.
type Repeated struct {
	Bytes  uint64  `json:"duplicate-bytes"` // of blocks with the same bytes as another one, but for one of each kind
	Blocks uint64  `json:"duplicate-blocks"`
	Live   uint64  `json:"live-bytes"` // of the site, and
	All    uint64  `json:"live-blocks"`
	Copies uint64  `json:"most-copies"` // of one kind that one stack has allocated: that with the most bytes
	Size   uint64  `json:"copy-bytes"`  // of each of these
	When   float64 `json:"when-seconds"`
}

// duplicates finds a site many of whose blocks are copies: their bytes are those of another block.
//
// Buffers of which only the beginning was written are equal by that, and are left out, as are those that
// hold nothing but one byte. Of few blocks, which may be copied to be changed, only those count that were there for
// a while.
//
// It is mistaken where each is to be changed later.
func duplicates(s *Subject) (Finding, bool) {
	const (
		few     = 100
		written = 0.2 // of the site's bytes: nodes of a B-tree have a fifth, buffers that are hardly used less
	)
	c, h := s.contents(), s.Heap
	e := Repeated{Bytes: c.Duplicates.Bytes, Blocks: c.Duplicates.Blocks, Live: c.Live.Bytes, All: c.Live.Blocks, Copies: c.Copies.Blocks, Size: c.Copies.Size}
	// Blocks of one byte other than 0 are among them.
	same := c.Constant.Bytes - min(c.Constant.Bytes, c.Zero.Bytes)
	bytes := e.Bytes - min(e.Bytes, same)
	if !h.isMuch(bytes) || share(c.Written, c.Live.Bytes) < written {
		return Finding{}, false
	}
	if e.Blocks < few && !h.isMuch(s.older(bytes)) {
		return Finding{}, false
	}
	e.When = float64(h.atPeak().Time) / 1e6
	return Finding{Amount: h.AmountOf(e.Bytes, e.Blocks, OfPeak), Remedy: ShareEqual, Grounds: &e}, true
}
