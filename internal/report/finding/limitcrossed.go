package finding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// LimitCrossed is the code of an allocation that came above the limit of the run.
const LimitCrossed Code = "limit-crossed"

// OverLimit is what a finding of LimitCrossed rests on.
type OverLimit struct {
	Limit    *profile.Limit `json:"-"`
	Bytes    uint64         `json:"limit-bytes,omitempty"` // that were allowed to live
	Blocks   uint64         `json:"limit-blocks,omitempty"`
	OfBlocks bool           `json:"of-blocks,omitempty"` // it is the limit of blocks
	Block    uint64         `json:"bytes"`               // that the allocation asked for
	When     float64        `json:"when-seconds"`
	Live     uint64         `json:"live-bytes"` // without it
	InBlocks uint64         `json:"live-blocks"`
	Holds    []Holding      `json:"holds,omitempty"` // the sites that had most then, where that is known
}

// Holding is what a site had at a moment.
type Holding struct {
	Site   *view.Site `json:"-"`
	Name   string     `json:"function"`
	Type   string     `json:"type,omitempty"`
	Bytes  uint64     `json:"bytes"`
	Blocks uint64     `json:"blocks"`
}

// limitCrossed tells which allocation came above the limit that the user had set, and who had the memory then.
func limitCrossed(h *Heap) []Finding {
	const most = 3 // sites
	p, x := h.Profile, h.Profile.Recording
	if x == nil || x.Limit == nil || x.Limit.Crossed == nil {
		return nil
	}
	l, c := x.Limit, x.Limit.Crossed
	e := &OverLimit{
		Limit: l, Bytes: l.Bytes, Blocks: l.Blocks, OfBlocks: c.Blocks, Block: c.Bytes, When: float64(c.Time) / 1e6, Live: c.LiveBytes, InBlocks: c.LiveBlocks,
	}
	if marks := p.Marked(c.Mark); len(marks) == 1 && x.HasFacts {
		for _, s := range h.Subjects {
			if at := s.At(int(marks[0].Moment)); at.Blocks > 0 {
				e.Holds = append(e.Holds, Holding{s.Site, s.Site.Name, s.Type.Name, at.Bytes, at.Blocks})
			}
		}
		slices.SortStableFunc(e.Holds, func(a, b Holding) int {
			if c.Blocks {
				return cmp.Compare(b.Blocks, a.Blocks)
			}
			return cmp.Compare(b.Bytes, a.Bytes)
		})
		e.Holds = e.Holds[:min(most, len(e.Holds))]
	}
	return []Finding{{Site: h.Source.Site(c.Stack), Type: h.Source.Types.OfCrossing().Name, Stack: c.Stack, Grounds: e}}
}
