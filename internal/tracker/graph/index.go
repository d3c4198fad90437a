package graph

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
)

// Index tells which block an address is in.
type Index struct {
	blocks []Block
	// parts are the blocks, or where some overlap, what is left of each: disjoint, in order, with the block's number as Site.
	parts   []Block
	split   bool    // parts are not the blocks
	outer   []int32 // if split: the block in which each begins; none: in no other
	lo      uint64
	reach   uint64 // the last address that can be in a block, less lo
	regions []region
	table   []int32 // of the regions' buckets: the last part that begins at the bucket's start or before it
}

// region is blocks that lie near each other. Their addresses are cut into buckets, as many as there are blocks.
type region struct {
	start, last uint64
	first       int // of its buckets in the table; one more than there are, which has the last part
	shift       uint8
}

const (
	none = int32(-1 << 31)
	// apart is how much memory without a block parts regions. Each takes two buckets at least; binary search finds it.
	apart = 1 << 20
)

// NewIndex makes the index of blocks, which are in order of their addresses; else it fails with ErrOrder.
func NewIndex(blocks []Block) (*Index, error) {
	x := &Index{blocks: blocks, parts: blocks}
	var end uint64
	for i, b := range blocks {
		if i > 0 && b.Addr < blocks[i-1].Addr {
			return nil, ErrOrder
		}
		if b.Addr < end {
			x.split = true
		}
		end = max(end, endOf(b))
	}
	if x.split {
		x.disjoin()
	}
	if len(x.parts) > 0 {
		x.lay()
	}
	return x, nil
}

// endOf returns the address behind a block's last byte; a block of size 0 has one. Behind the last address there is none.
func endOf(b Block) uint64 {
	if end := b.Addr + max(b.Size, 1); end > b.Addr {
		return end
	}
	return 1<<64 - 1
}

// disjoin makes parts of blocks that overlap.
func (x *Index) disjoin() {
	x.parts = nil
	x.outer = make([]int32, len(x.blocks))
	var open []int32 // blocks that have begun; the last one has the addresses from at on
	var at uint64
	part := func(to uint64) {
		if to > at {
			b := open[len(open)-1]
			x.parts = append(x.parts, Block{at, to - at, uint32(b)})
			at = to
		}
	}
	closeTo := func(addr uint64) {
		for len(open) > 0 && endOf(x.blocks[open[len(open)-1]]) <= addr {
			part(endOf(x.blocks[open[len(open)-1]]))
			open = open[:len(open)-1]
		}
	}
	for i, b := range x.blocks {
		closeTo(b.Addr)
		x.outer[i] = none
		if len(open) > 0 {
			x.outer[i] = open[len(open)-1]
			part(b.Addr)
		}
		open, at = append(open, int32(i)), b.Addr
	}
	closeTo(1<<64 - 1)
}

// lay makes the regions and their table.
func (x *Index) lay() {
	n := len(x.parts)
	x.lo = x.parts[0].Addr
	x.table = make([]int32, 0, n+8)
	for first := 0; first < n; {
		end := first + 1
		for end < n && x.parts[end].Addr-x.parts[end-1].Addr < apart+x.parts[end-1].Size {
			end++
		}
		x.region(first, end)
		first = end
	}
	x.reach = x.regions[len(x.regions)-1].last - x.lo
}

// region makes a region of the parts from first to before end.
func (x *Index) region(first, end int) {
	last := x.parts[end-1]
	r := region{start: x.parts[first].Addr, last: last.Addr + last.Size, first: len(x.table)}
	if r.last < last.Addr {
		r.last = 1<<64 - 1
	}
	length := r.last - r.start
	r.shift = uint8(max(bits.Len64(length/uint64(end-first)), 4))
	buckets := length>>r.shift + 1
	part := first
	for bucket := range buckets {
		for start := r.start + bucket<<r.shift; part+1 < end && x.parts[part+1].Addr <= start; {
			part++
		}
		x.table = append(x.table, int32(part))
	}
	x.table = append(x.table, int32(end-1))
	x.regions = append(x.regions, r)
}

// Find returns the block that an address is in, or right behind, if no other block begins there; false if there
// is none.
func (x *Index) Find(addr uint64) (block int, ok bool) {
	if len(x.parts) == 0 || addr-x.lo > x.reach {
		return 0, false
	}
	b := x.find(addr)
	return int(b), b >= 0
}

// find is Find of an address that is not before the first block and not behind the last one; negative: none.
func (x *Index) find(addr uint64) int32 {
	r := &x.regions[0]
	if len(x.regions) > 1 {
		i := sort.Search(len(x.regions), func(i int) bool { return x.regions[i].last >= addr })
		r = &x.regions[i]
		if addr < r.start {
			return none
		}
	}
	at := r.first + int((addr-r.start)>>r.shift)
	part, last := x.table[at], x.table[at+1]
	if last-part > 8 {
		part += int32(sort.Search(int(last-part), func(i int) bool { return x.parts[part+int32(i)+1].Addr > addr }))
	} else {
		for part < last && x.parts[part+1].Addr <= addr {
			part++
		}
	}
	p := &x.parts[part]
	if addr-p.Addr > p.Size {
		return none
	}
	if x.split {
		return int32(p.Site)
	}
	return part
}

// next returns the first part that ends behind an address.
func (x *Index) next(addr uint64) int {
	return sort.Search(len(x.parts), func(i int) bool { return endOf(x.parts[i]) > addr })
}

// joined returns the edges of blocks for those of their parts: with them, one from each block to the one in which it begins.
func (x *Index) joined(of edges) edges {
	parts := make([]int32, len(x.parts))
	for i := range parts {
		parts[i] = int32(i)
	}
	slices.SortStableFunc(parts, func(a, b int32) int { return cmp.Compare(x.parts[a].Site, x.parts[b].Site) })
	all := edges{starts: make([]uint32, 1, len(x.blocks)+1)}
	c := collector{blocks: len(x.blocks)}
	for block := range x.blocks {
		c.reset()
		for len(parts) > 0 && x.parts[parts[0]].Site == uint32(block) {
			at := of.starts[parts[0]]
			for t, words := range of.pointers(int(parts[0])) {
				links := of.linksOf(at)
				for i := range words {
					l := noLink
					if i < len(links) {
						l = links[i]
					}
					c.add(int32(t), l)
				}
				at++
			}
			parts = parts[1:]
		}
		if outer := x.outer[block]; outer != none {
			c.add(outer, noLink)
		}
		all.add(&c, 0, len(c.targets))
	}
	return all
}
