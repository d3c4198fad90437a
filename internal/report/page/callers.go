package page

import "heapprof/internal/report/names"

// findCallers finds by which functions those mostly run that have no names, as in a stripped program: what else could a reader
// know them by?
func (b *builder) findCallers() {
	type call struct {
		place  int32
		caller string
	}
	weights, all := map[call]uint64{}, map[int32]uint64{}
	for i := range b.points {
		pt := &b.points[i]
		f := b.joint.Functions[b.places[pt.place].function]
		if f.Function != "" || f.Runtime != nil || pt.Stack.Len() == 0 {
			continue
		}
		v := b.joint.Default.Value(pt.Point)
		all[pt.place] += v
		if name := b.namedCaller(pt); name != "" {
			weights[call{pt.place, name}] += v
		}
	}
	b.callers = map[int32]string{}
	for c, w := range weights {
		// Half is not "mostly".
		if w > all[c.place]-w {
			b.callers[c.place] = names.Qualified(c.caller)
		}
	}
}

// namedCaller returns the innermost function outward of a point's site that has a name and is no library code between; "" where there is
// none.
func (b *builder) namedCaller(pt *point) string {
	s := &b.joint.Sides[pt.side]
	stack, site := drawn(s.Source, pt.Stack.Frames())
	for _, f := range stack[site+1:] {
		if fr := s.Frames.Frame(f); fr.Function != "" && !fr.Plumbing && !fr.Startup && !fr.Marker {
			return fr.Name()
		}
	}
	return ""
}
