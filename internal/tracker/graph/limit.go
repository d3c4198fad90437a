package graph

// limit is how much memory a graph may take, and what becomes of it.
type limit struct {
	most  uint64 // 0: any
	base  uint64 // of the blocks
	short bool   // there is not enough for all
	over  bool   // nor for what is lost
}

// What is made of each block and each edge, in bytes, at most at a time: measured, of 4.8 million blocks, as 65 and 8.
const (
	perBlock = 66
	perEdge  = 8
	// Without dominators: the index, where edges begin and were seen, the strata, the ways and the queue.
	perBlockLost = 26
	perEdgeLost  = 6

	// mostEdges is how many edges can be told apart, and mostBlocks how many blocks.
	mostEdges  = 1<<32 - 1
	mostBlocks = 1<<31 - 1
)

// newLimit returns the limit for so many blocks.
func newLimit(most uint64, blocks int) limit {
	l := limit{most: most, base: uint64(blocks), over: blocks > mostBlocks}
	l.have(0)
	return l
}

// have says that so many edges have been found.
func (l *limit) have(edges int) {
	l.over = l.over || uint64(edges) > mostEdges
	if l.most > 0 {
		l.short = l.short || l.base*perBlock+uint64(edges)*perEdge > l.most
		l.over = l.over || l.base*perBlockLost+uint64(edges)*perEdgeLost > l.most
	}
}
