package graph

import (
	"runtime"
	"slices"
)

// tree is the dominators' tree. Its nodes are numbered so that what a node retains are those from its number on: 0 is
// above all, heads and blocks that nothing retains stand below it. But for cycles, pointers lead to higher numbers.
type tree struct {
	place []int32  // of each block, and then of each head: its number
	node  []int32  // by number: the block, or the number of blocks plus the head; of 0 none
	up    []int32  // by number: the dominator's number
	size  []int32  // by number: how many nodes it retains, itself included
	bytes []uint64 // by number: of the blocks it retains, itself included
	owner []int32  // by number: the owner that retains it, Shared or Lost
}

// dominate makes the tree, by the algorithm called semi-NCA (Georgiadis, 2005). Sources are those lost blocks that
// stand in for roots.
func (g *Graph) dominate(sources []int32) {
	s := search{g: g, blocks: len(g.blocks)}
	settle(s.blocks)
	s.run(sources)
	s.pre = nil
	above, semi, best := s.dominators()
	s.starts, s.from = nil, nil
	settle(s.blocks)
	s.number(above, semi, best)
	s.sum()
	g.tree = s.tree
}

// settle gives back what earlier steps have left behind, where it is much: else the collector lets it grow to as much again as there is.
// It takes a few milliseconds, since there are no pointers in lists of numbers.
func settle(blocks int) {
	if blocks >= 1<<18 {
		runtime.GC()
	}
}

// search is a depth-first search through all blocks: first those that firm heads lead to, then those of
// loose ones, then the lost ones. Numbers are in the order of the search; 0 is the node above all.
type search struct {
	g      *Graph
	blocks int
	tree   tree

	pre    []uint32 // of each block, and then of each head: its number; 0: not yet
	vertex []uint32 // by number: the block or head
	parent []uint32 // by number: whose edge the search came by; then the dominator
	order  []uint32 // the numbers, those that lead to others first
	starts []uint32 // of the edges to each number that the search did not come by
	from   []uint32
}

// run searches.
func (s *search) run(sources []int32) {
	g := s.g
	n := s.blocks + len(g.heads)
	s.pre = make([]uint32, n)
	s.vertex = make([]uint32, 1, n+1)
	s.parent = make([]uint32, n+1)
	s.starts = make([]uint32, n+2)
	cursor := make([]uint32, n+1)
	for h := range g.heads {
		at := s.enter(uint32(s.blocks+h), 0)
		for _, t := range g.held.of(int32(h)) {
			if g.stratum[t] == g.heads[h].stratum {
				s.visit(uint32(t), at, cursor)
			}
		}
	}
	for _, b := range sources {
		s.visit(uint32(b), 0, cursor)
	}
	s.turn(sources)
}

// enter numbers a node.
func (s *search) enter(node, parent uint32) uint32 {
	at := uint32(len(s.vertex))
	s.vertex = append(s.vertex, node)
	s.pre[node], s.parent[at] = at, parent
	return at
}

// visit searches from a block on.
func (s *search) visit(block, parent uint32, cursor []uint32) {
	if s.pre[block] != 0 {
		return
	}
	e := &s.g.edges
	at := s.enter(block, parent)
	cursor[at] = e.starts[block]
	for at != parent {
		i, end := cursor[at], e.starts[s.vertex[at]+1]
		for i < end && s.pre[e.targets[i]] != 0 {
			i++
		}
		if i == end {
			at = s.parent[at]
			continue
		}
		cursor[at] = i + 1
		at = s.enter(uint32(e.targets[i]), at)
		cursor[at] = e.starts[s.vertex[at]]
	}
}

// turn gathers the edges to each node that the search did not come by, but for those between strata.
func (s *search) turn(sources []int32) {
	for fill := range 2 {
		add := func(from, to uint32) {
			if fill == 0 {
				s.starts[to+1]++
			} else {
				s.from[s.starts[to]] = from
				s.starts[to]++
			}
		}
		if fill == 1 {
			for i := 1; i < len(s.starts); i++ {
				s.starts[i] += s.starts[i-1]
			}
			s.from = make([]uint32, s.starts[len(s.starts)-1])
		}
		for h := range s.g.heads {
			at := s.pre[s.blocks+h]
			for _, t := range s.g.held.of(int32(h)) {
				if s.g.stratum[t] == s.g.heads[h].stratum && s.parent[s.pre[t]] != at {
					add(at, s.pre[t])
				}
			}
		}
		for b := range s.blocks {
			at := s.pre[b]
			for _, t := range s.g.edges.of(int32(b)) {
				if to := s.pre[t]; s.parent[to] != at && s.g.stratum[b] == s.g.stratum[t] {
					add(at, to)
				}
			}
		}
		for _, b := range sources {
			if to := s.pre[b]; s.parent[to] != 0 {
				add(0, to)
			}
		}
	}
	copy(s.starts[1:], s.starts)
	s.starts[0] = 0
}

