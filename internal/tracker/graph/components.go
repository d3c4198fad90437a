package graph

// entries returns, of some blocks, those whose strongly connected component no edge from another one of them
// leads into: by these one comes to all. Edges count that are for follow, which is called with targets as they are kept.
func (g *Graph) entries(of []int32, follow func(from, to int32) bool) []int32 {
	if len(of) == 0 {
		return nil
	}
	place := make([]int32, len(g.blocks)) // in of, plus 1
	for i, b := range of {
		place[b] = int32(i) + 1
	}
	component := g.components(of, place, follow)
	entered := make([]bool, len(of))
	for i, b := range of {
		for _, t := range g.edges.of(b) {
			if p := place[t&^weak] - 1; p >= 0 && component[p] != component[i] && follow(b, t) {
				entered[component[p]] = true
			}
		}
	}
	var out []int32
	for i, b := range of {
		if !entered[component[i]] {
			out = append(out, b)
		}
	}
	return out
}

// components returns the number of the strongly connected component of each of some blocks, by Tarjan's
// algorithm (1972), without recursion: lists are long.
func (g *Graph) components(of, place []int32, follow func(from, to int32) bool) []int32 {
	var (
		low       = make([]int32, len(of)) // 0: not visited; else the least number that the block leads back to
		component = make([]int32, len(of))
		cursor    = make([]uint32, len(of))
		path      []int32 // from a root of the search
		stack     []int32 // blocks whose component is not known
		count     int32
		number    = make([]int32, len(of))
		next      int32
	)
	for root := range of {
		if number[root] != 0 {
			continue
		}
		path = append(path, int32(root))
		for len(path) > 0 {
			u := path[len(path)-1]
			if number[u] == 0 {
				next++
				number[u], low[u] = next, next
				stack = append(stack, u)
				component[u] = -1
			}
			targets := g.edges.of(of[u])
			descended := false
			for int(cursor[u]) < len(targets) {
				t := targets[cursor[u]]
				p := place[t&^weak] - 1
				cursor[u]++
				if p < 0 || !follow(of[u], t) {
					continue
				}
				if number[p] == 0 {
					path = append(path, p)
					descended = true
					break
				}
				if component[p] < 0 {
					low[u] = min(low[u], number[p])
				}
			}
			if descended {
				continue
			}
			path = path[:len(path)-1]
			if len(path) > 0 {
				parent := path[len(path)-1]
				low[parent] = min(low[parent], low[u])
			}
			if low[u] == number[u] {
				for {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					component[top] = count
					if top == u {
						break
					}
				}
				count++
			}
		}
	}
	return component
}
