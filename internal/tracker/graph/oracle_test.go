package graph

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// oracle tells all by searching again and again, with what it asks about taken out.
type oracle struct {
	*heap
	targets [][]int
	words   []map[int]int
	stratum []Stratum
}

func newOracle(h *heap) *oracle {
	o := &oracle{heap: h, targets: make([][]int, len(h.blocks)), words: make([]map[int]int, len(h.blocks))}
	for i, b := range h.blocks {
		o.words[i] = map[int]int{}
		for at := (b.Addr + 7) &^ 7; at+8 <= b.Addr+b.Size; at += 8 {
			if t := o.find(binary.LittleEndian.Uint64(h.bytes[at-h.start:])); t >= 0 && t != i {
				if o.words[i][t]++; o.words[i][t] == 1 {
					o.targets[i] = append(o.targets[i], t)
				}
			}
		}
	}
	firm, loose := o.from(Firm, -1, nil), o.from(Loose, -1, nil)
	for i := range h.blocks {
		switch {
		case firm[i]:
			o.stratum = append(o.stratum, Firm)
		case loose[i]:
			o.stratum = append(o.stratum, Loose)
		default:
			o.stratum = append(o.stratum, Unreached)
		}
	}
	return o
}

func (o *oracle) find(addr uint64) int {
	for i, b := range slices.Backward(o.blocks) {
		if addr >= b.Addr && addr <= b.Addr+b.Size {
			return i
		}
	}
	return -1
}

// from returns what roots of a stratum lead to, all but those of one owner, without blocks for which but is true.
func (o *oracle) from(s Stratum, owner int, but func(int) bool) []bool {
	seen := make([]bool, len(o.blocks))
	for _, r := range o.roots {
		if r.Stratum == s && int(r.Owner) != owner {
			for _, w := range r.Words {
				if t := o.find(w); t >= 0 {
					o.search(seen, t, but)
				}
			}
		}
	}
	return seen
}

func (o *oracle) search(seen []bool, b int, but func(int) bool) {
	if seen[b] || but != nil && but(b) {
		return
	}
	seen[b] = true
	for _, t := range o.targets[b] {
		o.search(seen, t, but)
	}
}

// freed returns what is no longer led to without some blocks.
func (o *oracle) freed(but func(int) bool) []bool {
	firm, loose := o.from(Firm, -1, but), o.from(Loose, -1, but)
	lost := make([]bool, len(o.blocks))
	for b, l := range o.losses() {
		if l == Direct || l == Cyclic {
			o.search(lost, b, but)
		}
	}
	out := make([]bool, len(o.blocks))
	for i, s := range o.stratum {
		out[i] = !(s == Firm && firm[i] || s == Loose && loose[i] || s == Unreached && lost[i])
	}
	return out
}

func (o *oracle) losses() []Loss {
	n := len(o.blocks)
	leads := make([][]bool, n)
	for i := range n {
		leads[i] = make([]bool, n)
		for _, t := range o.targets[i] {
			o.search(leads[i], t, nil)
		}
	}
	out := make([]Loss, n)
	for i := range n {
		if o.stratum[i] != Unreached {
			continue
		}
		out[i] = Direct
		for j := range n {
			if j != i && o.stratum[j] == Unreached && leads[j][i] {
				if out[i] == Direct {
					out[i] = Cyclic
				}
				if !leads[i][j] {
					out[i] = Hanging
				}
			}
		}
	}
	return out
}

func (o *oracle) amount(in []bool) (a Amount) {
	for i, yes := range in {
		if yes {
			a.Bytes += o.blocks[i].Size
			a.Blocks++
		}
	}
	return a
}

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
		reached := make([]bool, len(o.blocks))
		o.search(reached, i, nil)
		if got, whole := g.Reaches(1000, i); !whole || got != o.amount(reached) {
			return fmt.Errorf("block %d: reaches %v, want %v", i, got, o.amount(reached))
		}
	}
	return nil
}

func TestAllThatAGraphTellsIsWhatSearchingAgainFinds(t *testing.T) {
	for seed := range uint64(600) {
		h := random(rand.New(rand.NewPCG(seed, 1)), 14)
		g, err := Build(h.blocks, h.roots, h, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := check(g, newOracle(h)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}
