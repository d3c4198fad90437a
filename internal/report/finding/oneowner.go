package finding

import (
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
)

// OneOwner is the code of a variable that alone holds much of the heap.
const OneOwner Code = "one-owner"

// Owning is what a finding of an owner rests on, at the moment that was looked at.
type Owning struct {
	Owner  *profile.Owner    `json:"-"`
	Name   string            `json:"owner"`
	Kind   profile.OwnerKind `json:"kind"`
	In     string            `json:"in"`
	Bytes  uint64            `json:"retained-bytes"` // what would be freed with it
	Blocks uint64            `json:"retained-blocks"`
	Live   uint64            `json:"live-bytes"` // of the program

	// Most are blocks of one kind, of which there are MostBlocks, that it leads to and that hold most of it,
	// MostBytes with themselves.
	Most       *held.Block `json:"-"`
	MostBlocks uint64      `json:"most-blocks"`
	MostBytes  uint64      `json:"most-retained-bytes"`
	When       float64     `json:"when-seconds"`
}

// oneOwner finds variables that alone hold much: what a cache or an index is made of, where its site tells only who
// allocates.
//
// Of what holds nearly everything nobody learns anything, unless it is a container in a global variable; nor of
// a variable that is made of many things.
//
// It is mistaken where pointers are left over, as in the part of a container that is not used any more.
func oneOwner(h *Heap) []Finding {
	const (
		least      = 0.1 // of what lives
		worth      = 1 << 20
		many       = 100 // blocks
		everything = 0.8
	)
	o := h.atPeak()
	if o == nil || o.LeaksOnly || !o.Padded || !o.Zeroed || o.Unread > 0 {
		return nil
	}
	var all []Finding
	for _, owner := range held.NewRetained(o).Owners {
		part := share(owner.Retained.Bytes, o.Live.Bytes)
		if !owner.IsVariable() || part < least || owner.Retained.Bytes < worth || owner.Retained.Blocks < many {
			continue
		}
		if part > everything && (owner.Kind == profile.LocalOwner || !isContainer(owner.Type)) {
			continue
		}
		most := gathers(&owner)
		if most == nil {
			continue
		}
		e := Owning{
			Owner: owner.Owner, Name: owner.Name, Kind: owner.Kind, In: owner.In, Bytes: owner.Retained.Bytes, Blocks: owner.Retained.Blocks, Live: o.Live.Bytes,
			Most: most, MostBlocks: most.Self.Blocks, MostBytes: most.Held.Retained.Bytes, When: float64(o.Time) / 1e6,
		}
		all = append(all, Finding{
			Site: most.Site, Type: most.Type, Stack: h.Profile.Points[most.Point].Stack.Frames(), Amount: h.AmountOf(e.Bytes, e.Blocks, OfPeak), Remedy: SeeHolders, Grounds: &e,
		})
	}
	return all
}

// isContainer reports whether a variable's type is of the standard libraries: a container, or what guards one.
func isContainer(name string) bool {
	for _, begin := range []string{"std::", "alloc::", "hashbrown::"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// gathers returns the blocks of one kind on which half of what an owner retains hangs, or more: the
// innermost ones where that is one block that holds another. It returns nil where there are none, and where it is
// a deque: a slot of one keeps its pointer when it is empty, so that something else may hold what is below.
func gathers(o *held.Owner) (most *held.Block) {
	const (
		half      = 0.5
		nearlyAll = 0.9
	)
	least, depth := half*float64(o.Retained.Bytes), 0
	for i := range o.Top {
		b := &o.Top[i]
		if b.Depth < depth {
			break // all below the last one were looked at
		}
		if b.Depth > depth || float64(b.Held.Retained.Bytes) < least {
			continue
		}
		if strings.HasPrefix(b.Type, "std::deque<") || strings.HasPrefix(b.Type, "VecDeque<") {
			return nil
		}
		most = b
		if b.Self.Blocks > 1 {
			break
		}
		least, depth = nearlyAll*float64(b.Held.Retained.Bytes), depth+1
	}
	return most
}
