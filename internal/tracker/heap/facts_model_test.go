package heap

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// modelFacts is what a model knows besides its sites' columns: a log of what happened to each
// block, of which finishFacts makes what Heap keeps as it goes.
type modelFacts struct {
	blocks   []*modelBlock // all that there were, inherited ones, too
	owners   []*modelOwner
	shared   *modelOwner
	peakLive map[*modelBlock]bool
	replaced []replacement
}

// modelOwner is who has allocated blocks.
type modelOwner struct {
	total, live, peak Amount
	max, temporary    uint64
	elsewhere         uint64
	inherited         bool

	allocated, freed uint64 // calls

	shares map[SiteID]*Share
}

// blockFacts is what a model knows of a block.
type blockFacts struct {
	owner     *modelOwner // in whose account it is
	allocator *modelOwner // who has allocated it
	freer     *modelOwner // nil: it lives, or that is not known
	ended     bool
	inherited bool
	end       uint64
	sizes     []uint64 // that it has had, the present one included
	moves     []bool   // by each resize

	nth, nthFree uint64 // among the calls of the allocator, and of the freer
	looked       bool
	may          bool // whether its allocation may have been a step
}

// replacement is a free right after an allocation at the same site.
type replacement struct{ old, new *modelBlock }

func (m *model) owner(t *Thread) *modelOwner {
	mt := m.thread(t)
	if mt.owner == nil {
		mt.owner = &modelOwner{}
		m.facts.owners = append(m.facts.owners, mt.owner)
	}
	return mt.owner
}

// ownerOf returns whose account a block of that size is in.
func (m *model) ownerOf(o *modelOwner, size uint64) *modelOwner {
	if size < 1<<32 {
		return o
	}
	if m.facts.shared == nil {
		m.facts.shared = &modelOwner{}
		m.facts.owners = append(m.facts.owners, m.facts.shared)
	}
	return m.facts.shared
}

// born is called before a new block is counted.
func (m *model) born(t *Thread, b *modelBlock) {
	o := m.owner(t)
	o.allocated++
	b.facts = blockFacts{allocator: o, owner: m.ownerOf(o, b.size), sizes: []uint64{b.size}, nth: o.allocated}
	m.facts.blocks = append(m.facts.blocks, b)
	b.facts.owner.count(b.site, Amount{b.size, 1}, int64(b.size), 1)
	b.facts.may = m.sites[b.site].inherits || slices.ContainsFunc(m.facts.blocks, func(o *modelBlock) bool {
		return o.site == b.site && slices.ContainsFunc(o.facts.sizes, func(size uint64) bool { return size != b.size })
	})
	m.thread(t).last = b
}

// died is called before the end of a block is counted. t is nil if nobody knows who freed it.
func (m *model) died(t *Thread, b *modelBlock, stamp uint64) {
	b.facts.ended, b.facts.end = true, stamp
	b.facts.owner.count(b.site, Amount{}, -int64(b.size), -1)
	if t == nil {
		return
	}
	o, mt := m.owner(t), m.thread(t)
	b.facts.freer, b.facts.nthFree = o, o.freed
	o.freed++
	if last := mt.last; last != nil && last != b && mt.newest == last && !last.foreign && last.facts.may && last.site == b.site && b.birth < last.birth && m.isLive(last) {
		m.facts.replaced = append(m.facts.replaced, replacement{b, last})
	}
	mt.last = nil
}

// resized is called before a resize is counted.
func (m *model) resized(t *Thread, b *modelBlock, size uint64, moved bool) {
	m.thread(t).last = nil
	from := b.facts.owner
	to := m.ownerOf(from, size)
	from.count(b.site, Amount{}, -int64(b.size), -1)
	to.count(b.site, Amount{size, 1}, int64(size), 1)
	b.facts.owner = to
	b.facts.looked = false
	b.facts.sizes = append(b.facts.sizes, size)
	b.facts.moves = append(b.facts.moves, moved)
}

// notePeak is called when the heap is at its peak.
func (m *model) notePeak() {
	m.facts.peakLive = map[*modelBlock]bool{}
	for _, b := range m.facts.blocks {
		if !b.facts.ended {
			m.facts.peakLive[b] = true
		}
	}
	for _, o := range m.facts.owners {
		o.peak = o.live
		for _, s := range o.shares {
			s.Peak = s.End
		}
	}
}

