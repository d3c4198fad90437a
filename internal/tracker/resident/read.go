package resident

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/heap"
)

// read says what of the subject's memory is in RAM, by a survey that was made before its blocks were
// copied.
func read(s *Subject, survey *procfs.Survey) (*Reading, error) {
	l, err := layOut(s, survey)
	if err != nil {
		return nil, err
	}
	table := newPageTable(survey.Page())
	sum := newSums(s.Allocator)
	walk := newWalk(s.Live)
	sum.addBlocks(walk, table, l)
	l.settle()
	if err := table.look(survey); err != nil {
		return nil, err
	}
	r := &Reading{Stamp: s.Stamp}
	r.LiveBytes, r.LiveBlocks = s.Live.Bytes, s.Live.Blocks
	sum.addPages(table, l)
	sum.addPins(walk, table, l)
	sum.addZones(l)
	r.Parts, r.Points = sum.list(), sum.points()
	return r, nil
}

// sums are the parts of a reading, while they are added up.
type sums struct {
	allocator sizeclass.Allocator
	parts     map[profile.ResidentKind]*profile.ResidentPart
	files     map[profile.ResidentKind]map[string]uint64 // bytes by path, of kinds that count files
	sites     []*siteChunk                               // by SiteID
}

func newSums(a sizeclass.Allocator) *sums {
	return &sums{
		allocator: a,
		parts:     make(map[profile.ResidentKind]*profile.ResidentPart),
		files:     map[profile.ResidentKind]map[string]uint64{profile.StaticData: {}, profile.Files: {}},
	}
}

// part returns the part of a kind, to be added to.
func (s *sums) part(k profile.ResidentKind) *profile.ResidentPart {
	p := s.parts[k]
	if p == nil {
		p = &profile.ResidentPart{Kind: k, Point: -1}
		s.parts[k] = p
	}
	return p
}

// site returns what is known of a site, to be added to.
func (s *sums) site(id heap.SiteID) *profile.ResidentPoint {
	for int(id/siteChunkLen) >= len(s.sites) {
		s.sites = append(s.sites, nil)
	}
	at := &s.sites[id/siteChunkLen]
	if *at == nil {
		*at = new(siteChunk)
	}
	return &(*at)[id%siteChunkLen]
}

// siteChunk is what is known of some sites: of most there are no live blocks.
type siteChunk [siteChunkLen]profile.ResidentPoint

const siteChunkLen = 32

// addPages adds what is in the pages in RAM that have blocks, and leaves in each what is pinned
// there.
func (s *sums) addPages(t *pageTable, l *layout) {
	live, rounding := s.part(profile.LiveBlocks), s.part(profile.Rounding)
	pinned, between := s.part(profile.Pinned), s.part(profile.Between)
	rounding.Name = string(s.allocator)
	var z *zone
	for _, number := range slices.Sorted(maps.Keys(t.regions)) {
		pages := t.regions[number]
		for i := range pages {
			p := &pages[i]
			if p.blocks == 0 || !p.present {
				continue
			}
			// A zone may have fewer pages in RAM than it seems: those of zeroes, and those that the
			// process has been given since it was asked.
			z = l.find(number*regionBytes+uint64(i)*t.size, z)
			if z == nil || z.held+t.size > z.resident {
				p.present = false
				continue
			}
			z.held += t.size
			p.live = min(p.live, uint32(t.size))
			p.rounding = min(p.rounding, uint32(t.size)-p.live)
			free := uint32(t.size) - p.live - p.rounding
			live.Bytes += uint64(p.live)
			rounding.Bytes += uint64(p.rounding)
			if p.live+p.rounding < uint32(t.size)/4 {
				pinned.Bytes += uint64(free)
				pinned.Count++
				p.pinned, p.free = true, free
				t.pinned[number*regionBytes] = true
			} else if free > 0 {
				between.Bytes += uint64(free)
				between.Count++
			}
		}
	}
}

// addBlocks adds the blocks to their sites, to the pages that they lie in and to their zones.
func (s *sums) addBlocks(w *walk, t *pageTable, l *layout) {
	var z *zone
	w.first(func(addr, size uint64, site heap.SiteID) {
		if z = l.find(addr, z); z == nil {
			return // none of it is in RAM, or it was freed meanwhile
		}
		e, alone := extentOf(addr, size, z.of, z.mappable, t.size)
		z.blocks, z.alone = true, z.alone && alone
		if z.isHeap() && addr > z.top {
			z.top, z.topSite = addr, site
		}
		point := s.site(site)
		point.Blocks++
		point.Bytes += size
		point.Rounding += e.end - e.start - min(size, e.end-e.start)
		t.add(addr, size, e)
	})
}

