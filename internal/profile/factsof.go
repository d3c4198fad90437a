package profile

import (
	"cmp"
	"slices"
)

// FactsOf returns the facts of some of the points, indices into Points, together, as Plus adds
// them up; nil where nothing is known of any. A site may have ten thousand stacks: all is added
// up in place.
func (p *Profile) FactsOf(points []int) *Facts {
	if len(points) == 1 {
		return p.Points[points[0]].Rest().Facts
	}
	var own *Facts
	births := make([]Births, len(p.Moments)+1)
	var sizes []SizeClass
	var lifetimes []LifetimeClass
	var threads threadSums
	for _, i := range points {
		f := p.Points[i].Rest().Facts
		if f == nil {
			continue
		}
		if own == nil {
			copied := *f
			own = &copied
		} else {
			own.addCounts(f)
		}
		for _, c := range f.Sizes {
			at := classAt(&sizes, c.Max)
			at.Max = c.Max
			at.Blocks += c.Blocks
			at.Bytes += c.Bytes
		}
		for _, c := range f.Lifetimes {
			at := classAt(&lifetimes, c.Max)
			at.Max = c.Max
			at.Blocks += c.Blocks
		}
		threads.add(f.Threads)
		for _, b := range f.Births {
			births[b.Moment].Bytes += b.Bytes
			births[b.Moment].Blocks += b.Blocks
		}
	}
	if own == nil {
		return nil
	}
	own.History, own.Sizes, own.Lifetimes, own.Threads = p.HistoryOf(points), sizes, lifetimes, threads.shares()
	for i := range births {
		births[i].Moment = uint32(i)
	}
	own.Births = slices.DeleteFunc(births, func(b Births) bool { return b.Blocks == 0 })
	return own
}

// HistoryOf returns the history of some of the points, indices into Points, together.
func (p *Profile) HistoryOf(points []int) (history []State) {
	moments := make([]State, len(p.Moments))
	for _, i := range points {
		f := p.Points[i].Rest().Facts
		if f == nil {
			continue
		}
		if len(points) == 1 {
			return f.History
		}
		var last State
		for _, s := range f.History {
			at := &moments[s.Moment]
			at.Moment++ // a point's state changes there
			at.TotalBytes += s.TotalBytes - last.TotalBytes
			at.TotalBlocks += s.TotalBlocks - last.TotalBlocks
			at.Bytes += s.Bytes - last.Bytes // below 0 where it falls, which the sum is not
			at.Blocks += s.Blocks - last.Blocks
			last = s
		}
	}
	var sum State
	for i, s := range moments {
		if s.Moment > 0 {
			sum = State{uint32(i), sum.TotalBytes + s.TotalBytes, sum.TotalBlocks + s.TotalBlocks, sum.Bytes + s.Bytes, sum.Blocks + s.Blocks}
			history = append(history, sum)
		}
	}
	return history
}

// classAt returns the class of a histogram that has that Max. It may be new, and is then all 0.
func classAt[C interface{ max() uint64 }](classes *[]C, limit uint64) *C {
	i, found := slices.BinarySearchFunc(*classes, limit, func(c C, limit uint64) int { return cmp.Compare(c.max(), limit) })
	if !found {
		var none C
		*classes = slices.Insert(*classes, i, none)
	}
	return &(*classes)[i]
}
