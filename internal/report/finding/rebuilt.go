package finding

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
)

// Rebuilt is the code of a function that builds something of many blocks at each call, which is
// all freed again before the next.
const Rebuilt Code = "rebuilt"

// Rebuilding is what a finding that something is rebuilt rests on.
type Rebuilding struct {
	Times  uint64 `json:"times"` // how often all blocks were freed
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
	Each   uint64 `json:"blocks-each-time"` // on average
	Stacks int    `json:"stacks"`
}

// rebuilding is a point whose blocks come many at a time and go all together, again and again.
type rebuilding struct {
	point    int
	times    uint64
	blocks   uint64
	levels   []int    // of the stack the frames that may be said, the innermost first
	function []string // what each of them is called, with its file
}

// rebuilt finds functions below which the same things are built and freed again and again. Which
// function it is is told by the innermost one below which nearly all of them are that were freed as
// often.
//
// It is mistaken where what is built differs so much that nothing of it can be kept, and where
// the allocator is an arena already.
func rebuilt(h *Heap) []Finding {
	const (
		leastOf     = 0.05 // of all blocks
		leastOfEach = 0.001
	)
	var left []*rebuilding
	for i := range h.Profile.Points {
		p := &h.Profile.Points[i]
		if float64(p.TotalBlocks) >= leastOfEach*float64(h.Totals.TotalBlocks) && isRebuilt(p) {
			left = append(left, h.rebuilding(i))
		}
	}
	slices.SortStableFunc(left, func(a, b *rebuilding) int { return cmp.Compare(b.blocks, a.blocks) })
	var all []Finding
	for len(left) > 0 {
		first := left[0]
		level, group := first.gather(left)
		left = slices.DeleteFunc(left, func(r *rebuilding) bool { return slices.Contains(group, r) })
		f, subjects := Finding{Remedy: KeepOrArena}, h.subjectsOf(group)
		e := Rebuilding{Times: first.times, Stacks: len(group)}
		for _, r := range group {
			e.Blocks += r.blocks
			e.Bytes += h.Profile.Points[r.point].TotalBytes
		}
		if len(subjects) == 0 || !h.areMany(e.Blocks, leastOf) {
			continue
		}
		e.Each = e.Blocks / e.Times
		f.Amount, f.Grounds, f.subjects = h.AmountOf(e.Bytes, e.Blocks, OfBlocks), &e, subjects
		f.Site = h.Source.Site(h.Profile.Points[first.point].Stack.Frames()[first.levels[level]:])
		if f.Site.Function == "" {
			continue // it may be what allocates the objects of a collector, which frees many at a time
		}
		all = append(all, f)
	}
	return all
}

// isRebuilt reports whether a point's blocks come many at a time and go all together, again
// and again, about as many each time. Of a queue, which runs empty now and then, more blocks come in
// between than live at once; and what another thread frees is handed over.
func isRebuilt(p *profile.Point) bool {
	const (
		often     = 20
		many      = 8   // blocks at a time
		alike     = 4   // times the average: the most at once
		elsewhere = 0.1 // of the blocks
	)
	f := p.Rest().Facts
	if f == nil || f.Emptied < often || float64(f.FreedElsewhere) > elsewhere*float64(p.TotalBlocks) {
		return false
	}
	each := (p.TotalBlocks - min(p.TotalBlocks, p.Rest().Reallocs)) / f.Emptied
	return each >= many && each <= p.Rest().MaxBlocks && p.Rest().MaxBlocks/alike <= each
}

// rebuilding returns a point that isRebuilt, with the functions that it may be said of: the
// program's own where there are any.
func (h *Heap) rebuilding(point int) *rebuilding {
	p := &h.Profile.Points[point]
	r := &rebuilding{point: point, times: p.Rest().Facts.Emptied, blocks: p.TotalBlocks}
	from, to := h.Source.Frames.Trim(p.Stack.Frames(), false)
	own := slices.ContainsFunc(p.Stack.Frames()[from:to], func(i uint32) bool { return h.Source.Frames.Frame(i).Own })
	for level := from; level < to; level++ {
		f := h.Source.Frames.Frame(p.Stack.At(level))
		if level > from && (f.Plumbing || f.Startup || f.Marker || own && !f.Own) {
			continue
		}
		r.levels = append(r.levels, level)
		r.function = append(r.function, f.Name()+"\x00"+f.Owner())
	}
	return r
}

// gather returns those of all points that are freed as often as r, and below the same function,
// which it returns as an index into r.levels: the innermost that has nearly all which a function further
// out has. The outermost one, main or a thread's, is only asked where there is no other.
func (r *rebuilding) gather(all []*rebuilding) (level int, group []*rebuilding) {
	const (
		asOften   = 0.05
		nearlyAll = 0.9
	)
	groups, blocks := make([][]*rebuilding, max(1, len(r.levels)-1)), make([]uint64, max(1, len(r.levels)-1))
	most := uint64(0)
	for i := range groups {
		for _, other := range all {
			differs := max(r.times, other.times) - min(r.times, other.times)
			if float64(differs) <= asOften*float64(r.times) && slices.Contains(other.function, r.function[i]) {
				groups[i] = append(groups[i], other)
				blocks[i] += other.blocks
			}
		}
		most = max(most, blocks[i])
	}
	for float64(blocks[level]) < nearlyAll*float64(most) {
		level++
	}
	return level, groups[level]
}

// subjectsOf returns the subjects of some points, in their order, without those that are too
// small to matter.
func (h *Heap) subjectsOf(group []*rebuilding) (subjects []*Subject) {
	for _, r := range group {
		if s := h.SubjectOf(r.point); s != nil && !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	return subjects
}
