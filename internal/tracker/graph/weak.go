package graph

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// A collector such as Python's keeps all objects in a list: each begins with the addresses of the next and of the
// one before. By these words every object leads to every other, so that nothing would retain anything. They are told by three things:
//
//   - They are pairs. The words next and previous, beside each other, stand in some place of A and in some place of B; A's next is
//     the address of B's place, and B's previous that of A's. Or else they stand in the same place of both, and
//     are addresses of another place that is the same, such as the beginning. (If A has other pointers to B as well, its edge to B is none of these.)
//   - They link what has nothing in common: blocks of at least four sizes are in a chain of such pairs. A list or a tree
//     of a program's own has pairs, too (std::list, and each left child of a std::map), but its nodes are of one size,
//     and perhaps one other block has its head: these pairs are edges as all others are.
//   - The chain's head is a pair with the first and the last block as well, wherever it is: a variable, or the
//     middle of a block. What other chains have heads in the same variable or block are the same collector's.
//
// Such edges are weak: they count only where a block is reached by no others. The levels tell that: a block's level is how
// many weak edges there are at least in a chain of pointers to it from a root (of its own stratum). Where the level is 0,
// weak edges to the block are dropped. Else they are dropped as well if an edge that is not weak comes from a block of the same
// level that the block does not itself lead to by such edges, in that level: it is reached by way of that one. All that are left are like
// any other edge from then on: no block becomes lost by it, as the first block of each level on each chain keeps its weak edges.

const (
	weak  = int32(-1 << 31) // set in a target of a weak edge, until reach has made use of it
	kinds = 4               // of how many sizes the blocks of a weak chain are, at least
	// asked is how many ends of chains are looked at for the chain's head, at most. Each takes two small reads.
	asked = 1 << 14
)

// weaken finds weak edges, drops those that do not count, and then does what reach does; it returns false, and has done
// nothing, if there are none.
func (g *Graph) weaken(s *scanner) bool {
	c := chains{g: g, scanner: s}
	c.pairs()
	g.edges.links, g.held.links = nil, nil
	if len(c.found) == 0 || !c.mixed() {
		return false
	}
	c.mark()
	c.heads()
	g.drop(g.reach())
	g.reach()
	g.edges.each(func(_ int32, t *int32) { *t &^= weak })
	g.held.each(func(_ int32, t *int32) { *t &^= weak })
	return true
}

// each calls f with each edge.
func (e *edges) each(f func(from int32, to *int32)) {
	for from := range len(e.starts) - 1 {
		for at := e.starts[from]; at < e.starts[from+1]; at++ {
			f(int32(from), &e.targets[at])
		}
	}
}

// chains are the blocks that pairs link.
type chains struct {
	*scanner
	g      *Graph
	found  []pair
	leader []int32        // of each block: one of the same chain, nearer to the one that all have in the end
	weak   map[int32]bool // of the last one: its chain is of several sizes
}

// pair is two blocks that point to each other, and the edges.
type pair struct {
	a, b   int32
	ab, ba uint32
}

// pairs finds all pairs.
func (c *chains) pairs() {
	e := &c.g.edges
	for a := range int32(len(c.g.blocks)) {
		for i := e.starts[a]; i < min(e.starts[a+1], e.starts[a]+linked); i++ {
			b := e.targets[i]
			if b < a || e.links[i] == noLink {
				continue
			}
			for j := e.starts[b]; j < min(e.starts[b+1], e.starts[b]+linked); j++ {
				if e.targets[j] == a && e.paired(i, j) {
					c.found = append(c.found, pair{a, b, i, j})
				}
			}
		}
	}
}

// paired reports whether two blocks' edges to each other are next and previous.
func (e *edges) paired(i, j uint32) bool {
	if e.links[i] != several && e.links[j] != several {
		return paired(e.links[i], e.links[j])
	}
	for _, ab := range e.linksOf(i) {
		for _, ba := range e.linksOf(j) {
			if paired(ab, ba) {
				return true
			}
		}
	}
	return false
}

