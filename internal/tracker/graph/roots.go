package graph

import "slices"

// root finds what roots point to.
func (g *Graph) root(s *scanner, roots []Root) {
	order := make([]int, len(roots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareHeads(headOf(&roots[a]), headOf(&roots[b])) })
	w := s.worker()
	g.held.starts = make([]uint32, 1)
	for len(order) > 0 {
		h := headOf(&roots[order[0]])
		g.owners = max(g.owners, int(h.owner)+1)
		w.found.reset()
		for len(order) > 0 && headOf(&roots[order[0]]) == h {
			if r := &roots[order[0]]; h.stratum != Unreached {
				w.root(r)
				s.places = append(s.places, place{Range{r.Start, r.End}, int32(len(g.heads))})
			}
			order = order[1:]
		}
		if h.stratum == Unreached {
			continue
		}
		if n := len(g.strata); n == 0 || g.strata[n-1] != h.stratum {
			g.strata = append(g.strata, h.stratum)
		}
		g.heads = append(g.heads, h)
		g.held.add(&w.found, 0, len(w.found.targets))
	}
	s.unread += w.lacks
}

// headOf returns a root's head. There is no stratum above Firm.
func headOf(r *Root) head { return head{r.Owner, min(r.Stratum, Firm)} }

// root adds the pointers of a root.
func (w *worker) root(r *Root) {
	for _, v := range r.Words {
		if t, ok := w.pointees().Find(v); ok {
			w.found.add(int32(t), noLink)
		}
	}
	// What lies in blocks is left out.
	at := (r.Start + 7) &^ 7
	for part := w.index.next(at); at < r.End; part++ {
		to, next := r.End, r.End
		if part < len(w.index.parts) {
			if p := w.index.parts[part]; p.Addr < r.End {
				to, next = p.Addr, endOf(p)
			}
		}
		if to > at {
			w.memoryOf(at, to)
		}
		at = max(at, next)
	}
}

// memoryOf adds the pointers in memory of a root.
func (w *worker) memoryOf(start, end uint64) {
	w.wanted(start, end, func(start, end uint64) {
		for start < end {
			n := min(end-start, span)
			w.read(w.buffer[:n], start)
			w.lacks += missing(w.unread, start, start+n)
			w.words(w.buffer[:n], start, none, 0)
			start = w.pass(start, start+n, end)
		}
	})
}
