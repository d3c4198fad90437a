package heap

import "math/bits"

// SizeClass counts the allocations of more bytes than the class before, and
// at most Max.
type SizeClass struct {
	Max    uint64
	Blocks uint64
	Bytes  uint64
}

// sizeHistogram counts allocations by size: class 0 is size 0, class k the
// sizes above 2ᵏ⁻² and up to 2ᵏ⁻¹.
type sizeHistogram [64]sizeCount

// sizeClass returns the class of an allocation of size bytes.
func sizeClass(size uint64) int {
	// Without a branch for 0, of which all bits are set in 2·size-1.
	return bits.Len64(2*size-1) % len(sizeHistogram{})
}

// maxOfClass returns the greatest size of a class, in bytes.
func maxOfClass(class int) uint64 { return 1 << class >> 1 }

// count counts what an allocation of size bytes stands for, or several.
func (h *sizeHistogram) count(size uint64, n Amount) {
	c := &h[sizeClass(size)]
	c.blocks += n.Blocks
	c.bytes += n.Bytes
}

// classes returns the classes from the smallest to the greatest in use.
func (h *sizeHistogram) classes() []SizeClass {
	var classes []SizeClass
	n := 0
	for i, c := range h {
		classes = append(classes, SizeClass{maxOfClass(i), c.blocks, c.bytes})
		if c.blocks != 0 {
			n = i + 1
		}
	}
	return classes[:n]
}

// variedSize is the size of a site whose blocks are not all of one size.
const variedSize = 1<<32 - 1

// siteSizes counts a site's blocks by size, with the classes of a sizeHistogram. Most blocks of
// most programs are in the first few.
type siteSizes struct {
	small  [smallClasses]sizeCount
	large  *[largeClasses]sizeCount // nil: there are none
	recent uint32                   // what Thread.recent is after an allocation: 0 where none takes the place of another block
}

type sizeCount struct{ blocks, bytes uint64 }

const (
	smallClasses = 16
	maxSmall     = 1 << (smallClasses - 2) // the greatest size of these, in bytes
	largeClasses = len(sizeHistogram{}) - smallClasses
)

// at returns the count of a class.
func (s *siteSizes) at(class int) *sizeCount {
	if class < smallClasses {
		return &s.small[class]
	}
	if s.large == nil {
		s.large = new([largeClasses]sizeCount)
	}
	return &s.large[class-smallClasses]
}

// add counts blocks of one size.
func (s *siteSizes) add(size, blocks uint64) {
	c := s.at(sizeClass(size))
	c.blocks += blocks
	c.bytes += blocks * size
}

// countSize counts the newest block of a site by its size, where that is not the one that all
// blocks of the site have. It returns what Thread.recent is then.
func (s *sites) countSize(id SiteID, size uint64) (recent uint32) {
	site := s.at(id)
	if uint32(size) == site.size && size < variedSize {
		return 0
	}
	return s.countVaried(id, site, size)
}

// countVaried does the work of countSize for any other size.
func (s *sites) countVaried(id SiteID, site *site, size uint64) (recent uint32) {
	if site.sizes == nil {
		if site.totalBlocks == 1 && size < variedSize {
			site.size = uint32(size)
			return 0
		}
		site.sizes = &siteSizes{recent: mayGrow | uint32(id)}
		if site.size != variedSize && site.totalBlocks > 1 {
			site.sizes.add(uint64(site.size), site.totalBlocks-1)
		}
		site.size = variedSize
	}
	site.sizes.add(size, 1)
	return site.sizes.recent
}

// sizesOf adds the blocks of a site to a histogram.
func (s *sites) sizesOf(id SiteID, h *sizeHistogram) {
	site := s.at(id)
	sizes := site.sizes
	switch {
	case sizes != nil:
		for i := range h {
			if i < smallClasses {
				h[i].add(sizes.small[i])
			} else if sizes.large != nil {
				h[i].add(sizes.large[i-smallClasses])
			}
		}
	case site.size != variedSize:
		h.count(uint64(site.size), Amount{site.totalBytes, site.totalBlocks})
	}
}

// hasCounted reports whether any site has counted a size.
func (s *sites) hasCounted() bool {
	for id := range SiteID(s.n) {
		if site := s.at(id); site.sizes != nil || site.size != variedSize && site.totalBlocks > 0 {
			return true
		}
	}
	return false
}

func (c *sizeCount) add(o sizeCount) {
	c.blocks += o.blocks
	c.bytes += o.bytes
}

