package graph

import "slices"

// reach tells the strata of blocks, and the shortest ways to them: of those with the fewest weak edges, the shortest since the
// last of these. It returns the level of each block: how many weak edges there are on the way; nil: there is no weak edge.
func (g *Graph) reach() (level []int32) {
	n := len(g.blocks)
	w := way{g: g, queue: make([]int32, 0, n)}
	g.stratum = make([]Stratum, n)
	g.before = make([]int32, n)
	for i := range g.before {
		g.before[i] = none
	}
	h := 0
	for _, stratum := range g.strata {
		for ; h < len(g.heads) && g.heads[h].stratum == stratum; h++ {
			w.follow(g.held.of(int32(h)), ^int32(h), stratum)
		}
		w.level = 0
		for w.run(stratum) {
		}
	}
	return w.levels
}

// way is a breadth-first search: one level after the other.
type way struct {
	g      *Graph
	queue  []int32 // blocks in the order in which they were reached
	done   int     // of the queue
	later  []step  // to the next level
	level  int32
	levels []int32
}

// step is a weak edge, from a block or a head (^head).
type step struct{ from, to int32 }

// run searches the rest of a level, and begins the next one; it reports whether there is one.
func (w *way) run(stratum Stratum) bool {
	for ; w.done < len(w.queue); w.done++ {
		b := w.queue[w.done]
		w.follow(w.g.edges.of(b), b, stratum)
	}
	if len(w.later) == 0 {
		return false
	}
	if w.levels == nil {
		w.levels = make([]int32, len(w.g.blocks))
	}
	w.level++
	later := w.later
	w.later = nil
	for _, s := range later {
		w.follow([]int32{s.to}, s.from, stratum)
	}
	return true
}

// follow goes along the edges of a block or a head.
func (w *way) follow(targets []int32, from int32, stratum Stratum) {
	g := w.g
	for _, t := range targets {
		if t < 0 {
			if t &^= weak; g.stratum[t] == Unreached {
				w.later = append(w.later, step{from, t})
			}
		} else if g.stratum[t] == Unreached {
			g.stratum[t], g.before[t] = stratum, from
			if w.level > 0 {
				w.levels[t] = w.level
			}
			w.queue = append(w.queue, t)
		}
	}
}

// lose tells how blocks are lost, and returns those by which one comes to all of them: the direct and the cyclic ones.
func (g *Graph) lose() []int32 {
	lost := 0
	for i, s := range g.stratum {
		if s == Unreached {
			lost++
			g.lost.Bytes += g.blocks[i].Size
			g.lost.Blocks++
		}
	}
	if lost == 0 {
		return nil
	}
	g.loss = make([]Loss, len(g.blocks))
	for i, s := range g.stratum {
		if s == Unreached {
			g.loss[i] = Direct
		}
	}
	for i, s := range g.stratum {
		if s == Unreached {
			for _, t := range g.edges.of(int32(i)) {
				if g.stratum[t] == Unreached {
					g.loss[t] = Hanging
				}
			}
		}
	}
	// What direct ones do not lead to hangs on cycles, or is one.
	var sources []int32
	for i, l := range g.loss {
		if l == Direct {
			sources = append(sources, int32(i))
		}
	}
	const led = Hanging + 1
	queue := slices.Clone(sources)
	for len(queue) > 0 {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, t := range g.edges.of(b) {
			if g.loss[t] == Hanging {
				g.loss[t] = led
				queue = append(queue, t)
			}
		}
	}
	var rest []int32
	for i, l := range g.loss {
		switch l {
		case Hanging:
			rest = append(rest, int32(i))
		case led:
			g.loss[i] = Hanging
		}
	}
	for _, b := range g.entries(rest, func(_, _ int32) bool { return true }) {
		g.loss[b] = Cyclic
		sources = append(sources, b)
	}
	return sources
}
