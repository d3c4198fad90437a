package heap

import (
	"cmp"
	"maps"
	"slices"
)

// model keeps the same account as Heap in the slowest and plainest way: maps,
// and a copy of every site whenever the heap is at its peak.
type model struct {
	live     map[uint64]*modelBlock
	sites    []modelSite
	threads  map[*Thread]*modelThread
	peak     Amount
	peakAt   uint64
	began    bool
	counts   Counts
	sizes    map[uint64]Amount // by size asked for
	inherits Amount
	forked   uint64
	history  []Reading // what was live after each event
	moments  modelMoments
	facts    modelFacts
}

type modelBlock struct {
	site    SiteID
	size    uint64
	birth   uint64
	facts   blockFacts
	foreign bool // another thread resized it, or its own after it allocated or resized another
}

type modelSite struct {
	total, live, peak   Amount
	maxBytes, maxBlocks uint64
	lifetime            uint64
	temporary, reallocs uint64
	allocated           []uint64 // sizes of its blocks
	emptied             uint64
	inherits            bool // whether it has blocks of the parent
	kept                bool // when the last was allocated, all lived
}

type modelThread struct {
	newest *modelBlock
	last   *modelBlock // that the last call has allocated
	owner  *modelOwner

	resizing      *modelBlock
	resizingAddr  uint64
	resizingStamp uint64
}

func newModel() *model {
	return &model{
		live:    map[uint64]*modelBlock{},
		threads: map[*Thread]*modelThread{},
		sizes:   map[uint64]Amount{},
	}
}

func (m *model) thread(t *Thread) *modelThread {
	if m.threads[t] == nil {
		m.threads[t] = &modelThread{}
	}
	return m.threads[t]
}

func (m *model) newSite() { m.sites = append(m.sites, modelSite{}) }

func (m *model) liveNow() (a Amount) {
	for _, s := range m.sites {
		a.Bytes += s.live.Bytes
		a.Blocks += s.live.Blocks
	}
	return a
}

// changed is called after each change. Only an allocation moves the time of the
// peak.
func (m *model) changed(stamp uint64, allocation bool) {
	now := m.liveNow()
	for i := range m.sites {
		s := &m.sites[i]
		s.maxBytes = max(s.maxBytes, s.live.Bytes)
		s.maxBlocks = max(s.maxBlocks, s.live.Blocks)
	}
	if now.Bytes < m.peak.Bytes {
		return
	}
	m.peak = now
	if allocation {
		m.peakAt = stamp
	}
	m.notePeak()
	for i := range m.sites {
		m.sites[i].peak = m.sites[i].live
	}
}

// begin is called before and end after what an event changes.
func (m *model) begin(stamp uint64) {
	if !m.began {
		m.began = true
		m.peakAt = stamp
		m.moments.began = stamp
	}
}

func (m *model) end(stamp uint64) {
	now := m.liveNow()
	m.history = append(m.history, Reading{Stamp: stamp, Bytes: now.Bytes, Blocks: now.Blocks})
	m.note(stamp)
}

func (m *model) countSize(size uint64) {
	a := m.sizes[size]
	m.sizes[size] = Amount{a.Bytes + size, a.Blocks + 1}
}

func (m *model) alloc(t *Thread, addr, size, stamp uint64, site SiteID) {
	m.begin(stamp)
	if old := m.live[addr]; old != nil {
		m.missed(old)
		m.close(nil, old, stamp)
		delete(m.live, addr)
	}
	b := &modelBlock{site: site, size: size, birth: stamp}
	m.born(t, b)
	m.live[addr] = b
	m.thread(t).newest = b
	m.countSize(size)
	s := &m.sites[site]
	s.total.Bytes += size
	s.total.Blocks++
	s.live.Bytes += size
	s.live.Blocks++
	s.allocated = append(s.allocated, size)
	s.kept = s.live.Blocks == s.total.Blocks
	m.changed(stamp, true)
	m.end(stamp)
}

// missed counts that the free of a live block was not seen.
func (m *model) missed(b *modelBlock) {
	if m.inherits.Blocks > 0 && b.birth <= m.forked {
		m.counts.LateEvents++
	} else {
		m.counts.LostFrees++
	}
}

func (m *model) close(t *Thread, b *modelBlock, stamp uint64) {
	m.died(t, b, stamp)
	s := &m.sites[b.site]
	s.live.Bytes -= b.size
	s.live.Blocks--
	s.lifetime += stamp - b.birth
	if s.live.Blocks == 0 {
		s.emptied++
	}
	m.changed(stamp, false)
}

func (m *model) closeBy(t *Thread, b *modelBlock, stamp uint64) {
	if mt := m.thread(t); mt.newest == b && !b.foreign {
		m.sites[b.site].temporary++
		b.facts.owner.temporary++
	}
	m.close(t, b, stamp)
	if o := b.facts.owner; b.facts.freer != o && !o.inherited && o != m.facts.shared {
		o.elsewhere++
	}
}

func (m *model) free(t *Thread, addr, stamp uint64) {
	m.begin(stamp)
	b := m.live[addr]
	if b == nil {
		m.counts.UnknownFrees++
	} else {
		delete(m.live, addr)
		m.closeBy(t, b, stamp)
	}
	m.end(stamp)
}

func (m *model) beginRealloc(t *Thread, addr, stamp uint64) {
	m.begin(stamp)
	mt := m.thread(t)
	mt.resizing, mt.resizingAddr, mt.resizingStamp = m.live[addr], addr, stamp
	delete(m.live, addr)
	m.end(stamp)
}

