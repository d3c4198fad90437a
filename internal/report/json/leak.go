package json

import "heapprof/internal/report/view"

// leak is how a row's lost blocks are lost, and who held the others.
type leak struct {
	DirectBytes  uint64   `json:"direct-bytes"` // to which not even a lost block points
	DirectBlocks uint64   `json:"direct-blocks"`
	CyclicBytes  uint64   `json:"cyclic-bytes"` // which only lead to themselves
	CyclicBlocks uint64   `json:"cyclic-blocks"`
	HeldBy       []heldBy `json:"held-by,omitempty"` // that which held most first
}

// heldBy is how much of a row's blocks one owner held.
type heldBy struct {
	Owner  *ownerIs `json:"owner,omitempty"` // absent: several together, or not known
	Bytes  uint64   `json:"bytes"`
	Blocks uint64   `json:"blocks"`
}

func newLeak(l *view.Leak) *leak {
	if l == nil {
		return nil
	}
	j := &leak{DirectBytes: l.Direct.Bytes, DirectBlocks: l.Direct.Blocks, CyclicBytes: l.Cyclic.Bytes, CyclicBlocks: l.Cyclic.Blocks}
	for _, h := range l.Held {
		by := heldBy{Bytes: h.Bytes, Blocks: h.Blocks}
		if h.Owner != nil {
			by.Owner = newOwnerIs(h.Owner)
		}
		j.HeldBy = append(j.HeldBy, by)
	}
	return j
}
