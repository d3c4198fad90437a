package graph

import (
	"cmp"
	"slices"
)

// ends finds blocks that are held by nothing but addresses right behind them, where other blocks begin: such an address is a
// pointer to the other block, and perhaps to the end of this one, such as a reverse iterator. Better one block too many
// is held than one falsely lost. Where no blocks touch, there are none.
//
// The edges that hold them count for no block that is held without them.
type ends struct {
	g          *Graph
	s          scanner
	candidates []int32 // lost blocks that touch others, by their ends

	// found is what has the address of a candidate's end: in order, each once.
	found []ending
}

// ending is an edge from a block, or a head (^head), to a block by the address of its end.
type ending struct{ from, to int32 }

// holdByEnds adds the edges by ends to a graph that is reached, and reaches it again.
func (g *Graph) holdByEnds(s *scanner, roots []Root) error {
	e := ends{g: g, s: scanner{index: s.index, memory: s.memory, skip: s.skip, crew: s.crew}}
	e.find()
	if len(e.candidates) == 0 {
		return nil
	}
	if err := e.scan(roots); err != nil {
		return err
	}
	if e.keepHeld(); len(e.found) > 0 {
		g.edges.join(e.found)
		heads := slices.DeleteFunc(e.found, func(x ending) bool { return x.from >= 0 })
		for i := range heads {
			heads[i].from = ^heads[i].from
		}
		slices.SortFunc(heads, compareEndings)
		g.held.join(heads)
		g.reach()
	}
	return nil
}

// find finds the candidates.
func (e *ends) find() {
	for i, s := range e.g.stratum {
		b := e.g.blocks[i]
		if s != Unreached || b.Size == 0 {
			continue
		}
		if next, ok := e.s.index.Find(b.Addr + b.Size); ok && e.g.blocks[next].Addr == b.Addr+b.Size {
			e.candidates = append(e.candidates, int32(i))
		}
	}
	end := func(b int32) uint64 { return e.g.blocks[b].Addr + e.g.blocks[b].Size }
	slices.SortStableFunc(e.candidates, func(a, b int32) int { return cmp.Compare(end(a), end(b)) })
	e.candidates = slices.CompactFunc(e.candidates, func(a, b int32) bool { return end(a) == end(b) })
}

// scan looks through all blocks and roots for the addresses of the candidates' ends.
func (e *ends) scan(roots []Root) error {
	points := make([]Block, len(e.candidates))
	for i, b := range e.candidates {
		points[i] = Block{Addr: e.g.blocks[b].Addr + e.g.blocks[b].Size}
	}
	var err error
	if e.s.behind, err = NewIndex(points); err != nil {
		return err
	}
	all, err := e.s.parts()
	if err != nil {
		return err
	}
	all.each(func(part int32, to *int32) { e.add(e.s.block(int(part)), *to) })
	w := e.s.worker()
	for i := range roots {
		h, ok := slices.BinarySearchFunc(e.g.heads, headOf(&roots[i]), compareHeads)
		if !ok {
			continue
		}
		w.found.reset()
		w.root(&roots[i])
		for _, to := range w.found.targets {
			e.add(^int32(h), to)
		}
	}
	slices.SortFunc(e.found, compareEndings)
	e.found = slices.Compact(e.found)
	return nil
}

// add adds an edge to a candidate, by its number among them.
func (e *ends) add(from, candidate int32) {
	if to := e.candidates[candidate]; to != from {
		e.found = append(e.found, ending{from, to})
	}
}

func compareEndings(a, b ending) int {
	return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
}

// keepHeld keeps the edges from what is held, with such edges.
func (e *ends) keepHeld() {
	held := make([]bool, len(e.g.blocks))
	var queue []int32
	hold := func(b int32) {
		if !held[b] {
			held[b] = true
			queue = append(queue, b)
		}
	}
	for i, s := range e.g.stratum {
		held[i] = s != Unreached
	}
	for _, x := range e.found {
		if x.from < 0 || e.g.stratum[x.from] != Unreached {
			hold(x.to)
		}
	}
	for len(queue) > 0 {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, t := range e.g.edges.of(b) {
			hold(t)
		}
		at, _ := slices.BinarySearchFunc(e.found, b, func(x ending, b int32) int { return cmp.Compare(x.from, b) })
		for ; at < len(e.found) && e.found[at].from == b; at++ {
			hold(e.found[at].to)
		}
	}
	e.found = slices.DeleteFunc(e.found, func(x ending) bool { return x.from >= 0 && !held[x.from] })
}

// join adds edges, which are in order, of one word each; those from heads are left out, and those that there are.
func (e *edges) join(more []ending) {
	for len(more) > 0 && more[0].from < 0 {
		more = more[1:]
	}
	old := *e
	*e = edges{starts: make([]uint32, 1, len(old.starts)), targets: make([]int32, 0, len(old.targets)+len(more))}
	repeats := old.repeats
	for node := range int32(len(old.starts) - 1) {
		for at := old.starts[node]; at < old.starts[node+1]; at++ {
			if len(repeats) > 0 && repeats[0].edge == at {
				e.repeats = append(e.repeats, repeat{edge: uint32(len(e.targets)), words: repeats[0].words})
				repeats = repeats[1:]
			}
			e.targets = append(e.targets, old.targets[at])
		}
		for ; len(more) > 0 && more[0].from == node; more = more[1:] {
			if !slices.Contains(old.of(node), more[0].to) {
				e.targets = append(e.targets, more[0].to)
			}
		}
		e.starts = append(e.starts, uint32(len(e.targets)))
	}
}
