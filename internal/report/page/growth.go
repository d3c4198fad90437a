package page

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
)

// grown is how blocks of a site and a type grew.
type grown struct {
	place, typ int32
	*profile.Growth
}

// addGrowth adds how blocks grew.
func (d *draft) addGrowth() {
	type row struct{ place, typ int32 }
	sums := map[row]*profile.Growth{}
	for i := range d.points {
		pt := &d.points[i]
		if pt.Rest().Facts == nil || pt.Rest().Facts.Growth == nil || pt.Rest().Facts.Growth.Chains == 0 && pt.Rest().Facts.Growth.Moves == 0 {
			continue
		}
		key := row{d.place(pt.place), d.typ(pt.siteType)}
		sums[key] = sums[key].Plus(pt.Rest().Facts.Growth)
	}
	if len(sums) == 0 {
		return
	}
	var all []grown
	for key, sum := range sums {
		all = append(all, grown{key.place, key.typ, sum})
	}
	slices.SortFunc(all, func(a, b grown) int {
		return cmp.Or(cmp.Compare(b.CopiedBytes, a.CopiedBytes), cmp.Compare(b.Chains, a.Chains), cmp.Compare(a.place, b.place), cmp.Compare(a.typ, b.typ))
	})
	if n := d.limits.entries; len(all) > n {
		rest := grown{severalPlaces, severalTypes, nil}
		for _, g := range all[n:] {
			rest.Growth = rest.Growth.Plus(g.Growth)
		}
		all = append(all[:n], rest)
	}
	g := &Growth{}
	for _, r := range all {
		g.Place, g.Type = append(g.Place, r.place), append(g.Type, r.typ)
		g.Steps, g.First, g.Last = append(g.Steps, r.Steps), append(g.First, r.First), append(g.Last, r.Last)
		g.Chains, g.Copied = append(g.Chains, r.Chains), append(g.Copied, r.CopiedBytes)
	}
	d.page.Growth = g
}
