package mappings

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/tracker/heap"
)

// model keeps the same account page by page, and copies every site whenever most is
// mapped.
type model struct {
	pages     map[uint64]*modelMapping // by number
	taken     map[*Thread]*modelTaken
	sites     []heap.SiteResult
	peak      uint64
	peakStamp uint64
}

type modelMapping struct {
	site  SiteID
	birth uint64
}

// modelTaken is pages that a call is about to unmap or move, by their distance from
// its start. They count as mapped.
type modelTaken struct {
	start, count uint64
	stamp        uint64
	pages        map[uint64]*modelMapping
}

const page = 4096

func newModel() *model {
	return &model{pages: map[uint64]*modelMapping{}, taken: map[*Thread]*modelTaken{}}
}

func (m *model) newSite() { m.sites = append(m.sites, heap.SiteResult{}) }

// mapped returns all pages.
func (m *model) mapped() []*modelMapping {
	all := slices.Collect(maps.Values(m.pages))
	for _, t := range m.taken {
		all = slices.AppendSeq(all, maps.Values(t.pages))
	}
	return all
}

// count brings the columns of what is mapped up to date, after each event. grown
// reports whether the event mapped something that was not mapped before.
func (m *model) count(stamp uint64, before map[*modelMapping]bool, grown bool) {
	live := map[*modelMapping]bool{}
	for i := range m.sites {
		m.sites[i].EndBytes, m.sites[i].EndBlocks = 0, 0
	}
	all := m.mapped()
	for _, mapping := range all {
		s := &m.sites[mapping.site]
		s.EndBytes += page
		if !live[mapping] {
			live[mapping] = true
			s.EndBlocks++
		}
	}
	for mapping := range before {
		if !live[mapping] {
			s := &m.sites[mapping.site]
			s.Lifetime = s.Lifetime.Add(heap.Ticks{Lo: stamp - mapping.birth})
		}
	}
	bytes := uint64(len(all)) * page
	for i := range m.sites {
		s := &m.sites[i]
		s.MaxBytes, s.MaxBlocks = max(s.MaxBytes, s.EndBytes), max(s.MaxBlocks, s.EndBlocks)
	}
	if bytes < m.peak {
		return
	}
	m.peak = bytes
	if grown {
		m.peakStamp = stamp
	}
	for i := range m.sites {
		s := &m.sites[i]
		s.PeakBytes, s.PeakBlocks = s.EndBytes, s.EndBlocks
	}
}

func (m *model) before() map[*modelMapping]bool {
	live := map[*modelMapping]bool{}
	for _, of := range m.mapped() {
		live[of] = true
	}
	return live
}

func (m *model) put(from, count uint64, of *modelMapping) {
	for p := from; p < from+count; p++ {
		m.pages[p] = of
	}
	m.sites[of.site].TotalBytes += count * page
}

func (m *model) mapPages(from, count, stamp uint64, site SiteID) {
	before := m.before()
	if count > 0 {
		m.sites[site].TotalBlocks++
		m.put(from, count, &modelMapping{site: site, birth: stamp})
	}
	m.count(stamp, before, count > 0)
}

// restore puts pages back where none are now.
func (m *model) restore(r *modelTaken) {
	for i, of := range r.pages {
		if m.pages[r.start+i] == nil {
			m.pages[r.start+i] = of
		}
	}
}

func (m *model) take(t *Thread, from, count, stamp uint64) {
	before := m.before()
	if r := m.taken[t]; r != nil {
		m.restore(r)
	}
	r := &modelTaken{from, count, stamp, map[uint64]*modelMapping{}}
	for i := range count {
		if of := m.pages[from+i]; of != nil {
			r.pages[i] = of
			delete(m.pages, from+i)
		}
	}
	m.taken[t] = r
	m.count(stamp, before, false)
}

func (m *model) putBack(t *Thread, from, count, stamp uint64, site SiteID) {
	before := m.before()
	r := m.taken[t]
	if r == nil {
		r = &modelTaken{}
	}
	delete(m.taken, t)
	if from == r.start && count == r.count {
		m.restore(r)
		m.count(stamp, before, false)
		return
	}
	for i := range count {
		delete(m.pages, from+i)
		if of := r.pages[i]; of != nil {
			m.pages[from+i] = of
		}
	}
	grown := count > r.count
	if grown {
		of := r.pages[r.count-1]
		if of == nil {
			of = &modelMapping{site: site, birth: stamp}
			m.sites[site].TotalBlocks++
		}
		m.put(from+r.count, count-r.count, of)
	}
	m.count(stamp, before, grown)
}

// result is the account up to stamp.
func (m *model) result(stamp uint64) *Result {
	r := &Result{Sites: slices.Clone(m.sites), PeakStamp: m.peakStamp}
	for of := range m.before() {
		s := &r.Sites[of.site]
		s.Lifetime = s.Lifetime.Add(heap.Ticks{Lo: stamp - of.birth})
	}
	return r
}

// fork is the model of a child.
func (m *model) fork(stamp uint64) *model {
	c := newModel()
	c.sites = make([]heap.SiteResult, len(m.sites))
	maps.Copy(c.pages, m.pages)
	latestFirst := func(a, b *modelTaken) int { return cmp.Compare(b.stamp, a.stamp) }
	for _, r := range slices.SortedFunc(maps.Values(m.taken), latestFirst) {
		c.restore(r)
	}
	c.count(stamp, nil, true)
	for i := range c.sites {
		s := &c.sites[i]
		s.TotalBytes, s.TotalBlocks = s.EndBytes, s.EndBlocks
	}
	return c
}
