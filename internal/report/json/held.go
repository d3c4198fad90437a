package json

import (
	"io"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/names"
)

// retainedDocument is the JSON of what the owners of a snapshot retain. Its fields are kept as those of document are.
// Owners, what is shared and what is leaked add up to what lived.
type retainedDocument struct {
	Version      int         `json:"version"` // 1
	Kind         string      `json:"kind"`    // "retained"
	Profile      *source     `json:"profile"`
	Snapshot     snapshot    `json:"snapshot"`
	Others       []snapshot  `json:"others,omitempty"` // of the same profile
	Owners       []owner     `json:"owners"`           // that which retains most first
	HeldBytes    uint64      `json:"held_bytes"`       // by one owner alone
	HeldBlocks   uint64      `json:"held_blocks"`
	SharedBytes  uint64      `json:"shared_bytes"` // held by several owners
	SharedBlocks uint64      `json:"shared_blocks"`
	SharedTop    []heldBlock `json:"shared_top,omitempty"` // as an owner's top
	LeakedBytes  uint64      `json:"leaked_bytes"`
	LeakedBlocks uint64      `json:"leaked_blocks"`
	Leaked       []leaked    `json:"leaked"` // that of which most is lost first
}

// snapshot is which moment a page is of.
type snapshot struct {
	Kind      string  `json:"kind"` // "peak", "exit" or "mark"
	Mark      string  `json:"mark,omitempty"`
	Time      uint64  `json:"time"` // in units.time
	Bytes     uint64  `json:"bytes"`
	Blocks    uint64  `json:"blocks"`
	PeakShare float64 `json:"peak_share"` // of the bytes at the peak: at most 1
	Padded    bool    `json:"padded"`     // a pointer to a block's end is told from one to the next block
	Zeroed    bool    `json:"zeroed"`     // nothing that was there before looks like a pointer
	LeaksOnly bool    `json:"leaks_only,omitempty"`
	Unread    uint64  `json:"unread_bytes,omitempty"` // that may hold pointers
}

// ownerIs is what an owner is.
type ownerIs struct {
	Name         string `json:"name"`
	Kind         string `json:"kind"` // as in a profile
	In           string `json:"in,omitempty"`
	Thread       string `json:"thread,omitempty"`
	File         string `json:"file,omitempty"`
	Line         uint64 `json:"line,omitempty"`
	VariableType string `json:"variable_type,omitempty"`
	Size         uint64 `json:"size,omitempty"` // bytes of its own
}

// owner is what holds blocks from outside.
type owner struct {
	ownerIs
	RetainedBytes uint64      `json:"retained_bytes"`
	ReachesBytes  uint64      `json:"reaches_bytes"`
	Blocks        uint64      `json:"blocks"` // that it retains
	ReachesBlocks uint64      `json:"reaches_blocks"`
	SharesBytes   uint64      `json:"shares_bytes,omitempty"` // of what several hold, that it is one of the holders of
	SharesBlocks  uint64      `json:"shares_blocks,omitempty"`
	Type          string      `json:"type"` // that most of the bytes are which it retains; "": not known
	Site          string      `json:"site"` // where these were allocated, in words
	Most          *thing      `json:"most,omitempty"`
	Top           []heldBlock `json:"top,omitempty"` // those that retain most; a block stands after the one that holds it
}

// thing is how much there is of one site and type.
type thing struct {
	*site
	Type   string `json:"type,omitempty"`
	Bytes  uint64 `json:"bytes"`
	Blocks uint64 `json:"blocks"`
}

// heldBlock is a block that retains others, or several of the same site.
type heldBlock struct {
	Depth int `json:"depth"` // how many of the blocks before hold it
	thing
	RetainedBytes  uint64 `json:"retained_bytes"`
	RetainedBlocks uint64 `json:"retained_blocks"`
}

