package page

import (
	"cmp"
	"regexp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// addHeld adds who held the blocks.
func (d *draft) addHeld() {
	s := d.joint.Sides[0].Source
	if s.Profile.Recording == nil {
		return
	}
	order := make([]int, len(s.Profile.Recording.Snapshots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(s.Profile.Recording.Snapshots[a].Time, s.Profile.Recording.Snapshots[b].Time)
	})
	for _, i := range order {
		o := held.New(s, i)
		r := held.NewRetained(o)
		h := Held{
			Time: o.Time, Live: pair(o.Live), Shared: pair(o.Snapshot.Shared), Unreached: pair(o.Unreached), LeaksOnly: o.LeaksOnly,
			SharedTop: d.things(r.Common), Lost: d.lost(r),
		}
		d.snapshots = append(d.snapshots, o.Snapshot)
		d.owners = append(d.owners, nil)
		h.Owners = d.ownersOf(r)
		h.Deep, h.MoreDeep = d.deep(o)
		d.page.Held = append(d.page.Held, h)
	}
}

func pair(a profile.Amount) [2]uint64 { return [2]uint64{a.Bytes, a.Blocks} }

// ownersOf returns the owners of a snapshot, the last of which may stand for all that are too many.
func (d *draft) ownersOf(r *held.Retained) (all []Owner) {
	list := &d.owners[len(d.owners)-1]
	var rest profile.Amount
	for i := range r.Owners {
		o := &r.Owners[i]
		if i >= d.limits.entries {
			rest.Add(o.Retained)
			continue
		}
		*list = append(*list, o.Owner)
		all = append(all, Owner{
			Name: d.cut(o.Name), Kind: string(o.Kind), Type: d.cut(o.Type), File: d.cut(o.File), Line: o.Line,
			Retained: pair(o.Retained), Reaches: pair(o.Reaches), Shares: pair(o.Shares), Top: d.things(o.Top),
		})
	}
	if rest.Blocks > 0 {
		*list = append(*list, nil)
		all = append(all, Owner{Retained: pair(rest)})
	}
	return all
}

// things returns blocks of a tree of what is retained.
func (d *draft) things(blocks []held.Block) (all []Thing) {
	for i := range blocks {
		b := &blocks[i]
		all = append(all, Thing{Depth: b.Depth, Place: d.placeOfPoint(b.Point), Type: d.cut(b.Type), Self: pair(b.Self), Retained: pair(b.Retained)})
	}
	return all
}

// lost returns what is lost, the last of which may stand for all that is too much.
func (d *draft) lost(r *held.Retained) (all []Lost) {
	places := map[view.Site]int32{}
	for _, g := range r.Groups {
		if g.Owner == profile.UnreachedOwner {
			places[*r.Thing(g.Point, g.Class).Site] = d.placeOfPoint(g.Point)
		}
	}
	var rest Lost
	for i := range r.Leaks {
		l := &r.Leaks[i]
		place := places[*l.Site]
		one := Lost{Thing{Place: place, Type: d.cut(l.Type), Self: pair(l.Lost), Retained: pair(l.Lost)}, pair(l.Direct), pair(l.Cyclic)}
		if i < d.limits.entries && place != severalPlaces {
			all = append(all, one)
			continue
		}
		for _, sum := range []struct{ to, what *[2]uint64 }{{&rest.Self, &one.Self}, {&rest.Retained, &one.Retained}, {&rest.Direct, &one.Direct}, {&rest.Cyclic, &one.Cyclic}} {
			sum.to[0] += sum.what[0]
			sum.to[1] += sum.what[1]
		}
	}
	if rest.Self[1] > 0 {
		rest.Place = severalPlaces
		all = append(all, rest)
	}
	return all
}

// deep returns how large types, and stacks, are with all that they hold, and how many of them were left out.
func (d *draft) deep(o *held.Of) (all []Deep, more int) {
	every := regexp.MustCompile("")
	for _, list := range [][]held.DeepBlocks{held.TypesOf(o, "", every).Blocks, held.SitesOf(o, every).Blocks} {
		slices.SortStableFunc(list, func(a, b held.DeepBlocks) int { return cmp.Compare(b.Retained.Bytes, a.Retained.Bytes) })
		n := min(len(list), d.limits.entries)
		more += len(list) - n
		for i := range list[:n] {
			b := &list[i]
			one := Deep{
				Place: -1, Node: -1, Type: d.cut(cmp.Or(b.Type, b.Thing.Type)), Live: pair(b.Live), Retained: pair(b.Retained), Deep: pair(b.Deep),
				Each: [3]uint64{b.EachRetained.Smallest, b.EachRetained.Median, b.EachRetained.Largest},
			}
			if b.Point >= 0 {
				one.Place, one.Node = d.placeOfPoint(b.Point), d.kept.near[d.points[b.Point].node]
			}
			all = append(all, one)
		}
	}
	return all, more
}

// placeOfPoint returns the site of a point of the only profile.
func (d *draft) placeOfPoint(point int) int32 { return d.place(d.points[point].place) }
