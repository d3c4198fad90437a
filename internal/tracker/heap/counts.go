package heap

import "math/bits"

// What a site counts in site.counts. The counts are 32 bits wide so as to fill one cache line, with site.savedBlocks.
// Those that come near their end are drained.
const (
	// How many of its freed blocks lived for leastLife ticks or more, by powers of four: the
	// first class ends before four times leastLife, the last has no end. Most blocks of most
	// programs live for less, and are not counted: they are what is missing from those that were freed.
	lifeClasses = 13

	emptied   = lifeClasses // how often the last live block was freed
	temporary = emptied + 1 // temporary blocks

	siteCounts = temporary + 1
)

const (
	leastLifeBits = 10
	leastLife     = 1 << leastLifeBits
)

// countLife counts a freed block that lived for leastLife ticks or more. It is written so that
// it compiles to few instructions without a branch: it is a part of most frees.
func (s *site) countLife(age uint64) {
	const mostCounted = 1<<(2*lifeClasses) - 1
	class := uint(bits.Len32(uint32(min(age>>leastLifeBits, mostCounted)))-1) / 2
	if class < siteCounts { // always; so the compiler knows
		s.counts[class]++
	}
}

// siteCount is a count of a site.
type siteCount struct {
	site  SiteID
	count int
}

// count returns one of a site's counts.
func (s *sites) count(id SiteID, count int) uint64 {
	n := uint64(s.at(id).counts[count])
	if len(s.drained) > 0 {
		n += s.drained[siteCount{id, count}]
	}
	return n
}

// drain takes what is in counts that may overflow. It is called every few hundred milliseconds at
// least, as long as blocks are freed; each of these adds 1 to a count at most.
func (s *sites) drain() {
	const enough = 1 << 30
	freed := uint64(0)
	s.threads.each(func(a *account) { freed += a.freed.Blocks + a.passed.Blocks })
	if freed-s.drainedAt < enough {
		return
	}
	s.drainedAt = freed
	for id := range SiteID(s.n) {
		for i, n := range s.at(id).counts {
			if n >= enough {
				s.drainCount(siteCount{id, i})
			}
		}
	}
}

func (s *sites) drainCount(c siteCount) {
	if s.drained == nil {
		s.drained = make(map[siteCount]uint64)
	}
	n := &s.at(c.site).counts[c.count]
	s.drained[c] += uint64(*n)
	*n = 0
}

// LifeClass counts the freed blocks that lived for less than Ticks, and not for less than that of the
// class before. Ticks of 0 stands for any time.
type LifeClass struct{ Ticks, Blocks uint64 }

// lifeCounts is a histogram of lifetimes, of which the first class is of blocks that lived for less
// than leastLife.
type lifeCounts [1 + lifeClasses]uint64

// livesOf returns the histogram of the lifetimes of a site's freed blocks.
func (s *sites) livesOf(id SiteID) (h lifeCounts) {
	site := s.at(id)
	h[0] = site.totalBlocks - s.cold(id).reallocs - uint64(site.blocks)
	for i := range lifeClasses {
		n := s.count(id, i)
		h[1+i] = n
		h[0] -= n
	}
	return h
}

// addTo adds the classes that have blocks.
func (h *lifeCounts) addTo(classes []LifeClass) []LifeClass {
	for i, blocks := range h {
		if blocks == 0 {
			continue
		}
		limit := uint64(leastLife) << (2 * i)
		if i == lifeClasses {
			limit = 0
		}
		classes = append(classes, LifeClass{limit, blocks})
	}
	return classes
}

// histograms are those of all sites, while the account is finished.
type histograms struct {
	sizes sizeHistogram // of all blocks
	lives lifeCounts

	// Room for those of several sites each: 100,000 of them need not have arrays of their own.
	sizesRoom []SizeClass
	livesRoom []LifeClass
}

// of returns the histograms of a site.
func (h *histograms) of(s *sites, id SiteID) (sizes []SizeClass, lives []LifeClass) {
	h.sizesRoom = roomFor(h.sizesRoom, len(h.sizes))
	first := len(h.sizesRoom)
	h.sizesRoom = s.addSizesTo(h.sizesRoom, &h.sizes, s.at(id))
	sizes = from(h.sizesRoom, first)

	counts := s.livesOf(id)
	for class, n := range counts {
		h.lives[class] += n
	}
	h.livesRoom = roomFor(h.livesRoom, len(counts))
	first = len(h.livesRoom)
	h.livesRoom = counts.addTo(h.livesRoom)
	return sizes, from(h.livesRoom, first)
}

// roomFor returns list, or where it has no room for n more elements, another one that has.
func roomFor[T any](list []T, n int) []T {
	const several = 1 << 10
	if cap(list)-len(list) < n {
		return make([]T, 0, max(n, several))
	}
	return list
}

// from returns the elements of list from first on, without room for more; nil where there are none.
func from[T any](list []T, first int) []T {
	if first == len(list) {
		return nil
	}
	return list[first:len(list):len(list)]
}