func (m *model) endRealloc(t *Thread, addr, size, stamp uint64, site SiteID, outcome Outcome) {
	mt := m.thread(t)
	b := mt.resizing
	mt.resizing = nil
	switch {
	case b == nil && outcome == Resized:
		m.counts.UnknownFrees++
		m.alloc(t, addr, size, stamp, site)
		return
	case b == nil && outcome == Freed:
		m.counts.UnknownFrees++
	case b == nil:
	case outcome == Resized:
		if old := m.live[addr]; old != nil {
			m.missed(old)
			m.close(nil, old, stamp)
		}
		s := &m.sites[b.site]
		s.total.Bytes += size
		s.total.Blocks++
		s.reallocs++
		s.live.Bytes += size - b.size
		m.resized(t, b, size, addr != mt.resizingAddr)
		b.size = size
		if mt.newest != b || b.foreign {
			b.foreign, mt.newest = true, nil
		}
		m.countSize(size)
		m.changed(stamp, true)
		m.live[addr] = b
	case outcome == Freed:
		m.closeBy(t, b, mt.resizingStamp)
	default:
		m.restore(b, mt.resizingAddr, stamp)
	}
	m.end(stamp)
}

func (m *model) restore(b *modelBlock, addr, stamp uint64) {
	if m.live[addr] != nil {
		m.counts.LostFrees++
		m.close(nil, b, stamp)
		return
	}
	m.live[addr] = b
}

func (m *model) clone(stamp uint64) *model {
	c := newModel()
	c.forked = stamp
	c.live = maps.Clone(m.live)
	for addr, b := range c.live {
		copied := *b
		c.live[addr] = &copied
	}
	for _, s := range m.sites {
		inherited := modelSite{
			total: s.live, live: s.live, peak: s.live,
			maxBytes: s.live.Bytes, maxBlocks: s.live.Blocks,
		}
		switch s.live.Blocks {
		case 1:
			inherited.allocated, inherited.kept = []uint64{s.live.Bytes}, true
		case s.total.Blocks:
			inherited.allocated, inherited.kept = slices.Clone(s.allocated), s.kept
		}
		c.sites = append(c.sites, inherited)
	}
	c.inherits = m.liveNow()
	c.peak = c.inherits
	pending := map[*modelThread]*modelBlock{}
	for _, mt := range m.threads {
		if mt.resizing != nil {
			copied := *mt.resizing
			pending[mt] = &copied
		}
	}
	c.inheritFacts(m, slices.Collect(maps.Values(pending)))
	latestFirst := slices.SortedFunc(maps.Values(m.threads), func(a, b *modelThread) int {
		return cmp.Compare(b.resizingStamp, a.resizingStamp)
	})
	for _, mt := range latestFirst {
		if mt.resizing != nil {
			c.restore(pending[mt], mt.resizingAddr, mt.resizingStamp)
		}
	}
	return c
}

func (m *model) finish(stamp uint64) *Result {
	r := &Result{
		PeakStamp: m.peakAt,
		EndStamp:  stamp,
		Inherited: m.inherits,
		Counts:    m.counts,
	}
	if !m.began {
		r.PeakStamp = stamp
	}
	lifetimes := make([]uint64, len(m.sites))
	for _, b := range m.live {
		lifetimes[b.site] += stamp - b.birth
	}
	for _, t := range m.threads {
		if b := t.resizing; b != nil {
			lifetimes[b.site] += stamp - b.birth
		}
	}
	r.Chunks = map[SiteID][]SizeRun{}
	for i, s := range m.sites {
		if runs := s.chunks(); len(runs) > 0 {
			r.Chunks[SiteID(i)] = runs
		}
		site := SiteResult{
			TotalBytes: s.total.Bytes, TotalBlocks: s.total.Blocks,
			Lifetime: Ticks{0, s.lifetime + lifetimes[i]},
			MaxBytes: s.maxBytes, MaxBlocks: s.maxBlocks,
			PeakBytes: s.peak.Bytes, PeakBlocks: s.peak.Blocks,
			EndBytes: s.live.Bytes, EndBlocks: s.live.Blocks,
			TemporaryBlocks: s.temporary,
			Reallocs:        s.reallocs,
		}
		r.Sites = append(r.Sites, site)
		r.Total.TotalBytes += site.TotalBytes
		r.Total.TotalBlocks += site.TotalBlocks
		r.Total.Lifetime.Lo += site.Lifetime.Lo
		r.Total.PeakBytes += site.PeakBytes
		r.Total.PeakBlocks += site.PeakBlocks
		r.Total.EndBytes += site.EndBytes
		r.Total.EndBlocks += site.EndBlocks
		r.Total.TemporaryBlocks += site.TemporaryBlocks
		r.Total.Reallocs += site.Reallocs
	}
	// One class for each power of two, found by trying.
	greatest := 0
	classes := make([]SizeClass, 64)
	for i := 1; i < len(classes); i++ {
		classes[i].Max = 1 << (i - 1)
	}
	for size, a := range m.sizes {
		i := 0
		for classes[i].Max < size {
			i++
		}
		classes[i].Blocks += a.Blocks
		classes[i].Bytes += a.Bytes
		greatest = max(greatest, i+1)
	}
	r.Sizes = classes[:greatest]
	return r
}

// chunks returns the sizes of a site's blocks where they are to be known.
func (s *modelSite) chunks() []SizeRun {
	n := len(s.allocated)
	if uint64(n) != s.total.Blocks || n < 2 || slices.Min(s.allocated) < 256 {
		return nil
	}
	same := slices.Min(s.allocated) == slices.Max(s.allocated)
	if n <= 32 && s.kept || n > 32 && same && s.live.Blocks == s.total.Blocks {
		return sizeRuns(s.allocated)
	}
	return nil
}
