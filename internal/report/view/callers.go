package view

import (
	"cmp"
	"slices"
	"strings"
)

// nameCallers sets the Caller of each row that tells too little by itself: to the named
// function that most of the row was called from where its frame is only a module and an offset,
// as in a stripped program, and of a type to the site that most of it comes from.
func (b *builder) nameCallers(rows []*Row) {
	asking := map[*Row]bool{}
	for _, r := range rows {
		if r.Kind == Entry && b.wantsCaller(r) {
			asking[r] = true
		}
	}
	from := 1 // frames from the site outward
	if b.view.Options.By == ByType {
		from = 0
	}
	b.mostly(asking, func(s *side, stack []uint32, site int) string { return s.namedCaller(stack[site+from:]) },
		func(r *Row, name string, only bool) { r.Caller, r.OnlyCaller = name, only })
}

// nameVias sets the Via of each row that has one.
func (b *builder) nameVias(rows []*Row) {
	asking := map[*Row]bool{}
	for _, r := range rows {
		if r.Kind == Entry {
			asking[r] = true
		}
	}
	b.mostly(asking, (*side).via, func(r *Row, name string, only bool) { r.Via, r.OnlyVia = name, only })
}

// mostly tells of each of the rows what name the most of it has, by the metric, and whether
// all of it has that. Points that have no name are none of those. Nothing is told of a row that
// has no name for half of it.
func (b *builder) mostly(rows map[*Row]bool, name func(s *side, stack []uint32, site int) string, tell func(r *Row, name string, only bool)) {
	if len(rows) == 0 {
		return
	}
	type pair struct {
		row  *Row
		name string
	}
	weights := map[pair]uint64{}
	var buffer []uint32
	for _, s := range b.sides {
		for i, row := range s.rows {
			if !rows[row] {
				continue
			}
			pt := &s.Profile.Points[i]
			stack := pt.Stack.Into(&buffer)
			site := s.site(stack)
			if site < 0 {
				continue
			}
			if name := name(s, stack, site); name != "" {
				weights[pair{row, name}] += b.view.Metric.Value(pt)
			}
		}
	}
	best := map[*Row]pair{}
	for p, w := range weights {
		if old, ok := best[p.row]; !ok || w > weights[old] || w == weights[old] && p.name < old.name {
			best[p.row] = p
		}
	}
	for r, p := range best {
		// Half is not "most".
		if w, whole := weights[p], r.Before.Get(b.view.Metric)+r.Sums.Get(b.view.Metric); w == whole || w > whole-w {
			tell(r, p.name, w == whole)
		}
	}
}

// wantsCaller reports whether an entry tells too little by itself.
func (b *builder) wantsCaller(r *Row) bool {
	if b.view.Options.By == ByType {
		return true
	}
	return r.key != noKey && r.Site.Function == "" && !b.isRuntime(r.key)
}

// isRuntime reports whether the frames of a key are a run-time library's own site.
func (b *builder) isRuntime(key uint32) bool {
	return b.keys.frames[key].Runtime != nil && !b.naming.allFrames
}

// namedCaller returns the name of the innermost function of a stack that has one and is none of
// the library code between; "" where there is none.
func (s *side) namedCaller(stack []uint32) string {
	for _, f := range stack {
		if fr := s.Frames.Frame(f); fr.Function != "" && !fr.Plumbing && !fr.Startup && !fr.Marker {
			return fr.Name()
		}
	}
	return ""
}

// nameless adds up, by module, the rows that have no function's name though they are
// not plumbing: what a reader would have looked for.
func nameless(rows []*Row, k *keys, m Metric) []ModuleSum {
	sums := map[string]Sums{}
	for _, r := range rows {
		if r.key == noKey {
			continue
		}
		if f := k.frames[r.key]; f.Function == "" && f.Module != "" && !f.Plumbing {
			sum := sums[f.Module]
			sum.addSums(&r.Sums)
			sums[f.Module] = sum
		}
	}
	var all []ModuleSum
	for path, sum := range sums {
		margin, _ := sum.Margin(m)
		all = append(all, ModuleSum{path, sum.Get(m), margin})
	}
	slices.SortFunc(all, func(a, b ModuleSum) int {
		return cmp.Or(cmp.Compare(b.Sum, a.Sum), strings.Compare(a.Path, b.Path))
	})
	return all
}
