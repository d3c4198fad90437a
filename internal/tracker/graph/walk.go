package graph

import "iter"

// Targets returns the blocks that one points to, each once. They must not be changed.
func (g *Graph) Targets(block int) []int32 { return g.edges.of(int32(block)) }

// Preorder yields all blocks: right behind each those that it retains. It yields none of a graph with LeaksOnly.
func (g *Graph) Preorder() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, node := range g.tree.node {
			if node >= 0 && int(node) < len(g.blocks) && !yield(int(node)) {
				return
			}
		}
	}
}
