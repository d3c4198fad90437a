package view

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/report/frames"
)

// nameCallers sets the Caller of each row whose frame is only a module and an offset, as in
// a stripped program, to the named function that most of the row was called from. An offset
// alone tells a reader little; the next name up the stack often tells enough.
func (b *builder) nameCallers(rows []*Row) {
	nameless := map[uint32]*Row{} // by key
	for _, r := range rows {
		if r.Kind == Entry && r.key != noKey && r.Site.Function == "" && !b.isRuntime(r.key) {
			nameless[r.key] = r
		}
	}
	if len(nameless) == 0 {
		return
	}
	type pair struct {
		row    *Row
		caller *frames.Frame
	}
	weights := map[pair]uint64{}
	for _, s := range b.sides {
		for i := range s.Profile.Points {
			pt := &s.Profile.Points[i]
			site := s.site(pt.Frames)
			if site < 0 {
				continue
			}
			row := nameless[s.ids[pt.Frames[site]]]
			if row == nil || s.filter(pt.Frames) != Entry {
				continue
			}
			if caller := s.namedCaller(pt.Frames[site+1:]); caller != nil {
				weights[pair{row, caller}] += b.view.Metric.Value(pt)
			}
		}
	}
	best := map[*Row]uint64{}
	for p, w := range weights {
		name := p.caller.Name()
		if old := p.row.Caller; old == "" || w > best[p.row] || w == best[p.row] && name < old {
			p.row.Caller, best[p.row] = name, w
		}
	}
	for r, w := range best {
		switch whole := r.Before.Get(b.view.Metric) + r.Sums.Get(b.view.Metric); {
		case w == whole:
			r.OnlyCaller = true
		case w < whole-w: // less than half is not "most"
			r.Caller = ""
		}
	}
}

// isRuntime reports whether the frames of a key are a run-time library's own site.
func (b *builder) isRuntime(key uint32) bool {
	return b.keys.frames[key].Runtime != nil && !b.naming.allFrames
}

// namedCaller returns the innermost frame that has a name and is none of the
// library code between.
func (s *side) namedCaller(stack []uint32) *frames.Frame {
	for _, f := range stack {
		if fr := s.Frames.Frame(f); fr.Function != "" && !fr.Plumbing && !fr.Startup && !fr.Marker {
			return s.frame(f)
		}
	}
	return nil
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
