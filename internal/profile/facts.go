package profile

// Facts is what is known of how the blocks of one point lived, besides its columns. Profiles
// of other tools, and older ones of heapprof, have none.
type Facts struct {
	// History are the point's states at those moments at which they differ from the moment
	// before, in the order of time; before the first they are all 0. Empty where the
	// profile has no moments.
	History []State
	// Births tells when the blocks were born that live at the end, in the order of time.
	Births []Births

	Growth *Growth // nil where no block of the point grew

	FreedElsewhere uint64 // blocks that another thread freed than the one that had allocated them
	FreedUnknown   uint64 // blocks that were freed without both threads being known
	Emptied        uint64 // how often the last live block of the point was freed

	Partner *Partner // nil where the point's blocks have none

	Sizes     []SizeClass     // histogram of requested sizes, ascending
	Lifetimes []LifetimeClass // histogram of the lifetimes of freed blocks, ascending

	// Threads are whose the point's blocks are, by thread. What they lack of the point's columns is nobody knows whose. Empty
	// where it was not recorded.
	Threads []ThreadShare
}

// Growth is how the blocks of a point grew: by realloc, or as containers of C++ do, by the allocation
// of a larger block at the same point, right after which, with no other call between, the same thread
// freed the smaller one, which was older. A chain is one block, or the row of blocks that took each
// other's place; a block that becomes smaller, or grows in the other way, begins another one.
//
// Growth of the second kind is not counted where a quarter or more of the blocks that
// were freed right after an allocation at their point had no larger one to follow them: these are
// no containers that grow, but one block after another, of any size.
type Growth struct {
	Chains     uint64 // that had one step or more
	LongChains uint64 // of them those that had 4 steps or more
	LongBlocks uint64 // steps of the long chains: as many blocks would have been saved by one allocation of the last size each
	LongBytes  uint64 // the sizes that the blocks of the long chains had before their last ones, added: what these allocations would have saved

	// The longest chain, the one with the greatest last size where several are as long.
	Steps       uint64 // how often it grew
	First, Last uint64 // its sizes in bytes before the first step and after the last
	// LeastAdded and MostAdded are the least and the most bytes that one of its steps added:
	// of the same order for growth by constant steps, far apart for growth by a factor.
	LeastAdded, MostAdded uint64

	Moves       uint64 // steps of all chains at which the block got another address
	CopiedBytes uint64 // bytes of the old blocks at these, but for those whose pages the kernel has moved
	PeakOld     uint64 // bytes of old blocks that were live at the peak beside the larger ones that took their place (not of realloc, in which one takes the other's place at once)
}

// Partner is another point, whose blocks are born and freed right before or after this one's.
type Partner struct {
	Point    int    // index into Profile.Points
	Looked   uint64 // blocks of this point, each of which was looked at from birth to death
	Together uint64 // of those, the ones whose neighbour at birth and at death, in the same thread, was one block of the other point
}

// LifetimeClass counts the freed blocks that lived at most Max time units and longer than those
// of the class before.
type LifetimeClass struct {
	Max    uint64
	Blocks uint64
}

// Plus returns the facts of two points together: f's and g's, either of which may be nil.
// Neither is written to. What only holds for one row of blocks is that of the point for which it is more.
func (f *Facts) Plus(g *Facts) *Facts {
	if f == nil {
		return g
	}
	if g == nil {
		return f
	}
	sum := *f
	sum.addCounts(g)
	sum.History = addHistories(f.History, g.History)
	sum.Births = addBirths(f.Births, g.Births)
	sum.Sizes = addClasses(f.Sizes, g.Sizes, SizeClass.plus)
	sum.Lifetimes = addClasses(f.Lifetimes, g.Lifetimes, LifetimeClass.plus)
	sum.Threads = addSorted(f.Threads, g.Threads, ThreadShare.key, ThreadShare.Plus)
	return &sum
}

// addCounts adds what g has to f, but for what is a list.
func (f *Facts) addCounts(g *Facts) {
	f.Growth = f.Growth.Plus(g.Growth)
	f.FreedElsewhere += g.FreedElsewhere
	f.FreedUnknown += g.FreedUnknown
	f.Emptied += g.Emptied
	f.Partner = f.Partner.add(g.Partner)
}

