package finding

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/view"
)

// lostThing is what a site has lost, and what hangs on that. Sites whose blocks lead to each other in
// cycles are one, that of which most is in the cycles.
type lostThing struct {
	site           view.Site
	groups         []int // of the snapshot, those with direct or cyclic blocks; that with most of these first
	direct, cyclic profile.Amount
	all            profile.Amount // with what hangs on them, at least
	reaches        map[int]bool   // the groups that have some of all
	sites          int            // that have some of it
}

// everythingLost returns all that a snapshot has lost as one thing.
func everythingLost(o *held.Of) *lostThing {
	t := &lostThing{all: o.Unreached, reaches: map[int]bool{}}
	sites := map[view.Site]bool{}
	for i := range o.Groups {
		if g := &o.Groups[i]; g.Owner == profile.UnreachedOwner {
			t.groups = append(t.groups, i)
			t.direct.Add(g.Direct)
			t.cyclic.Add(g.Cyclic)
			t.reaches[i] = true
			sites[*o.Thing(g.Point, g.Class).Site] = true
		}
	}
	t.sites = len(sites)
	return t
}

// without takes another thing out of one that has it.
func (t *lostThing) without(u *lostThing) {
	for _, of := range []struct{ from, less *profile.Amount }{{&t.all, &u.all}, {&t.direct, &u.direct}, {&t.cyclic, &u.cyclic}} {
		of.from.Bytes -= min(of.from.Bytes, of.less.Bytes)
		of.from.Blocks -= min(of.from.Blocks, of.less.Blocks)
	}
	for i := range u.reaches {
		delete(t.reaches, i)
	}
	t.sites -= min(t.sites, u.sites)
}

// lostThings returns what a snapshot has lost that isLarge, in a defined order.
func lostThings(o *held.Of, isLarge func(profile.Amount) bool) []*lostThing {
	bySite := map[view.Site]*lostThing{}
	var things []*lostThing
	for i := range o.Groups {
		g := &o.Groups[i]
		if g.Owner != profile.UnreachedOwner || g.Direct.Blocks+g.Cyclic.Blocks == 0 {
			continue
		}
		site := *o.Thing(g.Point, g.Class).Site
		if bySite[site] == nil {
			bySite[site] = &lostThing{site: site, sites: 1}
			things = append(things, bySite[site])
		}
		bySite[site].groups = append(bySite[site].groups, i)
	}
	for _, t := range things {
		t.count(o)
	}
	things = slices.DeleteFunc(things, func(t *lostThing) bool { return !isLarge(t.all) })
	leads := map[int][]int{}
	for _, r := range o.References {
		if r.From >= 0 && o.Groups[r.From].Owner == profile.UnreachedOwner {
			leads[r.From] = append(leads[r.From], r.To)
		}
	}
	for _, t := range things {
		t.reach(leads)
	}
	slices.SortStableFunc(things, func(a, b *lostThing) int {
		return cmp.Or(cmp.Compare(b.direct.Bytes+b.cyclic.Bytes, a.direct.Bytes+a.cyclic.Bytes), compareSites(&a.site, &b.site))
	})
	var kept []*lostThing
	for _, t := range things {
		i := slices.IndexFunc(kept, func(k *lostThing) bool { return k.circles(o, t) })
		if i < 0 {
			kept = append(kept, t)
			continue
		}
		k := kept[i]
		k.groups = append(k.groups, t.groups...)
		maps.Copy(k.reaches, t.reaches)
		k.sites++
		k.count(o)
	}
	return kept
}

// count adds up the groups of the thing.
func (t *lostThing) count(o *held.Of) {
	t.direct, t.cyclic, t.all = profile.Amount{}, profile.Amount{}, profile.Amount{}
	var most, inCycles profile.Amount // of groups that are cyclic alone, which may retain each other
	for _, i := range t.groups {
		g := &o.Groups[i]
		t.direct.Add(g.Direct)
		t.cyclic.Add(g.Cyclic)
		if g.Direct.Blocks > 0 {
			t.all.Add(g.Retained)
			continue
		}
		inCycles.Add(g.Cyclic)
		if g.Retained.Bytes > most.Bytes {
			most = g.Retained
		}
	}
	if inCycles.Bytes > most.Bytes {
		most = inCycles
	}
	t.all.Add(most)
	own := func(i int) uint64 { return o.Groups[i].Direct.Bytes + o.Groups[i].Cyclic.Bytes }
	slices.SortStableFunc(t.groups, func(a, b int) int { return cmp.Compare(own(b), own(a)) })
}

// reach finds the groups to which a way leads from the thing's.
func (t *lostThing) reach(leads map[int][]int) {
	t.reaches = map[int]bool{}
	next := slices.Clone(t.groups)
	for len(next) > 0 {
		g := next[len(next)-1]
		next = next[:len(next)-1]
		if !t.reaches[g] {
			t.reaches[g] = true
			next = append(next, leads[g]...)
		}
	}
}

// circles reports whether two things have blocks in cycles and lead to each other.
func (t *lostThing) circles(o *held.Of, u *lostThing) bool {
	leads := func(from, to *lostThing) bool {
		return slices.ContainsFunc(to.groups, func(i int) bool { return o.Groups[i].Cyclic.Blocks > 0 && from.reaches[i] })
	}
	return t.cyclic.Blocks > 0 && u.cyclic.Blocks > 0 && leads(t, u) && leads(u, t)
}
