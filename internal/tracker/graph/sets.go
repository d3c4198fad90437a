package graph

import "iter"

// Reaches returns the blocks that some lead to, themselves included, and reports whether these are all: no more than
// most blocks are looked at.
func (g *Graph) Reaches(most int, blocks ...int) (Amount, bool) {
	return g.reaches(most, func(yield func(int32) bool) {
		for _, b := range blocks {
			if !yield(int32(b)) {
				return
			}
		}
	})
}

// OwnerReaches is Reaches of all that an owner points to.
func (g *Graph) OwnerReaches(most, owner int) (Amount, bool) {
	return g.reaches(most, func(yield func(int32) bool) {
		for h := range g.headsOf(owner) {
			for _, t := range g.held.of(int32(h)) {
				if !yield(t) {
					return
				}
			}
		}
	})
}

func (g *Graph) reaches(most int, from iter.Seq[int32]) (a Amount, whole bool) {
	seen := make(map[int32]bool)
	var stack []int32
	push := func(b int32) bool {
		if seen[b] {
			return true
		}
		if len(seen) == most {
			return false
		}
		seen[b] = true
		stack = append(stack, b)
		a.Bytes += g.blocks[b].Size
		a.Blocks++
		return true
	}
	for b := range from {
		if !push(b) {
			return a, false
		}
	}
	for len(stack) > 0 {
		b := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, t := range g.edges.of(b) {
			if !push(t) {
				return a, false
			}
		}
	}
	return a, true
}

// EachReaches returns what each of some blocks leads to by itself, itself included, in bytes: of all of them, or, where that
// takes more than to look at most blocks, of some that are picked evenly, whose places in the list are looked.
func (g *Graph) EachReaches(most int, blocks []int) (bytes []uint64, looked []int) {
	for i, b := range blocks {
		a, whole := g.Reaches(most, b)
		most -= int(a.Blocks)
		if !whole {
			break
		}
		bytes, looked = append(bytes, a.Bytes), append(looked, i)
	}
	return bytes, looked
}

// RetainedBy returns what each of several groups of blocks retains: what would be freed if all of its blocks were, these included. A
// block is in the group of[block], or in none if that is negative. The result has groups elements. It reports whether they are
// exact; else each is what its blocks retain one by one, and at most too small by what only several of them do.
func (g *Graph) RetainedBy(of []int32, groups int) ([]Amount, bool) {
	out := make([]Amount, groups)
	if g.leaksOnly {
		return out, false
	}
	t := &g.tree
	for b := range g.blocks {
		if of[b] < 0 {
			continue
		}
		inner := false
		for p := t.up[t.place[b]]; p > 0 && !inner; p = t.up[p] {
			node := int(t.node[p])
			inner = node < len(g.blocks) && of[node] == of[b]
		}
		if !inner {
			a := g.Retained(b)
			out[of[b]].Bytes += a.Bytes
			out[of[b]].Blocks += a.Blocks
		}
	}
	return out, false
}