// copy returns a deep copy. s may be nil.
func (s *siteSizes) copy() *siteSizes {
	if s == nil {
		return nil
	}
	c := *s
	if s.large != nil {
		large := *s.large
		c.large = &large
	}
	return &c
}

// lives counts the freed blocks of a site that lived for leastLife ticks or more, by powers of
// four: the first class ends before four times leastLife, the last has no end. Most blocks live for less, and are not counted: they are
// what is missing from those that were freed.
type lives [lifeClasses]uint32

const (
	leastLife     = 1 << leastLifeBits
	leastLifeBits = 10
	lifeClasses   = 16
)

// LifeClass counts the freed blocks that lived for less than Ticks, and not for less than that of the
// class before. Ticks of 0 stands for any time.
type LifeClass struct{ Ticks, Blocks uint64 }

// lifeCounts is a histogram of lifetimes, of which the first class is of blocks that lived for less
// than leastLife.
type lifeCounts [1 + lifeClasses]uint64

// livesOf adds the freed blocks of a site to a histogram.
func (s *sites) livesOf(id SiteID, h *lifeCounts) {
	site, cold := s.at(id), s.cold(id)
	rest := site.totalBlocks - cold.reallocs - uint64(site.blocks)
	for i, n := range s.livesAt(id) {
		blocks := uint64(n) + s.drained[lifeKey{id, i}]
		h[1+i] += blocks
		rest -= blocks
	}
	h[0] += rest
}

// lifeLimit returns LifeClass.Ticks of a class of lifeCounts.
func lifeLimit(class int) uint64 {
	if class == lifeClasses {
		return 0
	}
	return leastLife << (2 * class)
}

// countLife counts a freed block that lived for leastLife ticks or more.
func (s *sites) countLife(id SiteID, age uint64) {
	s.livesAt(id)[min(uint(bits.Len64(age)-leastLifeBits-1)/2, lifeClasses-1)]++
}

// lifeKey is a class of a site's lives.
type lifeKey struct {
	site  SiteID
	class int
}

// drainLives takes from the lives what is more than half of what a count can hold, so that none
// overflows. It is called every few hundred milliseconds at least, as long as blocks are freed.
func (s *sites) drainLives() {
	const half = 1 << 31
	freed := uint64(0)
	s.threads.each(func(a *account) { freed += a.freed.Blocks + a.passed.Blocks })
	if freed-s.drainedAt < half {
		return
	}
	s.drainedAt = freed
	for id := range SiteID(s.n) {
		for class, n := range s.livesAt(id) {
			if n >= half {
				s.drain(lifeKey{id, class}, n)
			}
		}
	}
}

func (s *sites) drain(key lifeKey, n uint32) {
	if s.drained == nil {
		s.drained = make(map[lifeKey]uint64)
	}
	s.drained[key] += uint64(n)
	s.livesAt(key.site)[key.class] = 0
}

func (s *sites) livesAt(id SiteID) *lives {
	return &s.chunks[id>>siteChunkBits].lives[id%siteChunkSize]
}

// finishHistograms adds the histograms of each site, and of all.
func (s *sites) finishHistograms(r *Result) {
	var allSizes sizeHistogram
	var allLives lifeCounts
	var sizes []SizeClass
	var lives []LifeClass
	for i := range r.Facts {
		var ofSizes sizeHistogram
		var ofLives lifeCounts
		s.sizesOf(SiteID(i), &ofSizes)
		s.livesOf(SiteID(i), &ofLives)
		before, livesBefore := len(sizes), len(lives)
		for class, c := range ofSizes {
			allSizes[class].add(c)
			if c.blocks != 0 {
				sizes = append(sizes, SizeClass{maxOfClass(class), c.blocks, c.bytes})
			}
		}
		for class, blocks := range ofLives {
			allLives[class] += blocks
			if blocks != 0 {
				lives = append(lives, LifeClass{lifeLimit(class), blocks})
			}
		}
		// Many sites share an array, so that 100,000 of them need not have one each.
		if len(sizes) > before {
			r.Facts[i].Sizes = sizes[before:len(sizes):len(sizes)]
		}
		if len(lives) > livesBefore {
			r.Facts[i].Lifetimes = lives[livesBefore:len(lives):len(lives)]
		}
	}
	r.Sizes = allSizes.classes()
	for class, blocks := range allLives {
		if blocks != 0 {
			r.Lifetimes = append(r.Lifetimes, LifeClass{lifeLimit(class), blocks})
		}
	}
}
