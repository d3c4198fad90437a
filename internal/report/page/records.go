package page

import (
	"cmp"
	"slices"
)

// recordKey is what tells records from each other.
type recordKey struct {
	node          int32 // of those that were kept
	rest          uint16
	place         int32  // index into builder.places
	typ, siteType uint32 // numbers of view.Joint
}

func (k recordKey) compare(o recordKey) int {
	return cmp.Or(cmp.Compare(k.node, o.node), cmp.Compare(k.rest, o.rest), cmp.Compare(k.place, o.place), cmp.Compare(k.typ, o.typ), cmp.Compare(k.siteType, o.siteType))
}

// groups are the points of each record.
type groups struct {
	records []recordKey
	first   []int   // of each record, and at the end: the first of its points
	points  []int32 // indices into builder.points
}

// group returns the records of the nodes that were kept, in the order of these.
func (d *draft) group() *groups {
	numbers := map[recordKey]int32{}
	var keys []recordKey
	of := make([]int32, len(d.points))
	for i := range d.points {
		p := &d.points[i]
		key := recordKey{node: d.kept.near[p.node], place: p.place, typ: p.typ, siteType: p.siteType}
		if !d.kept.isKept(p.node) {
			key.rest = 1
		}
		n, ok := numbers[key]
		if !ok {
			n = int32(len(keys))
			numbers[key] = n
			keys = append(keys, key)
		}
		of[i] = n
	}
	order := make([]int32, len(keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return keys[a].compare(keys[b]) })
	g := &groups{first: make([]int, len(keys)+1), points: make([]int32, len(of))}
	rank := make([]int32, len(keys))
	for i, n := range order {
		g.records = append(g.records, keys[n])
		rank[n] = int32(i)
	}
	for _, n := range of {
		g.first[rank[n]+1]++
	}
	for i := range keys {
		g.first[i+1] += g.first[i]
	}
	next := slices.Clone(g.first)
	for i, n := range of {
		at := &next[rank[n]]
		g.points[*at] = int32(i)
		*at++
	}
	return g
}
