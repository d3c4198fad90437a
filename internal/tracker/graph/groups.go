package graph

import (
	"slices"
)

// RetainedBy returns what each of several groups of blocks retains: what would be freed if all of its blocks were, these
// included. A block is in the group of[block], or in none if that is negative; the result has groups elements. It reports
// whether they are exact; else, where that would have taken too much, each is what its blocks retain
// one by one, which lacks what only several of them together do.
//
// All groups are told at once: a block is retained by its own group, and by those that retain all that point to it. These sets
// are made block by block in the order of the dominators' tree, and what changes by pointers that lead back is handed on until nothing does.
func (g *Graph) RetainedBy(of []int32, groups int) ([]Amount, bool) {
	if g.leaksOnly {
		return make([]Amount, groups), false
	}
	l := labels{g: g, of: of, sets: newSets()}
	if !l.run() {
		return g.summed(of, groups), false
	}
	amounts := make([]Amount, l.sets.count())
	for b := range g.blocks {
		a := &amounts[l.set[g.tree.place[b]]]
		a.Bytes += g.blocks[b].Size
		a.Blocks++
	}
	out := make([]Amount, groups)
	for set, a := range amounts {
		for _, group := range l.sets.of(int32(set)) {
			out[group].Bytes += a.Bytes
			out[group].Blocks += a.Blocks
		}
	}
	return out, true
}

// summed returns the sum of what the blocks of each group retain, those left out that another of the group's retains.
func (g *Graph) summed(of []int32, groups int) []Amount {
	t := &g.tree
	out := make([]Amount, groups)
	end := make([]int32, groups) // behind what the last block retains that was counted
	for p := int32(1); p < int32(len(t.node)); p++ {
		node := int(t.node[p])
		if node >= len(g.blocks) || of[node] < 0 || p < end[of[node]] {
			continue
		}
		end[of[node]] = p + t.size[p]
		out[of[node]].Bytes += t.bytes[p]
		out[of[node]].Blocks += uint64(t.size[p])
	}
	return out
}

// labels finds the groups that retain each block.
type labels struct {
	g    *Graph
	of   []int32
	sets *sets
	set  []int32 // by numbers of the tree; none: not yet, which is as if all did

	queue []int32 // of nodes whose sets have changed, to be handed on
	waits []bool  // which nodes are in the queue
	left  int     // how many edges may be gone along yet
}

// again is how many times as many edges as there are may be gone along again, before it takes too much.
const again = 16

// run reports whether it has come to an end within bounds.
func (l *labels) run() bool {
	l.g.sources()
	n := int32(len(l.g.tree.node))
	l.set = make([]int32, n)
	for i := range l.set {
		l.set[i] = none
	}
	l.set[0] = 0
	for p := int32(1); p < n; p++ {
		l.set[p] = l.find(p)
		if l.sets.full() {
			return false
		}
	}
	l.left = again * (int(n) + len(l.g.back.from))
	l.waits = make([]bool, n)
	for p := int32(1); p < n; p++ { // what comes after p in the order did not know of it
		l.handOn(p, p)
	}
	for len(l.queue) > 0 {
		p := l.queue[0]
		l.queue, l.waits[p] = l.queue[1:], false
		l.handOn(p, n)
		if l.left < 0 || l.sets.full() {
			return false
		}
	}
	return true
}

// handOn takes from the sets of the nodes that p leads to, of those below end, what is not in p's. A set becomes
// smaller each time, so that it need not be made anew of all that lead to its node.
func (l *labels) handOn(p, end int32) {
	t := &l.g.tree
	s := l.g.stratumOf(t.node[p])
	for _, block := range l.g.targetsOf(p) {
		to := t.place[block]
		if to >= end || l.g.stratum[block] != s {
			continue
		}
		l.left--
		set := l.own(to, l.meet(l.set[to], l.set[p]))
		if set == l.set[to] {
			continue
		}
		l.set[to] = set
		if !l.waits[to] {
			l.waits[to] = true
			l.queue = append(l.queue, to)
		}
	}
}

