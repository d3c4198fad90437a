package view

import "slices"

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
		if r := byKey[b.rowKey(s, point, s.site(s.Profile.Points[point].Frames))]; r != nil {
			f.parts[r] = append(f.parts[r], i)
		}
	}
	for _, r := range byKey {
		r.FreedElsewhere = f.atPlaces(f.parts[r], ofSite)
		slices.SortStableFunc(r.FreedElsewhere, func(x, y *Row) int { return y.Sums.compare(&x.Sums, Blocks) })
	}
}
