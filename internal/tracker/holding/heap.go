package holding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// heap is blocks of which it is known who holds them.
type heap struct {
	in    *Input
	kinds *kinds
	graph *graph.Graph

	owners  []profile.Owner
	holders []holder // the same
	places  []int32  // of each owner of the graph, its place in owners

	shared profile.Amount // what several of them hold

	groups []profile.Group
	group  []uint32 // of each block
}

// owner returns the place of the owner that retains a block, profile.SharedOwner or profile.UnreachedOwner.
func (h *heap) owner(block int) int {
	switch o := h.graph.Owner(block); o {
	case graph.Shared:
		return profile.SharedOwner
	case graph.Lost:
		return profile.UnreachedOwner
	default:
		return int(h.places[o])
	}
}

func (h *heap) size(block int) uint64 { return h.in.Blocks[block].Size }

func (h *heap) amount(block int) profile.Amount {
	return profile.Amount{Bytes: h.size(block), Blocks: 1}
}

func (h *heap) retained(block int) profile.Amount { return profile.Amount(h.graph.Retained(block)) }

// findGroups puts blocks into groups, in the order of their points, owners and classes.
func (h *heap) findGroups() {
	type key struct {
		kind  uint32
		owner int32
	}
	numbers := map[key]uint32{}
	var keys []key
	h.group = make([]uint32, len(h.in.Blocks))
	var last key
	var group uint32
	for i := range h.in.Blocks {
		// Neighbours are often of one group.
		if at := (key{h.kinds.of[i], int32(h.owner(i))}); at != last || len(keys) == 0 {
			number, ok := numbers[at]
			if !ok {
				number = uint32(len(keys))
				keys, numbers[at] = append(keys, at), number
			}
			last, group = at, number
		}
		h.group[i] = group
	}
	order := make([]uint32, len(keys))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int {
		a, b := keys[i], keys[j]
		return cmp.Or(cmp.Compare(h.kinds.list[a.kind].point, h.kinds.list[b.kind].point), cmp.Compare(a.owner, b.owner), h.kinds.compare(a.kind, b.kind))
	})
	renumbered := make([]uint32, len(keys))
	h.groups = make([]profile.Group, len(keys))
	for place, i := range order {
		renumbered[i] = uint32(place)
		at := keys[i]
		h.groups[place] = profile.Group{Point: int(h.kinds.list[at.kind].point), Owner: int(at.owner), Class: h.kinds.name(at.kind)}
	}
	for i, group := range h.group {
		h.group[i] = renumbered[group]
		g := &h.groups[h.group[i]]
		one := h.amount(i)
		g.Live.Add(one)
		switch h.graph.Loss(i) {
		case graph.Direct:
			g.Direct.Add(one)
		case graph.Cyclic:
			g.Cyclic.Add(one)
		}
	}
}
