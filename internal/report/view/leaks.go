package view

import "slices"

// isLeak reports whether some of a row's blocks live at the end.
func isLeak(r *Row) bool { return r.Sums.Get(EndBlocks) > 0 }

// findFreedElsewhere sets FreedElsewhere of rows that stand for sites, where the profile tells
// where blocks were freed.
func (b *builder) findFreedElsewhere(s *side, rows []*Row) {
	if s.Profile.Recording == nil || s.Profile.Recording.Frees == nil {
		return
	}
	f := newFreesBuilder(b, s)
	byKey := map[uint32]*Row{}
	for _, r := range rows {
		if r.Kind == Entry {
			byKey[r.key] = r
		}
	}
	for i := range f.frees {
		if r := byKey[f.siteKey(&s.Profile.Points[f.frees[i].Point])]; r != nil {
			f.parts[r] = append(f.parts[r], i)
		}
	}
	for _, r := range byKey {
		r.FreedElsewhere = f.atPlaces(f.parts[r])
		slices.SortStableFunc(r.FreedElsewhere, func(x, y *Row) int { return y.Sums.compare(&x.Sums, Blocks) })
	}
}
