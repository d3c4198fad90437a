package page

import (
	"slices"

	"heapprof/internal/profile"
)

// addWindows adds the states of records at moments: of as many nodes as there is room for.
func (d *draft) addWindows() {
	p := d.joint.Sides[0].Profile
	if len(p.Moments) == 0 || d.limits.windows == 0 {
		return
	}
	const (
		first = 1_500 // nodes: more would take long, and are too small to be seen in a part of a run
		each  = 0.7   // bytes that a number takes when it is encoded
	)
	room := int(float64(d.limits.windows) / each)
	n := min(first, d.limits.nodes, len(d.nodes))
	for {
		w, numbers := d.windows(d.tree.prune(d.nodes, n))
		if numbers <= room {
			d.page.Windows = w
			return
		}
		if n == 1 {
			return // there are so many sites, or moments, that there is no room for the smallest
		}
		// A node has fewer records of its own the smaller it is.
		part := float64(room) / float64(numbers)
		n = max(int(float64(n)*part*part), 1)
	}
}

// windows returns the states of the records of some nodes, and how many numbers these are.
func (d *draft) windows(kept *pruned) (w *Windows, numbers int) {
	p := d.joint.Sides[0].Profile
	w = &Windows{}
	for _, m := range p.Moments {
		w.Time, w.Mark = append(w.Time, m.Time), append(w.Mark, d.cut(m.Mark))
	}
	g := d.group(kept)
	c := g.columns()
	w.Node, w.Place, w.Type, w.SiteType, w.Rest = c.node, c.place, c.typ, c.siteType, c.rest
	sums := newMomentSums(len(p.Moments))
	for i := range g.records {
		var end profile.Point
		for _, n := range g.of(i) {
			pt := d.points[n].Point
			end.TotalBytes, end.TotalBlocks = end.TotalBytes+pt.TotalBytes, end.TotalBlocks+pt.TotalBlocks
			end.EndBytes, end.EndBlocks = end.EndBytes+pt.EndBytes, end.EndBlocks+pt.EndBlocks
			sums.add(pt.Facts)
		}
		states, births := sums.take()
		w.States, w.Births = append(w.States, states), append(w.Births, births)
		w.End = append(w.End, []uint64{end.TotalBytes, end.TotalBlocks, end.EndBytes, end.EndBlocks})
		numbers += len(states) + len(births) + 8
	}
	return w, numbers
}

// momentSums adds up what is known of points at moments.
type momentSums struct {
	changes []profile.State // of each moment: the difference to the one before; Moment is 1 where a point's state changed
	births  []profile.Births
}

func newMomentSums(moments int) *momentSums {
	return &momentSums{changes: make([]profile.State, moments), births: make([]profile.Births, moments+1)}
}

// add adds a point's.
func (m *momentSums) add(f *profile.Facts) {
	if f == nil {
		return
	}
	var last profile.State
	for _, s := range f.History {
		at := &m.changes[s.Moment]
		at.Moment = 1
		at.TotalBytes += s.TotalBytes - last.TotalBytes
		at.TotalBlocks += s.TotalBlocks - last.TotalBlocks
		at.Bytes += s.Bytes - last.Bytes // below 0 where it falls, which the sum is not
		at.Blocks += s.Blocks - last.Blocks
		last = s
	}
	for _, b := range f.Births {
		m.births[b.Moment].Bytes += b.Bytes
		m.births[b.Moment].Blocks += b.Blocks
	}
}

// take returns the sums as Windows.States and Windows.Births have them, and is empty then.
func (m *momentSums) take() (states []int64, births []uint64) {
	states, births = []int64{}, []uint64{}
	last := 0
	for i, s := range m.changes {
		if s.Moment != 0 {
			states = append(states, int64(i-last), int64(s.TotalBytes), int64(s.TotalBlocks), int64(s.Bytes), int64(s.Blocks))
			last = i
		}
	}
	for i, b := range m.births {
		if b.Blocks != 0 || b.Bytes != 0 {
			births = append(births, uint64(i), b.Bytes, b.Blocks)
		}
	}
	clear(m.changes)
	clear(m.births)
	return slices.Clip(states), slices.Clip(births)
}
