package finding

// Churn is the code of a site whose blocks are freed before anything else is allocated.
const Churn Code = "churn"

// Churning is what a finding of churn rests on.
type Churning struct {
	Temporary uint64 `json:"temporary-blocks"`
	Blocks    uint64 `json:"blocks"`
	Bytes     uint64 `json:"bytes"`
	AtOnce    uint64 `json:"most-blocks-at-once"`
}

// churn finds a site nearly all of whose blocks are temporary: one buffer that is kept would do.
// Blocks that are made larger again and again are temporary, too, as each takes the place of the
// one before: they are growth, and no churn.
//
// It is mistaken where the size is never twice the same, or where the call that allocates is
// another library's and has no form that is given a buffer.
func churn(s *Subject) (Finding, bool) {
	const (
		temporary = 0.9
		leastOf   = 0.01 // of all blocks
		resized   = 0.1
	)
	p, h := &s.Point, s.Heap
	if !h.areMany(p.TotalBlocks, leastOf) ||
		float64(p.Rest().TemporaryBlocks) < temporary*float64(p.TotalBlocks) || float64(p.Rest().Reallocs) > resized*float64(p.TotalBlocks) {
		return Finding{}, false
	}
	return Finding{
		Amount: h.AmountOf(0, p.Rest().TemporaryBlocks, OfBlocks), Remedy: ReuseBuffer,
		Grounds: &Churning{Temporary: p.Rest().TemporaryBlocks, Blocks: p.TotalBlocks, Bytes: p.TotalBytes, AtOnce: p.Rest().MaxBlocks},
	}, true
}