// linksOf returns the links of an edge.
func (e *edges) linksOf(at uint32) [4]link {
	if e.links[at] == several {
		if r := e.repeat(at); r != nil {
			return r.links
		}
	}
	return [4]link{e.links[at], noLink, noLink, noLink}
}

func paired(ab, ba link) bool {
	if ab == noLink || ba == noLink {
		return false
	}
	w, m, v, n := ab>>4, ab&15, ba>>4, ba&15
	return v == m+1 && n == w || w == n+1 && m == v || m == n && (w == v+1 || v == w+1)
}

// mixed tells chains and which of them are of several sizes, and reports whether any is.
func (c *chains) mixed() bool {
	c.leader = make([]int32, len(c.g.blocks))
	for i := range c.leader {
		c.leader[i] = int32(i)
	}
	for _, p := range c.found {
		if a, b := c.lead(p.a), c.lead(p.b); a != b {
			c.leader[max(a, b)] = min(a, b)
		}
	}
	c.weak = make(map[int32]bool)
	// A chain of so many sizes has one pair less whose sizes differ, at least: most chains have not, and need no list.
	differ := make([]uint8, len(c.g.blocks))
	for _, p := range c.found {
		if l := c.lead(p.a); c.g.blocks[p.a].Size != c.g.blocks[p.b].Size && differ[l] < kinds {
			differ[l]++
		}
	}
	sizes := make(map[int32][]uint64)
	for _, p := range c.found {
		l := c.lead(p.a)
		if c.g.blocks[p.a].Size == c.g.blocks[p.b].Size || differ[l] < kinds-1 {
			continue
		}
		of := sizes[l]
		for _, b := range []int32{p.a, p.b} {
			if size := c.g.blocks[b].Size; len(of) < kinds && !slices.Contains(of, size) {
				of = append(of, size)
			}
		}
		sizes[l] = of
		if len(of) == kinds {
			c.weak[l] = true
		}
	}
	return len(c.weak) > 0
}

// lead returns the last leader of a block.
func (c *chains) lead(b int32) int32 {
	for c.leader[b] != b {
		c.leader[b] = c.leader[c.leader[b]]
		b = c.leader[b]
	}
	return b
}

// mark marks the edges of weak pairs.
func (c *chains) mark() {
	for _, p := range c.found {
		if c.weak[c.lead(p.a)] {
			for _, at := range []uint32{p.ab, p.ba} {
				if c.g.edges.words(at) == 1 {
					c.g.edges.targets[at] |= weak
				}
			}
		}
	}
}

// heads marks the edges between weak chains' first and last blocks and what has the chains' heads, and makes other
// chains weak that have their heads there.
func (c *chains) heads() {
	slices.SortFunc(c.places, func(a, b place) int { return cmp.Compare(a.Start, b.Start) })
	// The ends of a chain are in one pair.
	pairs := make([]uint8, len(c.g.blocks))
	for _, p := range c.found {
		if c.weak[c.lead(p.a)] {
			for _, b := range []int32{p.a, p.b} {
				pairs[b] = min(pairs[b]+1, 2)
			}
		}
	}
	var ends []int32
	for b, n := range pairs {
		if n == 1 {
			ends = append(ends, int32(b))
		}
	}
	var holders []int32 // blocks; ^head
	known := make(map[int32]bool)
	for _, b := range ends[:min(len(ends), asked)] {
		for holder := range c.hooks(b) {
			if !known[holder] {
				known[holder] = true
				holders = append(holders, holder)
			}
		}
	}
	slices.Sort(holders)
	added := false
	budget := asked
	for _, holder := range holders {
		e, node := &c.g.edges, holder
		if holder < 0 {
			e, node = &c.g.held, ^holder
		}
		for at := e.starts[node]; at < e.starts[node+1] && budget > 0; at++ {
			t := e.targets[at] &^ weak
			budget--
			words := c.hooks(t)[holder]
			if words == 0 {
				continue
			}
			// A word that is no part of the list's head holds the block as any other does.
			if words >= e.words(at) {
				e.targets[at] |= weak
				c.back(t, holder, words)
			}
			if l := c.lead(t); !c.weak[l] {
				c.weak[l], added = true, true
			}
		}
	}
	if added {
		c.mark()
	}
}

