package graph

import (
	"iter"
	"sort"
)

// edges is which blocks each node of a list points to: those of node i are targets[starts[i]:starts[i+1]], each once, in
// the order of the words.
type edges struct {
	starts  []uint32
	targets []int32
	// repeats are the edges of several words, in their order.
	repeats []repeat
	// slots are, of each edge, which of a block's first words it is of, a bit each: for weaken, and nil after it. Edges that
	// have any stand before those of their node that have none.
	slots []uint8
}

// repeat is that an edge is of more than one word.
type repeat struct{ edge, words uint32 }

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

// add appends a node's edges: those of a collector from one to before another.
func (e *edges) add(c *collector, from, to int) {
	first := uint32(len(e.targets))
	e.targets = append(e.targets, c.targets[from:to]...)
	e.slots = append(e.slots, c.slots[from:to]...)
	for i, n := range c.words[from:to] {
		if n > 1 {
			e.repeats = append(e.repeats, repeat{first + uint32(i), n})
		}
	}
	e.starts = append(e.starts, uint32(len(e.targets)))
}

// collector gathers the edges of one node after the other.
type collector struct {
	targets []int32
	words   []uint32
	slots   []uint8
	first   int // where the node's edges begin
	// seen tells where the edge to a block is, if it is one of this node's: what an earlier node left is told by its place.
	seen   []uint32
	blocks int
}

// few is how many edges are looked through one by one. Most nodes have fewer.
const few = 12

// begin begins a node.
func (c *collector) begin() { c.first = len(c.targets) }

// reset forgets all nodes.
func (c *collector) reset() {
	c.targets, c.words, c.slots, c.first = c.targets[:0], c.words[:0], c.slots[:0], 0
}

// add adds a word that is an edge to a block; slot is its bit if it is one of the first.
func (c *collector) add(block int32, slot uint8) {
	mine := c.targets[c.first:]
	if len(mine) <= few {
		for i, t := range mine {
			if t == block {
				c.words[c.first+i]++
				c.slots[c.first+i] |= slot
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
		c.words[at]++
		c.slots[at] |= slot
		return
	}
	if len(mine) >= few {
		c.seen[block] = uint32(len(c.targets))
	}
	c.targets = append(c.targets, block)
	c.words = append(c.words, 1)
	c.slots = append(c.slots, slot)
}
