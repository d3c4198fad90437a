package json

import (
	"io"
	"math"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
)

// holdersDocument is the JSON of who holds some blocks. Holders add up to bytes and blocks.
type holdersDocument struct {
	Version  int      `json:"version"` // 1
	Kind     string   `json:"kind"`    // "holders"
	Profile  *source  `json:"profile"`
	Snapshot snapshot `json:"snapshot"`
	Bytes    uint64   `json:"bytes"`
	Blocks   uint64   `json:"blocks"`
	Things   []thing  `json:"things"`
	Holders  []holder `json:"holders"`
}

// holder is who holds some of the blocks.
type holder struct {
	Kind   string   `json:"kind"`            // "owner", "shared" or "leaked"
	Owner  *ownerIs `json:"owner,omitempty"` // of the kind owner
	Bytes  uint64   `json:"bytes"`
	Blocks uint64   `json:"blocks"`
	Ways   []way    `json:"ways"` // the most common first
}

// way is a shortest way to blocks.
type way struct {
	Owner  *ownerIs  `json:"owner,omitempty"` // absent: it begins with lost blocks
	Steps  []wayStep `json:"steps"`
	Blocks uint64    `json:"blocks,omitempty"` // that are reached on it; absent where it begins with lost blocks
	Exact  bool      `json:"exact"`
}

type wayStep struct {
	*site
	Type    string `json:"type,omitempty"`
	Chained bool   `json:"chained,omitempty"` // most are reached through others of them
}

// Holders writes who holds some blocks as one JSON object.
func Holders(w io.Writer, h *held.Holders) error {
	out := holdersDocument{
		Version: 1, Kind: "holders", Profile: newSource(h.Source.Profile), Snapshot: newSnapshot(h.Snapshot, h.Source.Profile),
		Bytes: h.All.Bytes, Blocks: h.All.Blocks, Holders: []holder{},
	}
	for _, t := range h.Things {
		out.Things = append(out.Things, newThing(t.Thing, t.Amount))
	}
	for i := range h.Holders {
		from := &h.Holders[i]
		j := holder{Kind: holderKind(from), Bytes: from.Bytes, Blocks: from.Blocks, Ways: []way{}}
		if from.Owner != nil {
			j.Owner = newOwnerIs(from.Owner)
		}
		for _, v := range from.Ways {
			j.Ways = append(j.Ways, newWay(&v))
		}
		out.Holders = append(out.Holders, j)
	}
	return encode(w, out)
}

func holderKind(h *held.Holder) string {
	switch {
	case h.Lost:
		return "leaked"
	case h.Owner == nil:
		return "shared"
	}
	return "owner"
}

func newWay(w *held.Way) way {
	j := way{Exact: w.Exact}
	if w.Owner != nil {
		j.Owner, j.Blocks = newOwnerIs(w.Owner), uint64(math.Round(w.Blocks))
	}
	for _, s := range w.Steps {
		j.Steps = append(j.Steps, wayStep{newSite(s.Site), s.Type, s.Chained})
	}
	return j
}

// deepDocument is the JSON of how large things are with all that they hold.
type deepDocument struct {
	Version  int      `json:"version"` // 1
	Kind     string   `json:"kind"`    // "deep"
	Profile  *source  `json:"profile"`
	Snapshot snapshot `json:"snapshot"`
	Things   []deep   `json:"things"` // the largest first
}

// deep is how large a variable is, or the blocks of a type or a stack are, with all that they hold.
type deep struct {
	Kind     string   `json:"kind"` // "variable", "type" or "site"
	Variable *ownerIs `json:"variable,omitempty"`
	*site
	Type           string  `json:"type,omitempty"`
	Number         uint64  `json:"number"`        // of variables, or of blocks
	ShallowBytes   uint64  `json:"shallow_bytes"` // their own; a variable's are no part of the heap
	RetainedBytes  uint64  `json:"retained_bytes"`
	RetainedBlocks uint64  `json:"retained_blocks"`
	DeepBytes      uint64  `json:"deep_bytes"`
	DeepBlocks     uint64  `json:"deep_blocks"`
	EachRetained   *spread `json:"each_retained,omitempty"` // bytes of one block with what it retains
	EachDeep       *spread `json:"each_deep,omitempty"`
	Looked         uint64  `json:"looked,omitempty"` // of how many blocks these are
}

type spread struct {
	Smallest uint64 `json:"smallest"`
	Median   uint64 `json:"median"`
	Largest  uint64 `json:"largest"`
}

// Deep writes how large things are with all that they hold as one JSON object.
func Deep(w io.Writer, d *held.Deep) error {
	out := deepDocument{Version: 1, Kind: "deep", Profile: newSource(d.Source.Profile), Snapshot: newSnapshot(d.Snapshot, d.Source.Profile), Things: []deep{}}
	for _, v := range d.Variables {
		out.Things = append(out.Things, deep{
			Kind: "variable", Variable: newOwnerIs(v), Type: v.Type, Number: 1, ShallowBytes: v.Size,
			RetainedBytes: v.Retained.Bytes, RetainedBlocks: v.Retained.Blocks, DeepBytes: v.Reaches.Bytes, DeepBlocks: v.Reaches.Blocks,
		})
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		j := deep{
			Kind: "type", Type: b.Type, Number: b.DeepSizes.Live.Blocks, ShallowBytes: b.DeepSizes.Live.Bytes,
			RetainedBytes: b.DeepSizes.Retained.Bytes, RetainedBlocks: b.DeepSizes.Retained.Blocks, DeepBytes: b.DeepSizes.Deep.Bytes, DeepBlocks: b.DeepSizes.Deep.Blocks,
			EachRetained: newSpread(b.EachRetained), EachDeep: newSpread(b.EachDeep), Looked: b.Looked,
		}
		if b.Looked == 0 {
			j.EachDeep = nil
		}
		if b.Point >= 0 {
			j.Kind, j.Type, j.site = "site", b.Thing.Type, newSite(b.Site)
		}
		out.Things = append(out.Things, j)
	}
	return encode(w, out)
}

func newSpread(s profile.Spread) *spread { return &spread{s.Smallest, s.Median, s.Largest} }
