package graph

import "sync"

// backward is the edges in which dominators are told, turned around, by numbers of the tree: made when first asked for.
type backward struct {
	once   sync.Once
	starts []uint32
	from   []uint32
}

// sources makes what sourcesOf needs.
func (g *Graph) sources() {
	g.back.once.Do(func() {
		t := &g.tree
		n := len(t.node)
		starts := make([]uint32, n+1)
		each := func(f func(from, to int32)) {
			for p := int32(1); p < int32(n); p++ {
				node := t.node[p]
				if int(node) >= len(g.blocks) {
					f(0, p)
				} else if l := g.Loss(int(node)); l == Direct || l == Cyclic {
					f(0, p)
				}
				s := g.stratumOf(node)
				for _, to := range g.targetsOf(p) {
					if g.stratum[to] == s {
						f(p, t.place[to])
					}
				}
			}
		}
		each(func(_, to int32) { starts[to]++ })
		sum := uint32(0)
		for p := range starts {
			sum += starts[p]
			starts[p] = sum
		}
		from := make([]uint32, sum)
		each(func(p, to int32) {
			starts[to]--
			from[starts[to]] = uint32(p)
		})
		g.back.starts, g.back.from = starts, from
	})
}

// sourcesOf returns the nodes that lead to one, by numbers of the tree.
func (g *Graph) sourcesOf(p int32) []uint32 {
	return g.back.from[g.back.starts[p]:g.back.starts[p+1]]
}

// targetsOf returns the blocks that a node of the tree leads to.
func (g *Graph) targetsOf(p int32) []int32 {
	node := g.tree.node[p]
	if int(node) < len(g.blocks) {
		return g.edges.of(node)
	}
	return g.held.of(node - int32(len(g.blocks)))
}

// stratumOf returns the stratum of a block, or head behind the blocks.
func (g *Graph) stratumOf(node int32) Stratum {
	if int(node) < len(g.blocks) {
		return g.stratum[node]
	}
	return g.heads[int(node)-len(g.blocks)].stratum
}