// dominators makes parent the dominators. It returns the room that it took for that.
func (s *search) dominators() (above, semi, best []uint32) {
	n := len(s.vertex)
	// above is the node above one in the search, or one further up once the path in between has been looked at; best is
	// the least semidominator on the way there, the node itself included.
	above, semi, best = slices.Clone(s.parent), make([]uint32, n), make([]uint32, n)
	var path []uint32
	for w := uint32(n) - 1; w > 0; w-- {
		least := s.parent[w]
		for _, v := range s.from[s.starts[w]:s.starts[w+1]] {
			if v > w {
				for u := v; above[u] > w; u = above[u] {
					path = append(path, u)
				}
				top := v
				if len(path) > 0 {
					top = above[path[len(path)-1]]
				}
				for ; len(path) > 0; path = path[:len(path)-1] {
					u := path[len(path)-1]
					if best[top] < best[u] {
						best[u] = best[top]
					}
					above[u] = above[top]
					top = u
				}
				v = best[v]
			}
			least = min(least, v)
		}
		semi[w], best[w] = least, least
	}
	s.topological(above, best)
	for w := 1; w < n; w++ {
		d := s.parent[w]
		for d > semi[w] {
			d = s.parent[d]
		}
		s.parent[w] = d
	}
	return above, semi, best
}

// topological makes order the numbers in the reverse of the order in which the search left the nodes: but for cycles, a
// node stands behind all that lead to it. The arguments are room.
func (s *search) topological(size, end []uint32) {
	n := len(s.vertex)
	clear(size)
	for w := n - 1; w > 0; w-- {
		size[w]++
		size[s.parent[w]] += size[w]
	}
	s.order = make([]uint32, n)
	end[0] = uint32(n)
	for w := 1; w < n; w++ {
		// The node that was visited first below its parent was left first, so it stands last.
		p := s.parent[w]
		end[p] -= size[w]
		s.order[end[p]] = uint32(w)
		end[w] = end[p] + size[w]
	}
}

// number makes the tree of the dominators, but for what sum does. The arguments are room: by the search's numbers, for what a node
// retains, its place, and that of the next one below it.
func (s *search) number(size, place, next []uint32) {
	n := len(s.vertex)
	t := &s.tree
	t.place, t.node, t.up, t.size = make([]int32, n-1), make([]int32, n), make([]int32, n), make([]int32, n)
	clear(size)
	for w := n - 1; w > 0; w-- {
		size[w]++
		size[s.parent[w]] += size[w]
	}
	place[0], next[0] = 0, 1
	for _, w := range s.order[1:] {
		d := s.parent[w]
		p := next[d]
		next[d] += size[w]
		place[w], next[w] = p, p+1
		node := s.vertex[w]
		t.place[node], t.node[p], t.up[p], t.size[p] = int32(p), int32(node), int32(place[d]), int32(size[w])
	}
	t.node[0], t.size[0] = none, int32(n)
	s.vertex, s.parent, s.order = nil, nil, nil
}

// sum tells the bytes that each node of the tree retains, and the owners.
func (s *search) sum() {
	t := &s.tree
	n := len(t.node)
	t.bytes, t.owner = make([]uint64, n), make([]int32, n)
	for p := n - 1; p > 0; p-- {
		if node := int(t.node[p]); node < s.blocks {
			t.bytes[p] += s.g.blocks[node].Size
		}
		t.bytes[t.up[p]] += t.bytes[p]
	}
	for p := 1; p < n; p++ {
		node := int(t.node[p])
		switch {
		case node >= s.blocks:
			t.owner[p] = int32(s.g.heads[node-s.blocks].owner)
		case t.up[p] != 0:
			t.owner[p] = t.owner[t.up[p]]
		case s.g.stratum[node] == Unreached:
			t.owner[p] = Lost
		default:
			t.owner[p] = Shared
		}
	}
}

// Owner returns the owner that retains a block, Shared or Lost.
func (g *Graph) Owner(block int) int {
	switch {
	case g.stratum[block] == Unreached:
		return Lost
	case g.leaksOnly:
		return Shared
	}
	return int(g.tree.owner[g.tree.place[block]])
}

// Dominator returns the block that directly retains another one: the last one that all chains of pointers to it go
// through; -1: none does.
func (g *Graph) Dominator(block int) int {
	if g.leaksOnly {
		return -1
	}
	if up := g.tree.up[g.tree.place[block]]; up > 0 {
		if node := int(g.tree.node[up]); node < len(g.blocks) {
			return node
		}
	}
	return -1
}

// Retained returns what a block retains, itself included: what would be freed with it.
func (g *Graph) Retained(block int) Amount {
	if g.leaksOnly {
		return Amount{}
	}
	p := g.tree.place[block]
	return Amount{g.tree.bytes[p], uint64(g.tree.size[p])}
}

// OwnerRetained returns what an owner retains: what would be freed with it.
func (g *Graph) OwnerRetained(owner int) (a Amount) {
	if !g.leaksOnly {
		for h := range g.headsOf(owner) {
			p := g.tree.place[len(g.blocks)+h]
			a.Bytes += g.tree.bytes[p]
			a.Blocks += uint64(g.tree.size[p]) - 1
		}
	}
	return a
}
