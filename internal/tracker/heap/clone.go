package heap

import (
	"cmp"
	"maps"
	"slices"
)

// Clone returns the heap of a child that the program forked at the moment stamp:
// it has the same sites and the same live blocks, with their births, and goes
// its own way from here. The threads of the child begin as zero values of Thread.
//
// The child's account begins with what it inherits. Its totals at each site
// are the blocks live there now, one for each and as large as it is now, as if
// the child had allocated them itself; so what is live at the peak or the end
// is never more than the total. Result.Inherited says how much that is in all:
// subtract it for what the child allocated. The child's peak and maxima are
// those since the fork. The lifetime of an inherited block counts from its
// birth in the parent. Sizes, growth, temporary blocks, reallocs, the timeline and the moments begin
// empty: the windows are those of the child's own run, and what was marked in its parent
// is what the parent's totals lead to, not its own.
//
// The time and memory that Clone takes grows with the number of sites, not
// with that of the live blocks.
func (h *Heap) Clone(stamp uint64) *Heap {
	c := &Heap{
		live:      h.live.clone(),
		sites:     h.sites.inherit(),
		extras:    h.extras.inherit(),
		bytes:     h.bytes,
		blocks:    h.blocks,
		timeline:  timeline{limit: h.timeline.limit},
		inherited: Amount{h.bytes, h.blocks},
		forked:    stamp,
		frees:     h.frees.clone(),
		before:    before{has: h.before.has},
	}
	c.peak = moment{0, h.bytes, h.blocks}
	// The threads that resize a block do not exist in the child, so the blocks
	// are put back. If two come from one address, the first was moved from it
	// before the second could be there: the later realloc's block has it.
	pending := slices.Clone(h.resizing)
	slices.SortStableFunc(pending, func(a, b resizing) int { return cmp.Compare(b.stamp, a.stamp) })
	for _, r := range pending {
		if r.block.addr != 0 {
			c.restore(r.block, r.extra, r.stamp)
		}
	}
	return c
}

// Copy returns a heap with the same account, which goes its own way from here: its Finish
// is that of h at this moment, and may be called while h goes on, even by another
// goroutine. The threads of h are not the copy's.
//
// As with Clone, the time and memory that it takes grows with the number of sites, not
// with that of the live blocks. Finish looks at each of these.
func (h *Heap) Copy() *Heap {
	c := *h
	c.live = h.live.clone()
	c.sites = h.sites.copy()
	c.extras.all = slices.Clone(h.extras.all)
	c.partners.pairs = maps.Clone(h.partners.pairs)
	c.timeline.readings = slices.Clone(h.timeline.readings)
	c.resizing = slices.Clone(h.resizing)
	c.frees = h.frees.copy()
	return &c
}

// copy returns a deep copy of the sites.
func (s *sites) copy() sites {
	c := *s
	c.moments = s.moments.copy()
	c.threads = s.threads.copy()
	c.drained = maps.Clone(s.drained)
	c.varied = make([]*siteSizes, len(s.varied))
	for i, sizes := range s.varied {
		c.varied[i] = sizes.copy()
	}
	c.chunks = make([]*siteChunk, len(s.chunks))
	for i, from := range s.chunks {
		to := new(siteChunk)
		*to = *from
		for j := range to.cold {
			// Clipped, so that an append of either copies and leaves the other's alone.
			to.cold[j].chunks = slices.Clip(from.cold[j].chunks)
			to.cold[j].growth = from.cold[j].growth.copy()
		}
		c.chunks[i] = to
	}
	return c
}

// inherit returns the sites of a forked child, whose totals are the blocks that are live
// now.
func (s *sites) inherit() sites {
	threads, serials := s.threads.inherit()
	c := sites{n: s.n, moments: newMoments(), threads: threads, chunks: make([]*siteChunk, len(s.chunks))}
	for i := range c.chunks {
		from, to := s.chunks[i], new(siteChunk)
		for j := range from.hot {
			old := &from.hot[j]
			to.hot[j] = site{
				totalBytes: old.bytes, totalBlocks: uint64(old.blocks),
				bytes: old.bytes, blocks: old.blocks,
				maxBytes: old.bytes, maxBlocks: old.blocks,
			}
			if old.blocks > 0 {
				to.hot[j].size = noSizes // of which siteSizes counts none that are inherited
			}
			// Where nothing was freed, what is live is what was allocated.
			if chunks := from.cold[j].chunks; uint64(old.blocks) == old.totalBlocks {
				to.cold[j].chunks = slices.Clone(chunks)
			}
		}
		to.inheritFirst(from, serials)
		c.chunks[i] = to
	}
	return c
}
