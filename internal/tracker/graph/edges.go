package graph

import (
	"iter"
	"slices"
	"sort"
)

// edges is which blocks each node of a list points to: those of node i are targets[starts[i]:starts[i+1]], each once, in
// the order of the words.
type edges struct {
	starts  []uint32
	targets []int32
	// repeats are the edges of several words, in their order.
	repeats []repeat
	// links are, of each edge, between which words it is: for weaken, and nil after it.
	links []link
}

// repeat is that an edge is of more than one word.
type repeat struct {
	edge, words uint32
	links       [4]link // of the first words, and then noLink
}

// link is from which word of a block an edge leads to which of another one: w<<4 | m, both below 15.
type link uint8

const (
	noLink  = link(0xff) // an edge from or to a later word
	several = link(0xfe) // an edge of several words, of which repeat tells
)

// linked is how many of a block's first words are looked at for links.
const linked = 15

// linkOf returns the link of two words.
func linkOf(from, to uint64) link {
	if from >= linked || to >= linked {
		return noLink
	}
	return link(from<<4 | to)
}

// of returns what a node points to.
func (e *edges) of(node int32) []int32 { return e.targets[e.starts[node]:e.starts[node+1]] }

// pointers yields what a node points to, and with how many words.
func (e *edges) pointers(node int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		first, end := e.starts[node], e.starts[node+1]
		if first == end {
			return
		}
		next := sort.Search(len(e.repeats), func(i int) bool { return e.repeats[i].edge >= first })
		for at := first; at < end; at++ {
			words := 1
			if next < len(e.repeats) && e.repeats[next].edge == at {
				words = int(e.repeats[next].words)
				next++
			}
			if !yield(int(e.targets[at]), words) {
				return
			}
		}
	}
}

// grow makes room for more edges, where they are the first done of all nodes.
func (e *edges) grow(more, done, all int) {
	need := len(e.targets) + more
	if need <= cap(e.targets) {
		return
	}
	// As many for each of the others, and a sixteenth: but what is told by few nodes may be far off.
	want := min(uint64(need)*uint64(all)/uint64(done), 4*uint64(need)+1<<16)
	want += want / 16
	e.targets = slices.Grow(e.targets, int(want)-len(e.targets))
	e.links = slices.Grow(e.links, int(want)-len(e.links))
}

// add appends a node's edges: those of a collector from one to before another.
func (e *edges) add(c *collector, from, to int) {
	first := uint32(len(e.targets))
	e.targets = append(e.targets, c.targets[from:to]...)
	e.links = append(e.links, c.links[from:to]...)
	for i, n := range c.words[from:to] {
		if n > 1 {
			r := repeat{first + uint32(i), n, [4]link{c.links[from+i], noLink, noLink, noLink}}
			e.links[first+uint32(i)] = several
			at := 1
			for _, m := range c.more {
				if m.edge == from+i && at < len(r.links) {
					r.links[at] = m.link
					at++
				}
			}
			e.repeats = append(e.repeats, r)
		}
	}
	for len(c.more) > 0 && c.more[0].edge < to {
		c.more = c.more[1:]
	}
	e.starts = append(e.starts, uint32(len(e.targets)))
}

// collector gathers the edges of one node after the other.
type collector struct {
	targets []int32
	words   []uint32
	links   []link
	more    []moreLink // of edges of several words, all but the first
	first   int        // where the node's edges begin
	// seen tells where the edge to a block is, if it is one of this node's: what an earlier node left is told by its place.
	seen   []uint32
	blocks int
}

// moreLink is one more word of an edge.
type moreLink struct {
	edge int
	link link
}

// few is how many edges are looked through one by one. Most nodes have fewer.
const few = 12

// begin begins a node.
func (c *collector) begin() { c.first = len(c.targets) }

// reset forgets all nodes.
func (c *collector) reset() {
	c.targets, c.words, c.links, c.first = c.targets[:0], c.words[:0], c.links[:0], 0
}

// add adds a word that is an edge to a block.
func (c *collector) add(block int32, l link) {
	mine := c.targets[c.first:]
	if len(mine) <= few {
		for i, t := range mine {
			if t == block {
				c.again(c.first+i, l)
				return
			}
		}
		if len(mine) == few {
			if c.seen == nil {
				c.seen = make([]uint32, c.blocks)
			}
			for i, t := range mine {
				c.seen[t] = uint32(c.first + i)
			}
		}
	} else if at := int(c.seen[block]); at >= c.first && at < len(c.targets) && c.targets[at] == block {
		c.again(at, l)
		return
	}
	if len(mine) >= few {
		c.seen[block] = uint32(len(c.targets))
	}
	c.targets = append(c.targets, block)
	c.words = append(c.words, 1)
	c.links = append(c.links, l)
}

// again adds a word to an edge.
func (c *collector) again(edge int, l link) {
	c.words[edge]++
	if l != noLink {
		c.more = append(c.more, moreLink{edge, l})
	}
}