// leaked is what is lost of one site.
type leaked struct {
	*site
	// These are there also where they are not known.
	Function     string `json:"function"`
	File         string `json:"file"`
	Line         int    `json:"line"`
	Type         string `json:"type,omitempty"`
	Bytes        uint64 `json:"bytes"`
	Blocks       uint64 `json:"blocks"`
	DirectBytes  uint64 `json:"direct_bytes"` // to which not even a lost block points
	DirectBlocks uint64 `json:"direct_blocks"`
	Cycle        bool   `json:"cycle"` // some lead only to themselves
	CyclicBytes  uint64 `json:"cyclic_bytes"`
	CyclicBlocks uint64 `json:"cyclic_blocks"`
}

// Retained writes what the owners of a snapshot retain as one JSON object.
func Retained(w io.Writer, r *held.Retained) error {
	alone := r.Held()
	out := retainedDocument{
		Version: 1, Kind: "retained", Profile: newSource(r.Source.Profile), Snapshot: newSnapshot(r.Snapshot, r.Source.Profile), Owners: []owner{},
		HeldBytes: alone.Bytes, HeldBlocks: alone.Blocks, SharedBytes: r.Shared.Bytes, SharedBlocks: r.Shared.Blocks, SharedTop: newHeldBlocks(r.Common),
		LeakedBytes: r.Unreached.Bytes, LeakedBlocks: r.Unreached.Blocks, Leaked: []leaked{},
	}
	for _, other := range r.Others {
		out.Others = append(out.Others, newSnapshot(other, r.Source.Profile))
	}
	for i := range r.Owners {
		out.Owners = append(out.Owners, newOwner(&r.Owners[i]))
	}
	for _, l := range r.Leaks {
		out.Leaked = append(out.Leaked, leaked{
			site: newSite(l.Site), Function: l.Site.Function, File: l.Site.File, Line: l.Site.Line, Type: l.Type, Bytes: l.Lost.Bytes, Blocks: l.Lost.Blocks,
			DirectBytes: l.Direct.Bytes, DirectBlocks: l.Direct.Blocks,
			Cycle: l.Cyclic.Blocks > 0, CyclicBytes: l.Cyclic.Bytes, CyclicBlocks: l.Cyclic.Blocks,
		})
	}
	return encode(w, out)
}

func newSnapshot(s *profile.Snapshot, p *profile.Profile) snapshot {
	return snapshot{
		Kind: string(s.Kind), Mark: names.Printable(s.Mark), Time: s.Time, Bytes: s.Live.Bytes, Blocks: s.Live.Blocks, PeakShare: s.PeakShare(p),
		Padded: s.Padded, Zeroed: s.Zeroed, LeaksOnly: s.LeaksOnly, Unread: s.Unread,
	}
}

func newOwner(o *held.Owner) owner {
	j := owner{
		ownerIs: *newOwnerIs(o.Owner), RetainedBytes: o.Retained.Bytes, ReachesBytes: o.Reaches.Bytes, Blocks: o.Retained.Blocks, ReachesBlocks: o.Reaches.Blocks,
		SharesBytes: o.Shares.Bytes, SharesBlocks: o.Shares.Blocks,
	}
	if o.Most != nil {
		most := newThing(o.Most.Thing, o.Most.Amount)
		j.Most, j.Type, j.Site = &most, o.Most.Type, strings.TrimSpace(o.Most.Label()+" "+o.Most.Site.Place)
	}
	j.Top = newHeldBlocks(o.Top)
	return j
}

func newHeldBlocks(top []held.Block) (list []heldBlock) {
	for _, b := range top {
		list = append(list, heldBlock{b.Depth, newThing(b.Thing, b.Self), b.Held.Retained.Bytes, b.Held.Retained.Blocks})
	}
	return list
}

func newOwnerIs(o *profile.Owner) *ownerIs {
	return &ownerIs{
		Name: o.Name, Kind: string(o.Kind), In: o.In, Thread: o.Thread,
		File: o.File, Line: o.Line, VariableType: o.Type, Size: o.Size,
	}
}

func newThing(t held.Thing, a profile.Amount) thing {
	return thing{site: newSite(t.Site), Type: t.Type, Bytes: a.Bytes, Blocks: a.Blocks}
}
