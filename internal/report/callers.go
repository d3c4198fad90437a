package report

import (
	"fmt"
	"path"
)

// nameCallers says of each row whose frame is only a module and an offset, as
// in a stripped program, which named function most of it was called from. An
// offset alone tells a reader little; the next name up the stack often tells
// enough.
func nameCallers(rows []*Row, sources []*source, m Metric) {
	unnamed := map[*Frame]*Row{}
	for _, r := range rows {
		if r.Kind == Entry && r.Frame.Function == "" && r.Frame.runtime == nil {
			unnamed[r.Frame] = r
		}
	}
	if len(unnamed) == 0 {
		return
	}
	type pair struct {
		row    *Row
		caller *Frame
	}
	weights := map[pair]uint64{}
	for _, s := range sources {
		for i := range s.profile.Points {
			pt := &s.profile.Points[i]
			site := s.frames.Site(pt.Frames, s.allFrames)
			if site < 0 {
				continue
			}
			row := unnamed[s.keys.frames[s.ids[pt.Frames[site]]]]
			if row == nil || s.filter(pt.Frames) != Entry {
				continue
			}
			if caller := s.namedCaller(pt.Frames[site+1:]); caller != nil {
				weights[pair{row, caller}] += m.Value(pt)
			}
		}
	}
	best := map[*Row]uint64{}
	for p, w := range weights {
		old := p.row.Caller
		if old == nil || w > best[p.row] || w == best[p.row] && p.caller.Name() < old.Name() {
			p.row.Caller, best[p.row] = p.caller, w
		}
	}
	for r, w := range best {
		switch whole := r.Sums[0].Get(m) + r.Sums[1].Get(m); {
		case w == whole:
			r.onlyCaller = true
		case w < whole-w: // less than half is not "most"
			r.Caller = nil
		}
	}
}

// namedCaller returns the innermost frame that has a name and is none of the
// library code between.
func (s *source) namedCaller(stack []uint32) *Frame {
	for _, f := range stack {
		if fr := &s.frames.frames[f]; fr.Function != "" && !fr.Plumbing && !fr.startup && !fr.marker() {
			return s.keys.frames[s.ids[f]]
		}
	}
	return nil
}

// unnamed is how much of a report has no function's name, though it is not
// plumbing: what a reader would have looked for.
type unnamed struct {
	share  float64 // of the metric's total, 0 to 1
	module string  // where most of it is
}

func (v *View) findUnnamed(rows []*Row) unnamed {
	whole := v.Total[0].Get(v.Metric)
	if v.diff() || whole == 0 || v.Options.By != BySite && v.Options.By != ByFunction {
		return unnamed{}
	}
	var sum uint64
	modules := map[string]uint64{}
	for _, r := range rows {
		if f := r.Frame; f.Function == "" && f.Module != "" && !f.Plumbing {
			sum += r.Sums[0].Get(v.Metric)
			modules[r.Frame.Module] += r.Sums[0].Get(v.Metric)
		}
	}
	u := unnamed{share: float64(sum) / float64(whole)}
	for m, n := range modules {
		if u.module == "" || n > modules[u.module] || n == modules[u.module] && m < u.module {
			u.module = m
		}
	}
	return u
}

// fact tells a reader of bare offsets what would turn them into names.
func (u unnamed) fact(m Metric) []fact {
	// Below that the named sites tell the story.
	const worthSaying = 0.1
	if u.share < worthSaying {
		return nil
	}
	return []fact{{"note", fmt.Sprintf("%s of %s has no function names: install debug symbols for %s",
		percent(100*u.share), m, path.Base(u.module))}}
}
