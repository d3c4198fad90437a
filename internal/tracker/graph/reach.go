package graph

// reach tells the strata of blocks, and the shortest ways to them.
func (g *Graph) reach() {
	n := len(g.blocks)
	g.stratum = make([]Stratum, n)
	g.before = make([]int32, n)
	for i := range g.before {
		g.before[i] = none
	}
	queue := make([]int32, 0, n)
	done := 0
	for _, stratum := range []Stratum{Firm, Loose} {
		for h := range g.heads {
			if g.heads[h].stratum != stratum {
				continue
			}
			for _, t := range g.held.of(int32(h)) {
				if g.stratum[t] == Unreached {
					g.stratum[t], g.before[t] = stratum, ^int32(h)
					queue = append(queue, t)
				}
			}
		}
		for ; done < len(queue); done++ {
			b := queue[done]
			for _, t := range g.edges.of(b) {
				if g.stratum[t] == Unreached {
					g.stratum[t], g.before[t] = stratum, b
					queue = append(queue, t)
				}
			}
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
	led := make(map[int32]bool)
	queue := append([]int32(nil), sources...)
	for len(queue) > 0 {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, t := range g.edges.of(b) {
			if g.loss[t] == Hanging && !led[t] {
				led[t] = true
				queue = append(queue, t)
			}
		}
	}
	var rest []int32
	for i, l := range g.loss {
		if l == Hanging && !led[int32(i)] {
			rest = append(rest, int32(i))
		}
	}
	for _, b := range g.entries(rest) {
		g.loss[b] = Cyclic
		sources = append(sources, b)
	}
	return sources
}