// inheritFacts makes the facts of a forked child, whose live blocks are copies of the parent's.
func (c *model) inheritFacts(parent *model, resizing []*modelBlock) {
	owners := map[*modelOwner]*modelOwner{}
	for i := range c.sites {
		c.sites[i].inherits = c.sites[i].live.Blocks > 0
	}
	for _, b := range slices.AppendSeq(resizing, maps.Values(c.live)) {
		was := b.facts.owner
		owner := owners[was]
		if owner == nil {
			owner = &modelOwner{inherited: true}
			owners[was] = owner
			c.facts.owners = append(c.facts.owners, owner)
			if was == parent.facts.shared {
				c.facts.shared = owner
			}
		}
		b.facts = blockFacts{owner: owner, allocator: owner, inherited: true, sizes: []uint64{b.size}}
		c.facts.blocks = append(c.facts.blocks, b)
		owner.count(b.site, Amount{b.size, 1}, int64(b.size), 1)
	}
	c.notePeak()
}

// call is one of a thread's allocations, or of its frees.
type call struct {
	by  *modelOwner
	nth uint64
}

// neighbours are the blocks that were looked at from birth to death, by their births and deaths.
type neighbours struct{ born, died map[call]*modelBlock }

func (m *model) neighbours() neighbours {
	n := neighbours{map[call]*modelBlock{}, map[call]*modelBlock{}}
	for _, b := range m.facts.blocks {
		if f := b.facts; f.looked && f.freer != nil {
			n.born[call{f.allocator, f.nth}], n.died[call{f.freer, f.nthFree}] = b, b
		}
	}
	return n
}

// partner returns the partner of a site with those blocks.
func (n neighbours) partner(blocks []*modelBlock) *Partner {
	together := map[SiteID]uint64{}
	count := uint64(0)
	for _, b := range blocks {
		f := b.facts
		if !f.looked || f.freer == nil {
			continue
		}
		count++
		with := map[SiteID]bool{}
		for _, o := range []*modelBlock{n.born[call{f.allocator, f.nth - 1}], n.born[call{f.allocator, f.nth + 1}]} {
			diedBeside := o == n.died[call{f.freer, f.nthFree - 1}] || o == n.died[call{f.freer, f.nthFree + 1}]
			if o != nil && o.site != b.site && diedBeside && o.birth <= f.end && b.birth <= o.facts.end {
				with[o.site] = true
			}
		}
		for site := range with {
			together[site]++
		}
	}
	var best *Partner
	for _, other := range slices.Sorted(maps.Keys(together)) {
		if t := together[other]; count >= 8 && 2*t >= count && (best == nil || t > best.Together) {
			best = &Partner{other, count, t}
		}
	}
	return best
}

// lives counts the blocks that have ended by how long they lived.
func (m *model) lives(blocks []*modelBlock) (classes []LifeClass) {
	var counts [14]uint64
	for _, b := range blocks {
		if !b.facts.ended {
			continue
		}
		class := 0
		for limit := uint64(1024); b.facts.end-b.birth >= limit && class < 13; limit *= 4 {
			class++
		}
		counts[class]++
	}
	limit := uint64(1024)
	for i, n := range counts {
		if i == 13 {
			limit = 0
		}
		if n > 0 {
			classes = append(classes, LifeClass{limit, n})
		}
		limit *= 4
	}
	return classes
}

// factsOf returns the facts of a site with those blocks, but for its growth and partner.
func (m *model) factsOf(site *modelSite, blocks []*modelBlock) Facts {
	f := Facts{Emptied: site.emptied, Lifetimes: m.lives(blocks)}
	sizes := map[uint64]Amount{}
	for _, b := range blocks {
		for i, size := range b.sizes() {
			if i > 0 || !b.facts.inherited {
				class := uint64(0)
				for ; class < size; class = max(1, 2*class) {
				}
				sizes[class] = Amount{sizes[class].Bytes + size, sizes[class].Blocks + 1}
			}
		}
		switch o := b.facts.owner; {
		case !b.facts.ended:
		case b.facts.freer == nil, o.inherited, o == m.facts.shared:
			f.FreedUnknown++
		case b.facts.freer != o:
			f.FreedElsewhere++
		}
	}
	for _, limit := range slices.Sorted(maps.Keys(sizes)) {
		f.Sizes = append(f.Sizes, SizeClass{limit, sizes[limit].Blocks, sizes[limit].Bytes})
	}
	return f
}

