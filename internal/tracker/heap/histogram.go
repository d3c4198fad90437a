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

// variedSize is the least site.size of a site whose blocks are not all of one size, and one byte more
// than the largest that another site tells.
const variedSize = 1 << 31

// noSizes is that of a site that has not counted a size yet, since its blocks are a parent's.
const noSizes = 1<<32 - 1

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

// sizesOf returns how a site counts its blocks by size; nil if they are all of one size.
func (s *sites) sizesOf(site *site) *siteSizes {
	if i := site.size - variedSize; i < uint32(len(s.varied)) {
		return s.varied[i]
	}
	return nil
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
	sizes := s.sizesOf(site)
	if sizes == nil {
		if site.totalBlocks == 1 && size < variedSize {
			site.size = uint32(size)
			return 0
		}
		sizes = &siteSizes{recent: mayGrow | uint32(id)}
		if site.size != noSizes && site.totalBlocks > 1 {
			sizes.add(uint64(site.size), site.totalBlocks-1)
		}
		site.size = variedSize + uint32(len(s.varied))
		s.varied = append(s.varied, sizes)
	}
	sizes.add(size, 1)
	return sizes.recent
}

// addTo adds the classes that have blocks, and counts them in all, too.
func (s *siteSizes) addTo(classes []SizeClass, all *sizeHistogram) []SizeClass {
	add := func(class int, c sizeCount) {
		if c.blocks != 0 {
			all[class].blocks += c.blocks
			all[class].bytes += c.bytes
			classes = append(classes, SizeClass{maxOfClass(class), c.blocks, c.bytes})
		}
	}
	for i, c := range s.small {
		add(i, c)
	}
	if s.large != nil {
		for i, c := range s.large {
			add(smallClasses+i, c)
		}
	}
	return classes
}

// addSizesTo adds the classes of a site's blocks, and counts them in all, too.
func (s *sites) addSizesTo(sizes []SizeClass, all *sizeHistogram, of *site) []SizeClass {
	switch {
	case of.size >= variedSize:
		if varied := s.sizesOf(of); varied != nil {
			sizes = varied.addTo(sizes, all)
		}
	case of.totalBlocks > 0:
		all.count(uint64(of.size), Amount{of.totalBytes, of.totalBlocks})
		sizes = append(sizes, SizeClass{maxOfClass(sizeClass(uint64(of.size))), of.totalBlocks, of.totalBytes})
	}
	return sizes
}

// hasCounted reports whether any site has counted a size.
func (s *sites) hasCounted() bool {
	for id := range SiteID(s.n) {
		if site := s.at(id); site.size < variedSize && site.totalBlocks > 0 {
			return true
		}
	}
	return len(s.varied) > 0
}

// copy returns a deep copy.
func (s *siteSizes) copy() *siteSizes {
	c := *s
	if s.large != nil {
		large := *s.large
		c.large = &large
	}
	return &c
}