// addPins adds to the sites which pages their blocks pin.
func (s *sums) addPins(w *walk, t *pageTable, l *layout) {
	if s.part(profile.Pinned).Count == 0 {
		return
	}
	pins := pinning{}
	var z *zone
	w.again(t.hasPinned, func(addr, size uint64, site heap.SiteID) {
		if z = l.find(addr, z); z == nil {
			return
		}
		if addr/regionBytes != pins.region {
			pins.count(s)
			pins.region = addr / regionBytes
		}
		e, _ := extentOf(addr, size, z.of, z.mappable, t.size)
		isPinning := false
		t.each(e.start, e.end, func(p *page, _ uint32) {
			if !p.pinned || p.blocks == 0 {
				return
			}
			isAlone := p.blocks == 1 && !p.several
			p.several = true
			share := p.free / p.blocks
			p.free -= share
			p.blocks--
			s.site(site).PinnedBytes += uint64(share)
			isPinning = true
			if isAlone {
				s.site(site).PinnedPages++
				return
			}
			pins.add(p, site)
		})
		if isPinning {
			point := s.site(site)
			point.PinningBlocks++
			point.PinningBytes += size
		}
	})
	pins.count(s)
}

// addZones adds what is in no page that has a block.
func (s *sums) addZones(l *layout) {
	for _, e := range l.extra {
		s.add(e.kind, e.name, e.bytes)
	}
	for i := range l.zones {
		z := &l.zones[i]
		s.add(z.kind, z.name, z.resident-z.held)
		if z.isHeap() && z.top != 0 {
			s.part(z.kind).Point = int(z.topSite)
		}
		if z.kind == profile.FreeAllocator {
			s.part(z.kind).Name = string(z.of)
		}
	}
	for kind, files := range s.files {
		for path, bytes := range files {
			if p := s.part(kind); bytes > p.Largest || bytes == p.Largest && path < p.Name {
				p.Largest, p.Name = bytes, path
			}
		}
		s.part(kind).Count = uint64(len(files))
	}
}

// add adds what of a zone, or of a file, is of a kind.
func (s *sums) add(kind profile.ResidentKind, name string, bytes uint64) {
	if bytes == 0 {
		return
	}
	p := s.part(kind)
	p.Bytes += bytes
	switch kind {
	case profile.StaticData, profile.Files:
		s.files[kind][name] += bytes
	case profile.FreeArenas, profile.FreeAllocator, profile.ThreadStacks, profile.MappedByProgram, profile.MadeCode, profile.SharedMemory:
		p.Count++
		p.Largest = max(p.Largest, bytes)
	}
}

// list returns the parts that have bytes, in order.
func (s *sums) list() (parts []profile.ResidentPart) {
	for _, kind := range profile.ResidentKinds() {
		if p := s.parts[kind]; p != nil && p.Bytes > 0 {
			parts = append(parts, *p)
		}
	}
	return parts
}

// mostPoints is how many sites a reading keeps: those of most rounding, and as many that pin most.
const mostPoints = 1000

// points returns the sites that lose most by rounding, and those that pin most.
func (s *sums) points() []profile.ResidentPoint {
	keep := make(map[int]*profile.ResidentPoint)
	for _, value := range []func(*profile.ResidentPoint) uint64{
		func(p *profile.ResidentPoint) uint64 { return p.PinnedBytes },
		func(p *profile.ResidentPoint) uint64 { return p.Rounding },
	} {
		for _, p := range s.most(value) {
			keep[p.Point] = p
		}
	}
	points := make([]profile.ResidentPoint, 0, len(keep))
	for _, id := range slices.Sorted(maps.Keys(keep)) {
		points = append(points, *keep[id])
	}
	return points
}

// most returns the sites of which a value is the greatest and not 0, at most mostPoints. Of a hundred
// thousand few are ever sorted.
func (s *sums) most(value func(*profile.ResidentPoint) uint64) (most []*profile.ResidentPoint) {
	least := uint64(0) // what is not more is none of the most
	cut := func() {
		slices.SortFunc(most, func(a, b *profile.ResidentPoint) int {
			return cmp.Or(cmp.Compare(value(b), value(a)), cmp.Compare(a.Point, b.Point))
		})
		if len(most) >= mostPoints {
			most = most[:mostPoints]
			least = value(most[mostPoints-1])
		}
	}
	for i, chunk := range s.sites {
		if chunk == nil {
			continue
		}
		for j := range chunk {
			if p := &chunk[j]; value(p) > least {
				p.Point = i*siteChunkLen + j
				if most = append(most, p); len(most) == 2*mostPoints {
					cut()
				}
			}
		}
	}
	cut()
	return most
}

// pinning counts the pages of a region that the blocks of each site pin, where there are several on a
// page: each once, also where several blocks of the site lie on it.
type pinning struct {
	region uint64
	pairs  []pin
}

// pin is a page that a block of the site pins.
type pin struct {
	site heap.SiteID
	page *page
}

func (p *pinning) add(at *page, site heap.SiteID) { p.pairs = append(p.pairs, pin{site, at}) }

// count adds the pages to the sites.
func (p *pinning) count(s *sums) {
	if len(p.pairs) == 0 {
		return
	}
	seen := make(map[pin]bool, len(p.pairs))
	for _, pair := range p.pairs {
		if !seen[pair] {
			seen[pair] = true
			s.site(pair.site).PinnedPages++
		}
	}
	p.pairs = p.pairs[:0]
}