// back marks the edge from a block to the one that has its chain's head, which is of so many words.
func (c *chains) back(b, holder int32, words int) {
	e := &c.g.edges
	for at := e.starts[b]; at < e.starts[b+1]; at++ {
		if e.targets[at] == holder && e.words(at) <= words {
			e.targets[at] |= weak
		}
	}
}

// words returns of how many words an edge is.
func (e *edges) words(at uint32) int {
	if r := e.repeat(at); r != nil {
		return int(r.words)
	}
	return 1
}

// repeat returns what is told of an edge of several words; nil: it is of one.
func (e *edges) repeat(at uint32) *repeat {
	if i, ok := slices.BinarySearchFunc(e.repeats, at, func(r repeat, at uint32) int { return cmp.Compare(r.edge, at) }); ok {
		return &e.repeats[i]
	}
	return nil
}

// hooks returns the blocks and heads (^head) in which there is a list's head that a block is next to, by two words that point to each
// other: of the head's next and the block's previous one, or the head's previous and the block's next one; and how many of
// the head's words that are. The lowest bits of words are a collector's marks.
func (c *chains) hooks(block int32) map[int32]int {
	b := c.g.blocks[block]
	var first [8 * linked]byte
	n, _ := c.memory.ReadAt(first[:min(uint64(len(first)), b.Size)], b.Addr)
	var out map[int32]int
	for k := 0; k+8 <= n; k += 8 {
		x := binary.LittleEndian.Uint64(first[k:]) &^ 7
		holder := c.holder(x)
		if holder == none || holder == block {
			continue
		}
		var link [16]byte
		if n, _ := c.memory.ReadAt(link[:], x); n < len(link) {
			continue
		}
		at := b.Addr + uint64(k)
		next, previous := binary.LittleEndian.Uint64(link[:])&^7, binary.LittleEndian.Uint64(link[8:])&^7
		if next != at-8 && previous != at {
			continue
		}
		if out == nil {
			out = make(map[int32]int)
		}
		out[holder]++
	}
	return out
}

// holder returns the block an address is in, or the head (^head), or none.
func (c *chains) holder(addr uint64) int32 {
	if b, ok := c.index.Find(addr); ok {
		return int32(b)
	}
	i, found := slices.BinarySearchFunc(c.places, addr, func(p place, addr uint64) int { return cmp.Compare(p.Start, addr) })
	if !found {
		i--
	}
	if i < 0 || addr >= c.places[i].End {
		return none
	}
	return ^c.places[i].head
}

// drop drops the weak edges that do not count, given the level of each block.
func (g *Graph) drop(level []int32) {
	var deep []int32
	for b, l := range level {
		if l > 0 {
			deep = append(deep, int32(b))
		}
	}
	counts := make([]bool, len(g.blocks))
	for b, s := range g.stratum {
		counts[b] = s == Unreached
	}
	for _, b := range g.entries(deep, func(from, to int32) bool {
		return to >= 0 && level[from] == level[to] && g.stratum[from] == g.stratum[to]
	}) {
		counts[b] = true
	}
	for _, e := range []*edges{&g.edges, &g.held} {
		e.keep(func(t int32) bool { return t >= 0 || counts[t&^weak] })
	}
}

// keep drops edges to targets for which f is false.
func (e *edges) keep(f func(target int32) bool) {
	var kept, repeated uint32
	repeats := e.repeats
	for node := range len(e.starts) - 1 {
		first := kept
		for at := e.starts[node]; at < e.starts[node+1]; at++ {
			for len(repeats) > 0 && repeats[0].edge < at {
				repeats = repeats[1:]
			}
			if t := e.targets[at]; f(t) {
				if len(repeats) > 0 && repeats[0].edge == at {
					e.repeats[repeated] = repeat{edge: kept, words: repeats[0].words}
					repeated++
				}
				e.targets[kept] = t
				kept++
			}
		}
		e.starts[node] = first
	}
	e.starts[len(e.starts)-1] = kept
	e.targets, e.repeats = e.targets[:kept], e.repeats[:repeated]
}
