package report

// nameCallers says of each row whose frame is only a module and an offset, as
// in a stripped program, which named function most of it was called from. An
// offset alone tells a reader little; the next name up the stack often tells
// enough.
func nameCallers(rows []*Row, sources []*source, m Metric) {
	unnamed := map[*Frame]*Row{}
	for _, r := range rows {
		if r.Kind == Entry && r.Frame.Function == "" {
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
