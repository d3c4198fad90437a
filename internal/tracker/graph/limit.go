package graph

// limit is how much memory a graph may take, and what becomes of it.
type limit struct {
	most  uint64 // 0: any
	base  uint64 // of the blocks
	short bool   // there is not enough for all
	over  bool   // nor for what is lost
}

const (
	perBlock     = 56 // the index and all that is made of each block, at most at a time
	perEdge      = 8  // the edge, and that it is one to its target
	perBlockLost = 18 // without dominators
	perEdgeLost  = 4
)

// newLimit returns the limit for so many blocks.
func newLimit(most uint64, blocks int) limit {
	l := limit{most: most, base: uint64(blocks)}
	l.have(0)
	return l
}

// have says that so many edges have been found.
func (l *limit) have(edges int) {
	if l.most > 0 {
		l.short = l.short || l.base*perBlock+uint64(edges)*perEdge > l.most
		l.over = l.over || l.base*perBlockLost+uint64(edges)*perEdgeLost > l.most
	}
}
