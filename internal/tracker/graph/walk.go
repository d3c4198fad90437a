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

// OwnerEntries yields the blocks that an owner points to and has a part in: those that no owner of a higher stratum leads to.
func (g *Graph) OwnerEntries(owner int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for h := range g.headsOf(owner) {
			for _, t := range g.held.of(int32(h)) {
				if g.stratum[t] == g.heads[h].stratum && !yield(int(t)) {
					return
				}
			}
		}
	}
}

// Entries yields the blocks that are held from outside: those that a root of their own stratum points to, and of the
// lost ones those by which one comes to all of them. A block may come several times.
func (g *Graph) Entries() iter.Seq[int] {
	return func(yield func(int) bool) {
		for h := range g.heads {
			for _, t := range g.held.of(int32(h)) {
				if g.stratum[t] == g.heads[h].stratum && !yield(int(t)) {
					return
				}
			}
		}
		for b, l := range g.loss {
			if (l == Direct || l == Cyclic) && !yield(b) {
				return
			}
		}
	}
}
