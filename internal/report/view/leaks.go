package view

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Leak is what the last snapshot tells of the blocks of a row.
type Leak struct {
	// Of what is lost: to which not even a lost block pointed, and what only led to itself. The rest hung on these.
	Direct, Cyclic profile.Amount
	Held           []HeldBy // of those that were not lost, those that held most first
}

// HeldBy is how much of a row's blocks one owner held.
type HeldBy struct {
	Owner *profile.Owner // nil: several together, or it is not known who
	profile.Amount
}

// NamedOwners returns the owners of a snapshot with names as they are to be shown.
func NamedOwners(s *profile.Snapshot) []profile.Owner {
	owners := slices.Clone(s.Owners)
	for i := range owners {
		o := &owners[i]
		o.Name = names.WithoutTags(o.Name)
		for _, text := range []*string{&o.Name, &o.In, &o.Thread, &o.File, &o.Type} {
			*text = names.Printable(*text)
		}
	}
	return owners
}

// findLost sets Leak of the rows of a table, if the profile has a snapshot.
func (s *side) findLost() {
	snapshot := s.Profile.LastSnapshot()
	if snapshot == nil {
		return
	}
	named := NamedOwners(snapshot)
	held := map[*Row]map[int]*HeldBy{}
	for _, g := range snapshot.Groups {
		r := s.rows[g.Point]
		if r == nil {
			continue
		}
		if r.Leak == nil {
			r.Leak = &Leak{}
			held[r] = map[int]*HeldBy{}
		}
		if g.Owner == profile.UnreachedOwner {
			r.Leak.Direct.Add(g.Direct)
			r.Leak.Cyclic.Add(g.Cyclic)
			continue
		}
		if held[r][g.Owner] == nil {
			held[r][g.Owner] = &HeldBy{}
			if g.Owner >= 0 {
				held[r][g.Owner].Owner = &named[g.Owner]
			}
		}
		held[r][g.Owner].Add(g.Live)
	}
	for r, owners := range held {
		for _, owner := range slices.Sorted(maps.Keys(owners)) {
			r.Leak.Held = append(r.Leak.Held, *owners[owner])
		}
		slices.SortStableFunc(r.Leak.Held, func(x, y HeldBy) int { return cmp.Compare(y.Bytes, x.Bytes) })
	}
}

// findFreedElsewhere sets FreedElsewhere of rows that stand for sites, where the profile tells
// where blocks were freed.
func (b *builder) findFreedElsewhere(s *side, rows []*Row) {
	if s.Profile.Recording == nil || s.Profile.Recording.Frees == nil {
		return
	}
	f := newFreesBuilder(b, s)
	byKey := map[rowKey]*Row{}
	for _, r := range rows {
		if r.Kind == Entry {
			byKey[rowKey{frame: r.key, typ: r.typ}] = r
		}
	}
	for i := range f.frees {
		point := f.frees[i].Point
		if r := byKey[b.rowKey(s, point, s.site(s.Profile.Points[point].Stack.Frames()))]; r != nil {
			f.parts[r] = append(f.parts[r], i)
		}
	}
	for _, r := range byKey {
		r.FreedElsewhere = f.atPlaces(f.parts[r], ofSite)
		slices.SortStableFunc(r.FreedElsewhere, func(x, y *Row) int { return y.Sums.compare(&x.Sums, Blocks) })
	}
}
