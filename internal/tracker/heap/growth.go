package heap

// A block grows by realloc, or as containers do that cannot use realloc: a larger block is
// allocated at the same site, what is in the old one is moved, and the old one is freed. The
// second is told by the order of one thread's events: it frees a block right after it has
// allocated a larger one at the same site. Nothing may come between, not even an allocation: then
// it is not known what the new block is for. (Containers whose elements allocate when they
// are moved are missed so: a std::vector of a type that is copied for want of a move that throws nothing.)
//
// A queue of messages of any size does so by chance, half of the time; the other half it frees
// the larger one. So where a quarter of the blocks that are freed right after another was
// allocated at their site, or more, had no larger one to follow them, none of them has grown.

// Growth is how the blocks of a site grew. A chain is a block, or the row of blocks that took
// each other's place.
type Growth struct {
	Chains                uint64 // that grew at all
	LongChains            uint64 // of 4 steps or more
	LongBlocks, LongBytes uint64 // steps of the long chains, and the sizes that their blocks had before the last
	Steps                 uint64 // of the longest chain, which has the greatest last size where several are as long
	First, Last           uint64 // its sizes, in bytes
	LeastAdded, MostAdded uint64 // by one of its steps
	Moves, CopiedBytes    uint64 // steps that moved the block, and what it had then where it was copied
	PeakOld               uint64 // of blocks that were live at the peak, as were those that took their place
}

// longChain is how many steps make a long chain.
const longChain = 4

// chain is how a live block has grown. It does so in one of the two ways: where it goes on in the
// other, another chain begins.
type chain struct {
	steps       uint32 // 0: it has not grown
	replaces    bool   // by allocations of larger blocks, not by realloc
	first       uint64 // bytes before the first step
	before      uint64 // the sum of the sizes that it had before the last, in bytes
	least, most uint64 // added by a step
}

// step counts that the block of a chain has grown from was to is bytes.
func (g *Growth) step(c *chain, was, is uint64) {
	added := is - was
	if c.steps == 0 {
		g.Chains++
		c.first, c.least = was, added
	}
	c.steps++
	c.before += was
	c.least, c.most = min(c.least, added), max(c.most, added)
	switch {
	case c.steps == longChain:
		g.LongChains++
		g.LongBlocks += longChain
		g.LongBytes += c.before
	case c.steps > longChain:
		g.LongBlocks++
		g.LongBytes += was
	}
	if steps := uint64(c.steps); steps > g.Steps || steps == g.Steps && is > g.Last {
		g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded = steps, c.first, is, c.least, c.most
	}
}

// add adds the growth of other chains of the same site. g may be nil, and is not changed.
func (g *Growth) add(o *Growth) *Growth {
	switch {
	case o.Chains == 0:
		return g
	case g == nil:
		g = new(Growth)
	}
	sum := *g
	if o.Steps > g.Steps || o.Steps == g.Steps && o.Last > g.Last {
		sum = *o
	}
	sum.Chains = g.Chains + o.Chains
	sum.LongChains, sum.LongBlocks, sum.LongBytes = g.LongChains+o.LongChains, g.LongBlocks+o.LongBlocks, g.LongBytes+o.LongBytes
	sum.Moves, sum.CopiedBytes = g.Moves+o.Moves, g.CopiedBytes+o.CopiedBytes
	sum.PeakOld = g.PeakOld + o.PeakOld
	return &sum
}

// siteGrowth is the account of how a site's blocks grew.
type siteGrowth struct {
	resized, replaced Growth // by realloc, and by allocations of larger blocks
	peak              uint64 // the stamp of the peak at which replaced.PeakOld was live

	// How many blocks were freed right after another one was allocated at the site: a larger
	// one, or not.
	larger, others uint64
}

// enoughOthers is how many blocks had no larger one to follow them before a site is not watched
// any more.
const enoughOthers = 32

// replaces reports whether the site's blocks grow by being replaced, as far as is known.
func (g *siteGrowth) replaces() bool { return 3*g.others <= g.larger }

// growth returns the account of a site, which may be new.
func (s *sites) growth(id SiteID) *siteGrowth {
	cold := s.cold(id)
	if cold.growth == nil {
		cold.growth = new(siteGrowth)
	}
	return cold.growth
}

// growResized counts that block was, whose extra is x, has become b by realloc. It returns the
// index of b's extra.
func (h *Heap) growResized(was, b block, x uint32) uint32 {
	if x == 0 && b.size <= was.size {
		return 0
	}
	if x == 0 {
		x = h.extras.add(b.site())
	}
	e := &h.extras.all[x]
	h.lookAway(x)
	if e.chain.replaces || b.size < was.size {
		e.chain = chain{}
	}
	if b.size > was.size {
		g := &h.sites.growth(b.site()).resized
		g.step(&e.chain, was.size, b.size)
		if was.addr != b.addr {
			g.Moves++
			if !hasMovedPages(was, b) {
				g.CopiedBytes += was.size
			}
		}
	}
	return x
}

// hasMovedPages reports whether a block has moved with its pages, by mremap, as C libraries
// do with those that have a mapping of their own: nothing was copied. Such a block lies right
// behind a header at the beginning of a page.
func hasMovedPages(was, b block) bool {
	const leastMapped, page, header = 128 << 10, 4096, 16
	return was.size >= leastMapped && was.addr%page == header && b.addr%page == header
}

// mayGrow is set in Thread.recent: the site follows.
const mayGrow = 1 << 31

// growReplaced is called as thread t frees block b. If another one of its site was allocated by the
// thread's last call, that counts as its place being taken, and the chain goes on with the other.
func (h *Heap) growReplaced(t *Thread, b block, x uint32) {
	recent := t.recent
	t.recent = 0
	if recent != uint32(b.site())|mayGrow {
		return
	}
	in, nx := h.extras.resolve(h.live.find(t.newest.addr))
	if in.addr == 0 || !t.isNewest(in) || b.signedAge(in.birth) <= 0 {
		return
	}
	g := h.sites.growth(b.site())
	if in.size <= b.size {
		if g.others++; g.others >= enoughOthers && !g.replaces() {
			h.sites.sizesOf(h.sites.at(b.site())).recent = 0
			g.replaced = Growth{}
		}
		return
	}
	g.larger++
	if nx == 0 {
		nx = h.extras.add(in.site())
		h.live.insert(in.with(nx))
	}
	to := &h.extras.all[nx]
	if to.chain = (chain{replaces: true}); x != 0 && h.extras.all[x].chain.replaces {
		to.chain = h.extras.all[x].chain
	}
	g.replaced.step(&to.chain, b.size, in.size)
	g.replaced.Moves++
	g.replaced.CopiedBytes += b.size
	if in.signedAge(h.peak.stamp) >= 0 {
		if g.peak != h.peak.stamp {
			g.peak, g.replaced.PeakOld = h.peak.stamp, 0
		}
		g.replaced.PeakOld += b.size
	}
}

// result returns how the site's blocks grew up to now, where the peak was at that stamp; nil if
// none did.
func (g *siteGrowth) result(peak uint64) *Growth {
	if g == nil {
		return nil
	}
	replaced := g.replaced
	if !g.replaces() {
		replaced = Growth{}
	}
	if g.peak != peak {
		replaced.PeakOld = 0
	}
	return (*Growth)(nil).add(&g.resized).add(&replaced)
}

// copy returns a copy. g may be nil.
func (g *siteGrowth) copy() *siteGrowth {
	if g == nil {
		return nil
	}
	c := *g
	return &c
}
