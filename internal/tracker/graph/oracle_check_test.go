package graph

import (
	"fmt"
	"slices"
)

// check compares all that a graph tells with what the oracle finds.
func check(g *Graph, o *oracle) error {
	losses := o.losses()
	kept := make([][]bool, len(o.blocks)) // what is freed with each
	for i := range o.blocks {
		kept[i] = o.freed(func(b int) bool { return b == i })
	}
	for i := range o.blocks {
		if g.Stratum(i) != o.stratum[i] {
			return fmt.Errorf("block %d: stratum %d, want %d", i, g.Stratum(i), o.stratum[i])
		}
		if g.Loss(i) != losses[i] {
			return fmt.Errorf("block %d: loss %d, want %d", i, g.Loss(i), losses[i])
		}
		words := map[int]int{}
		for t, n := range g.Pointers(i) {
			words[t] += n
		}
		if fmt.Sprint(words) != fmt.Sprint(o.words[i]) {
			return fmt.Errorf("block %d: pointers %v, want %v", i, words, o.words[i])
		}
		if got, want := g.Retained(i), o.amount(kept[i]); got != want {
			return fmt.Errorf("block %d: retains %v, want %v", i, got, want)
		}
		// The dominator is what is freed last of those that retain it.
		want := -1
		for j := range o.blocks {
			if j != i && kept[j][i] && (want < 0 || kept[want][j]) {
				want = j
			}
		}
		if got := g.Dominator(i); got != want {
			return fmt.Errorf("block %d: dominator %d, want %d", i, got, want)
		}
		if err := checkWay(g, o, i); err != nil {
			return err
		}
		owner := Shared
		if o.stratum[i] == Unreached {
			owner = Lost
		} else {
			for w := range 4 {
				if !o.from(o.stratum[i], w, nil)[i] {
					owner = w
				}
			}
		}
		if got := g.Owner(i); got != owner {
			return fmt.Errorf("block %d: owner %d, want %d", i, got, owner)
		}
	}
	return checkGroups(g, o)
}

// checkGroups compares what is told of groups of blocks, and of owners.
func checkGroups(g *Graph, o *oracle) error {
	n := len(o.blocks)
	for groups := 1; groups <= 4; groups++ {
		of := make([]int32, n)
		for b := range of {
			of[b] = int32(b*7%5)%int32(groups+1) - 1
		}
		got, exact := g.RetainedBy(of, 4)
		summed := g.summed(of, 4)
		for i := range 4 {
			want := o.amount(o.freed(func(b int) bool { return of[b] == int32(i) }))
			if !exact || got[i] != want {
				return fmt.Errorf("group %d of %v retains %v, want %v", i, of, got[i], want)
			}
			if summed[i].Bytes > want.Bytes || summed[i].Blocks > want.Blocks {
				return fmt.Errorf("group %d of %v retains %v one by one, which is more than %v", i, of, summed[i], want)
			}
		}
	}
	for owner := range g.Owners() {
		freed := make([]bool, n)
		for b := range n {
			freed[b] = o.stratum[b] != Unreached && !o.from(o.stratum[b], owner, nil)[b]
		}
		if got, want := g.OwnerRetained(owner), o.amount(freed); got != want {
			return fmt.Errorf("owner %d retains %v, want %v", owner, got, want)
		}
	}
	return nil
}

// checkWay follows the way to a block back to a root.
func checkWay(g *Graph, o *oracle, block int) error {
	at := block
	for range o.blocks {
		previous, owner := g.Previous(at)
		switch {
		case o.stratum[block] == Unreached:
			if previous != -1 || owner != -1 {
				return fmt.Errorf("block %d: previous %d of one that is lost", block, previous)
			}
			return nil
		case previous < 0:
			for _, r := range o.roots {
				if int(r.Owner) == owner && r.Stratum == o.stratum[block] && slices.ContainsFunc(r.Words, func(w uint64) bool { return slices.Contains(o.pointed(w), at) }) {
					return nil
				}
			}
			return fmt.Errorf("block %d: its way begins with owner %d, which does not point to %d", block, owner, at)
		case o.words[previous][at] == 0:
			return fmt.Errorf("block %d: its way goes from %d to %d, where there is no pointer", block, previous, at)
		}
		at = previous
	}
	return fmt.Errorf("block %d: its way comes from no root", block)
}