// threads returns the rows of the threads.
func (m *model) rows() (rows []ThreadResult) {
	for _, o := range m.facts.owners {
		if o.total.Blocks > 0 {
			rows = append(rows, o.row())
		}
	}
	return rows
}

func (o *modelOwner) row() ThreadResult {
	return ThreadResult{
		TotalBytes: o.total.Bytes, TotalBlocks: o.total.Blocks, MaxBytes: o.max,
		PeakBytes: o.peak.Bytes, PeakBlocks: o.peak.Blocks, EndBytes: o.live.Bytes, EndBlocks: o.live.Blocks,
		TemporaryBlocks: o.temporary, FreedElsewhere: o.elsewhere,
	}
}

// takeFacts takes from a result what checkFacts checks.
func takeFacts(r *Result) (facts []Facts, threads []ThreadResult, lives []LifeClass) {
	facts, threads, lives = r.Facts, r.Threads, r.Lifetimes
	r.Facts, r.Threads, r.Lifetimes = nil, nil, nil
	return facts, threads, lives
}

// checkFacts compares what a heap and its model know besides the columns.
func checkFacts(t *testing.T, r *Result, m *model) {
	t.Helper()
	facts, threads, lives := takeFacts(r)
	blocks, replaced := make([][]*modelBlock, len(m.sites)), make([][]replacement, len(m.sites))
	for _, b := range m.facts.blocks {
		blocks[b.site] = append(blocks[b.site], b)
	}
	for _, r := range m.facts.replaced {
		replaced[r.old.site] = append(replaced[r.old.site], r)
	}
	neighbours := m.neighbours()
	for id := range m.sites {
		got, want := facts[id], m.factsOf(&m.sites[id], blocks[id])
		growth, ties := m.growth(blocks[id], replaced[id])
		if got.Growth != nil && ties[got.Growth.ofLongest()] {
			of := *got.Growth
			growth.First, growth.LeastAdded, growth.MostAdded = of.First, of.LeastAdded, of.MostAdded
		}
		if !reflect.DeepEqual(got.Growth, growth) {
			t.Fatalf("site %d grew %+v, want %+v", id, got.Growth, growth)
		}
		if partner := neighbours.partner(blocks[id]); !reflect.DeepEqual(got.Partner, partner) {
			t.Fatalf("site %d has the partner %+v, want %+v", id, got.Partner, partner)
		}
		if got, want := ownersOf(got.Threads, threads), m.ownersOf(SiteID(id)); !maps.Equal(got, want) {
			t.Fatalf("site %d has of its threads %+v, want %+v", id, got, want)
		}
		got.Growth, got.Partner, got.Threads = nil, nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("site %d has %+v, want %+v", id, got, want)
		}
	}
	if want := m.lives(m.facts.blocks); !slices.Equal(lives, want) {
		t.Fatalf("lifetimes are %+v, want %+v", lives, want)
	}
	sum := func(rows []ThreadResult) map[ThreadResult]int {
		m := map[ThreadResult]int{}
		for _, r := range rows {
			r.Threads = 0
			m[r]++
		}
		return m
	}
	if got, want := sum(threads), sum(m.rows()); !maps.Equal(got, want) {
		t.Fatalf("threads have %+v, want %+v", got, want)
	}
}

// isLive reports whether a block lives and nobody resizes it.
func (m *model) isLive(b *modelBlock) bool {
	for _, live := range m.live {
		if live == b {
			return true
		}
	}
	return false
}

// TestCountsThatOverflowAreDrained has a site count more than 32 bits hold.
func TestCountsThatOverflowAreDrained(t *testing.T) {
	h := New(Options{})
	site := h.NewSite()
	th := new(Thread)
	h.Alloc(th, 0x1000, 8, 10, site)
	h.Free(th, 0x1000, 10+leastLife)
	for range 5 {
		h.sites.at(site).counts[0] += 1 << 30
		th.account.freed.Blocks += 1 << 30
		h.sites.drain()
	}
	if got := h.sites.count(site, 0); got != 5<<30+1 {
		t.Errorf("%d blocks lived so long, want %d", got, uint64(5<<30+1))
	}
}
