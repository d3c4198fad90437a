package holding

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/profile"
)

// maxReferences is how many references a snapshot has at most, besides those that shortest ways take.
const maxReferences = 200_000

// edge is what leads from one group to another, or from an owner to a group.
type edge struct{ from, to int32 } // from: the place of the group, or ^ that of the owner

// count is the numbers of a profile.Reference.
type count struct{ pointers, blocks uint64 }

// references returns what leads where, in the order of groups, then of owners.
func (h *heap) references() []profile.Reference {
	counts := map[edge]*count{}
	at := func(e edge) *count {
		c := counts[e]
		if c == nil {
			c = &count{}
			counts[e] = c
		}
		return c
	}
	var last edge
	var lastCount *count
	for i := range h.in.Blocks {
		from := int32(h.group[i])
		for to, words := range h.graph.Pointers(i) {
			if e := (edge{from, int32(h.group[to])}); lastCount == nil || e != last {
				last, lastCount = e, at(e)
			}
			lastCount.pointers += uint64(words)
		}
		to := int32(h.group[i])
		if previous, owner := h.graph.Previous(i); previous >= 0 {
			at(edge{int32(h.group[previous]), to}).blocks++
		} else if owner >= 0 {
			at(edge{^h.places[owner], to}).blocks++
		}
	}
	for number, place := range h.places {
		if place == nobody {
			continue
		}
		for to, words := range h.graph.OwnerPointers(number) {
			at(edge{^place, int32(h.group[to])}).pointers += uint64(words)
		}
	}
	edges := slices.SortedFunc(maps.Keys(counts), func(a, b edge) int {
		x, y := counts[a], counts[b]
		return cmp.Or(cmp.Compare(min(y.blocks, 1), min(x.blocks, 1)), cmp.Compare(y.pointers, x.pointers), compareEdges(a, b))
	})
	end := min(len(edges), maxReferences)
	for end < len(edges) && counts[edges[end]].blocks > 0 {
		end++
	}
	edges = edges[:end]
	slices.SortFunc(edges, compareEdges)
	list := make([]profile.Reference, len(edges))
	for i, e := range edges {
		c := counts[e]
		list[i] = profile.Reference{From: int(e.from), Owner: -1, To: int(e.to), Pointers: c.pointers, Blocks: c.blocks}
		if e.from < 0 {
			list[i].From, list[i].Owner = -1, int(^e.from)
		}
	}
	return list
}

// compareEdges puts groups first, in order, then owners.
func compareEdges(a, b edge) int {
	return cmp.Or(cmp.Compare(uint32(min(a.from, 0))>>31, uint32(min(b.from, 0))>>31), cmp.Compare(max(a.from, ^a.from), max(b.from, ^b.from)), cmp.Compare(a.to, b.to))
}
