package finding

import "heapprof/internal/profile"

// SparseChunks is the code of an arena or a pool whose chunks are mostly empty.
const SparseChunks Code = "sparse-chunks"

// Sparse is what a finding of chunks that are mostly empty rests on, at the moment that was looked at.
type Sparse struct {
	Noun    string  `json:"what"` // "arena" or "pool"
	Chunks  uint64  `json:"chunks"`
	Bytes   uint64  `json:"chunk-bytes"`
	Written uint64  `json:"written-bytes"` // in pieces of 64 bytes that are not all zeroes
	When    float64 `json:"when-seconds"`

	Holder      *profile.Owner `json:"-"`
	HolderName  string         `json:"owner,omitempty"` // who alone holds most of the chunks; "": nobody does
	HolderBytes uint64         `json:"owner-bytes,omitempty"`
}

// sparseChunks finds an arena or a pool that has been there for a while and has handed out less than half of its chunks, as
// far as bytes that were never written tell: what was handed out and given back counts as used.
//
// It is mistaken where it is to be filled later, and where what is handed out is zeroes.
func sparseChunks(s *Subject) (Finding, bool) {
	const least = 0.5 // of the chunks' bytes: what is empty
	h := s.Heap
	if s.Chunks == nil || h.atPeak() == nil || !h.peak.Zeroed {
		return Finding{}, false
	}
	c := s.contents()
	empty := c.Live.Bytes - min(c.Live.Bytes, c.Written)
	if share(empty, c.Live.Bytes) < least || !h.isMuch(s.older(empty)) {
		return Finding{}, false
	}
	e := Sparse{Noun: s.Chunks.Noun, Chunks: c.Live.Blocks, Bytes: c.Live.Bytes, Written: c.Written, When: float64(h.peak.Time) / 1e6}
	if o, bytes := s.holder(); o != nil {
		e.Holder, e.HolderName, e.HolderBytes = o, o.Name, bytes
	}
	return Finding{Amount: h.AmountOf(empty, c.Live.Blocks, OfPeak), Remedy: FitChunks, Grounds: &e}, true
}

// holder returns the variable that alone holds most of the subject's blocks at the peak, and how many bytes of them; nil
// where none does.
func (s *Subject) holder() (*profile.Owner, uint64) {
	const most = 0.5
	bytes, all := map[int]uint64{}, uint64(0)
	o := s.Heap.atPeak()
	of := map[int]bool{}
	for _, p := range s.Points {
		of[p] = true
	}
	for i := range o.Groups {
		if g := &o.Groups[i]; of[g.Point] {
			bytes[g.Owner] += g.Live.Bytes
			all += g.Live.Bytes
		}
	}
	for i := range o.Owners {
		if owner := &o.Owners[i]; owner.IsVariable() && bytes[i] > 0 && share(bytes[i], all) > most {
			return owner, bytes[i]
		}
	}
	return nil, 0
}