// addHistories returns the sum of two points' states at each moment at which one of them changes.
func addHistories(f, g []State) (sum []State) {
	var a, b State
	for len(f) > 0 || len(g) > 0 {
		at := ^uint32(0)
		if len(f) > 0 {
			at = f[0].Moment
		}
		if len(g) > 0 {
			at = min(at, g[0].Moment)
		}
		if len(f) > 0 && f[0].Moment == at {
			a, f = f[0], f[1:]
		}
		if len(g) > 0 && g[0].Moment == at {
			b, g = g[0], g[1:]
		}
		sum = append(sum, State{at, a.TotalBytes + b.TotalBytes, a.TotalBlocks + b.TotalBlocks, a.Bytes + b.Bytes, a.Blocks + b.Blocks})
	}
	return sum
}

// addBirths returns the births of two points together.
func addBirths(f, g []Births) []Births {
	return addSorted(f, g, func(b Births) uint64 { return uint64(b.Moment) }, func(a, b Births) Births {
		return Births{a.Moment, a.Bytes + b.Bytes, a.Blocks + b.Blocks}
	})
}

// addClasses returns two histograms together.
func addClasses[C interface{ max() uint64 }](f, g []C, add func(a, b C) C) []C {
	return addSorted(f, g, C.max, add)
}

func (c SizeClass) max() uint64     { return c.Max }
func (c LifetimeClass) max() uint64 { return c.Max }

// plus returns two classes of the same Max together.
func (c SizeClass) plus(d SizeClass) SizeClass {
	return SizeClass{c.Max, c.Blocks + d.Blocks, c.Bytes + d.Bytes}
}

// plus: see SizeClass.plus.
func (c LifetimeClass) plus(d LifetimeClass) LifetimeClass {
	return LifetimeClass{c.Max, c.Blocks + d.Blocks}
}

// addSorted merges two lists, ascending by key, and adds those of the same key.
func addSorted[T any](f, g []T, key func(T) uint64, add func(a, b T) T) []T {
	switch {
	case len(f) == 0:
		return g
	case len(g) == 0:
		return f
	}
	sum := make([]T, 0, len(f)+len(g))
	for len(f) > 0 && len(g) > 0 {
		switch a, b := key(f[0]), key(g[0]); {
		case a < b:
			sum, f = append(sum, f[0]), f[1:]
		case a > b:
			sum, g = append(sum, g[0]), g[1:]
		default:
			sum, f, g = append(sum, add(f[0], g[0])), f[1:], g[1:]
		}
	}
	return append(append(sum, f...), g...)
}

// Plus returns the growth of the blocks of two points together. Either may be nil.
func (g *Growth) Plus(h *Growth) *Growth {
	if g == nil {
		return h
	}
	if h == nil {
		return g
	}
	sum := *g
	if h.Steps > g.Steps || h.Steps == g.Steps && h.Last > g.Last {
		sum = *h
	}
	sum.Chains = g.Chains + h.Chains
	sum.LongChains, sum.LongBlocks, sum.LongBytes = g.LongChains+h.LongChains, g.LongBlocks+h.LongBlocks, g.LongBytes+h.LongBytes
	sum.Moves, sum.CopiedBytes = g.Moves+h.Moves, g.CopiedBytes+h.CopiedBytes
	sum.PeakOld = g.PeakOld + h.PeakOld
	return &sum
}

// add returns the partner of two points that became one: nil if theirs are not one point. Either
// may be nil.
func (p *Partner) add(q *Partner) *Partner {
	if p == nil || q == nil || p.Point != q.Point {
		return nil
	}
	return &Partner{p.Point, p.Looked + q.Looked, p.Together + q.Together}
}

// renumberPartners makes partners point to where their points are now: point i has become
// numbers[i]. Facts are replaced, not written to.
func renumberPartners(points []Point, numbers []int) {
	for i := range points {
		f := points[i].Rest().Facts
		if f == nil || f.Partner == nil {
			continue
		}
		own, partner := *f, *f.Partner
		partner.Point = numbers[partner.Point]
		own.Partner = &partner
		if partner.Point == i {
			own.Partner = nil // they have become one point
		}
		points[i].Edit().Facts = &own
	}
}

// moved returns the facts of a point of another profile whose first point has become that of
// index first, and whose threads have become those of the given indices, without what the two profiles' clocks, which began at
// different moments, tell.
func (f *Facts) moved(first int, threads []int) *Facts {
	if f == nil {
		return nil
	}
	own := *f
	own.History, own.Births = nil, nil
	own.Threads = movedShares(f.Threads, threads)
	if f.Partner != nil {
		partner := *f.Partner
		partner.Point += first
		own.Partner = &partner
	}
	return &own
}
