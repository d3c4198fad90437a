package graph

import (
	"iter"
	"slices"
	"sort"
	"sync"
)

// Reaches returns the blocks that some lead to, themselves included, and reports whether these are all: no more than
// most blocks and pointers are looked at. What lies below a block that leads nowhere else counts as one.
func (g *Graph) Reaches(most int, blocks ...int) (Amount, bool) {
	a, _, whole := g.reaches(most, func(yield func(int32) bool) {
		for _, b := range blocks {
			if !yield(int32(b)) {
				return
			}
		}
	})
	return a, whole
}

// OwnerReaches is Reaches of all that an owner points to.
func (g *Graph) OwnerReaches(most, owner int) (Amount, bool) {
	a, _, whole := g.reaches(most, func(yield func(int32) bool) {
		for h := range g.headsOf(owner) {
			for _, t := range g.held.of(int32(h)) {
				if !yield(t) {
					return
				}
			}
		}
	})
	return a, whole
}

// EachReaches returns what each of some blocks leads to by itself, itself included, in bytes: of all of them, or, where more
// than most blocks and pointers would be looked at, of some that are picked evenly, whose places in the list are looked.
func (g *Graph) EachReaches(most int, blocks []int) (bytes []uint64, looked []int) {
	got := make([]uint64, len(blocks))
	step := 1
	for step < len(blocks) {
		step *= 2
	}
	// Every step-th one, then those halfway between, and so on: what was asked of half of such a round is left out.
	for ; step > 0; step /= 2 {
		for i := 0; i < len(blocks); i += step {
			if i%(2*step) == 0 && len(looked) > 0 {
				continue
			}
			a, steps, whole := g.reaches(most, func(yield func(int32) bool) { yield(int32(blocks[i])) })
			if most -= steps; !whole {
				return g.picked(got, 2*step, len(looked))
			}
			got[i] = a.Bytes
		}
		looked = looked[:0]
		for i := 0; i < len(blocks); i += step {
			looked = append(looked, i)
		}
	}
	return got, looked
}

// picked returns every step-th one of some numbers, if there are as many, and their places.
func (g *Graph) picked(of []uint64, step, count int) (bytes []uint64, looked []int) {
	for i := 0; i < len(of) && len(looked) < count; i += step {
		bytes, looked = append(bytes, of[i]), append(looked, i)
	}
	return bytes, looked
}

// wander is what searches from blocks need: one of them at a time.
type wander struct {
	mu sync.Mutex
	// closed tells, by numbers of the tree, the blocks from which one comes to nothing but what they retain.
	closed []bool
	seen   []uint32 // by blocks: the last search that came there
	search uint32
	round  round // the last one's, whose room is used again
}

// close makes closed.
func (g *Graph) close() {
	t := &g.tree
	n := len(t.node)
	lo, hi := make([]int32, n), make([]int32, n)
	for p := range lo {
		lo[p], hi[p] = int32(p), int32(p)
	}
	g.wander.closed = make([]bool, n)
	for p := int32(n) - 1; p > 0; p-- {
		for _, b := range g.targetsOf(p) {
			to := t.place[b]
			lo[p], hi[p] = min(lo[p], to), max(hi[p], to)
		}
		g.wander.closed[p] = lo[p] == p && hi[p] < p+t.size[p]
		up := t.up[p]
		lo[up], hi[up] = min(lo[up], lo[p]), max(hi[up], hi[p])
	}
}

// reaches returns what some blocks lead to, how many blocks and pointers were looked at, and whether that was enough.
func (g *Graph) reaches(most int, from iter.Seq[int32]) (a Amount, steps int, whole bool) {
	w := &g.wander
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = make([]uint32, len(g.blocks))
		if !g.leaksOnly {
			g.close()
		}
	}
	if w.search++; w.search == 0 {
		clear(w.seen)
		w.search = 1
	}
	r := &w.round
	*r = round{g: g, most: most, stack: r.stack, starts: r.starts, waits: r.waits}
	for s := range r.waits {
		r.waits[s] = r.waits[s][:0]
	}
	for b := range from {
		r.push(b)
	}
	// One stratum after the other: within one, a block's dominator is come by before the block, but for where it began.
	for s := Unreached; s <= Firm; s++ {
		if len(r.waits[s]) == 0 {
			continue
		}
		r.begin(s)
		for len(r.stack) > 0 {
			if r.steps > r.most {
				return r.amount, r.steps, false
			}
			b := r.stack[len(r.stack)-1]
			r.stack = r.stack[:len(r.stack)-1]
			r.leave(b)
		}
	}
	return r.amount, r.steps, r.steps <= r.most
}

// round is one search.
type round struct {
	g      *Graph
	most   int
	steps  int
	amount Amount
	waits  [Firm + 1][]int32 // blocks of each stratum by which the search comes to it
	stack  []int32
	starts []int32 // numbers in the tree of those in the stack at the beginning, in order
	now    Stratum
	before Amount // of the strata before
}

// push adds a block of a stratum that has not begun.
func (r *round) push(b int32) {
	if seen := &r.g.wander.seen[b]; *seen != r.g.wander.search {
		*seen = r.g.wander.search
		s := r.g.stratum[b]
		r.waits[s] = append(r.waits[s], b)
	}
}

// begin begins a stratum.
func (r *round) begin(s Stratum) {
	r.now = s
	r.stack = append(r.stack[:0], r.waits[s]...)
	r.starts = r.starts[:0]
	r.before = r.amount
	if r.g.leaksOnly {
		return
	}
	for _, b := range r.stack {
		r.starts = append(r.starts, r.g.tree.place[b])
	}
	slices.Sort(r.starts)
}

// leave counts a block and goes on to what it points to.
func (r *round) leave(b int32) {
	g := r.g
	r.steps++
	if !g.leaksOnly {
		t := &g.tree
		if p := t.place[b]; g.wander.closed[p] {
			switch whole := (Amount{t.bytes[p], uint64(t.size[p])}); {
			case !r.beganIn(p+1, p+t.size[p]):
				r.amount.Bytes += whole.Bytes
				r.amount.Blocks += whole.Blocks
				return
			case len(r.starts) == 1:
				// All since it began lies below this block, too.
				r.amount = Amount{r.before.Bytes + whole.Bytes, r.before.Blocks + whole.Blocks}
				r.stack = r.stack[:0]
				return
			}
		}
	}
	r.amount.Bytes += g.blocks[b].Size
	r.amount.Blocks++
	targets := g.edges.of(b)
	r.steps += len(targets)
	for _, to := range targets {
		if g.stratum[to] != r.now {
			r.push(to)
		} else if seen := &g.wander.seen[to]; *seen != g.wander.search {
			*seen = g.wander.search
			r.stack = append(r.stack, to)
		}
	}
}

// beganIn reports whether the search began at a number in the tree from one to before another.
func (r *round) beganIn(from, to int32) bool {
	i := sort.Search(len(r.starts), func(i int) bool { return r.starts[i] >= from })
	return i < len(r.starts) && r.starts[i] < to
}