// find returns the set of a node, by those of the nodes that lead to it.
func (l *labels) find(p int32) int32 {
	set := none
	for _, q := range l.g.sourcesOf(p) {
		set = l.meet(set, l.set[q])
	}
	return l.own(p, set)
}

// meet returns what two sets have in common; none stands for all groups.
func (l *labels) meet(a, b int32) int32 {
	switch {
	case b == none || a == b:
		return a
	case a == none:
		return b
	}
	return l.sets.meet(a, b)
}

// own returns the set with the group of a node.
func (l *labels) own(p, set int32) int32 {
	if node := l.g.tree.node[p]; set != none && int(node) < len(l.g.blocks) && l.of[node] >= 0 {
		return l.sets.with(set, l.of[node])
	}
	return set
}

// sets are sets of groups, each kept once and told by its number. 0 is the empty one.
type sets struct {
	starts []uint32
	groups []int32 // of one set after the other, in order
	known  map[uint64][]int32
	memo   map[[2]int32]int32 // what meet (a < b) and with (^set, group) have returned
	last   [1 << 12]struct{ key, set [2]int32 }
}

// mostGroups is how many groups all sets may have in all: 256 MiB.
const mostGroups = 1 << 26

func newSets() *sets {
	s := &sets{starts: []uint32{0}, known: make(map[uint64][]int32), memo: make(map[[2]int32]int32)}
	s.keep(nil)
	return s
}

// count returns how many sets there are.
func (s *sets) count() int { return len(s.starts) - 1 }

// full reports whether the sets take more than they may.
func (s *sets) full() bool { return len(s.groups)+8*len(s.memo) > mostGroups }

// of returns a set's groups.
func (s *sets) of(set int32) []int32 { return s.groups[s.starts[set]:s.starts[set+1]] }

// keep returns the number of a set.
func (s *sets) keep(groups []int32) int32 {
	hash := uint64(len(groups))
	for _, g := range groups {
		hash = (hash ^ uint64(g)) * 0x9e3779b97f4a7c15
		hash ^= hash >> 29
	}
	for _, set := range s.known[hash] {
		if slices.Equal(s.of(set), groups) {
			return set
		}
	}
	set := int32(s.count())
	s.groups = append(s.groups, groups...)
	s.starts = append(s.starts, uint32(len(s.groups)))
	s.known[hash] = append(s.known[hash], set)
	return set
}

// once returns what f does, which depends on key alone.
func (s *sets) once(key [2]int32, f func() int32) int32 {
	l := &s.last[(uint32(key[0])*0x9e3779b1^uint32(key[1])*0x85ebca6b)>>20]
	if l.key == key && l.set[1] != 0 {
		return l.set[0]
	}
	set, ok := s.memo[key]
	if !ok {
		set = f()
		s.memo[key] = set
	}
	l.key, l.set = key, [2]int32{set, 1}
	return set
}

// with returns a set with a group.
func (s *sets) with(set, group int32) int32 {
	return s.once([2]int32{^set, group}, func() int32 {
		groups := s.of(set)
		at, ok := slices.BinarySearch(groups, group)
		if ok {
			return set
		}
		return s.keep(slices.Insert(slices.Clone(groups), at, group))
	})
}

// meet returns what two sets have in common.
func (s *sets) meet(a, b int32) int32 {
	return s.once([2]int32{min(a, b), max(a, b)}, func() int32 {
		var both []int32
		x, y := s.of(a), s.of(b)
		for len(x) > 0 && len(y) > 0 {
			switch {
			case x[0] < y[0]:
				x = x[1:]
			case x[0] > y[0]:
				y = y[1:]
			default:
				both = append(both, x[0])
				x, y = x[1:], y[1:]
			}
		}
		return s.keep(both)
	})
}
