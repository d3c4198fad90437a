package graph

import (
	"encoding/binary"
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
	ends    map[uint64]int // of blocks that only their ends may hold
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
	o.strata()
	o.dropWeak()
	o.holdByEnds()
	return o
}

// holdByEnds adds pointers to the ends of lost blocks from what is held, until nothing more is.
func (o *oracle) holdByEnds() {
	o.ends = map[uint64]int{}
	for i, b := range o.blocks {
		end := b.Addr + b.Size
		if j := o.find(end); o.stratum[i] == Unreached && b.Size > 0 && o.blocks[j].Addr == end {
			if _, ok := o.ends[end]; !ok {
				o.ends[end] = i
			}
		}
	}
	if len(o.ends) == 0 {
		return
	}
	for range o.blocks {
		o.strata()
		for i, b := range o.blocks {
			if o.stratum[i] == Unreached {
				continue
			}
			for at := (b.Addr + 7) &^ 7; at+8 <= b.Addr+b.Size; at += 8 {
				if t, ok := o.ends[binary.LittleEndian.Uint64(o.bytes[at-o.start:])]; ok && t != i && o.words[i][t] == 0 {
					o.words[i][t] = 1
					o.targets[i] = append(o.targets[i], t)
				}
			}
		}
	}
	o.strata()
}

// pointed returns the blocks to which a word of a root points.
func (o *oracle) pointed(w uint64) (all []int) {
	if t := o.find(w); t >= 0 {
		all = append(all, t)
	}
	if t, ok := o.ends[w]; ok {
		all = append(all, t)
	}
	return all
}

func (o *oracle) strata() {
	o.stratum = nil
	o.stratum = make([]Stratum, len(o.blocks))
	for s := Unreached + 1; s <= Firm; s++ {
		for i, leads := range o.from(s, -1, nil) {
			if leads {
				o.stratum[i] = s
			}
		}
	}
}

// dropWeak drops the weak edges that do not count, by what weak.go says of them.
func (o *oracle) dropWeak() {
	n := len(o.blocks)
	// value returns a word of a block, if it leads to the other block: the place in that.
	value := func(from, word, to int) (place int, ok bool) {
		if from == to || word < 0 || word >= 15 || uint64(word)*8+8 > o.blocks[from].Size {
			return 0, false
		}
		v := binary.LittleEndian.Uint64(o.bytes[o.at(from, word)-o.start:])
		place = int(v-o.blocks[to].Addr) / 8
		return place, o.find(v) == to && place < 15
	}
	isPair := func(a, next, b, previous int) bool {
		to, ok1 := value(a, next, b)
		back, ok2 := value(b, previous, a)
		return ok1 && ok2 && (previous == to+1 && next == back || to == back && (next == previous-1 || next == previous+1))
	}
	pairs, chain := make([][]bool, n), make([][]int, n)
	for a := range n {
		pairs[a] = make([]bool, n)
	}
	for a := range n {
		for b := range n {
			for w := range 15 * 15 {
				if isPair(a, w/15, b, w%15) {
					pairs[a][b], pairs[b][a] = true, true
					chain[a], chain[b] = append(chain[a], b), append(chain[b], a)
				}
			}
		}
	}
	isWeak := make([]bool, n)
	for a := range n {
		seen, sizes := make([]bool, n), map[uint64]bool{}
		(&oracle{heap: o.heap, targets: chain}).search(seen, a, nil)
		for b, in := range seen {
			if in {
				sizes[o.blocks[b].Size] = true
			}
		}
		isWeak[a] = len(sizes) >= 4
	}
	weak := func(a, b int) bool { return isWeak[a] && pairs[a][b] && o.words[a][b] == 1 }

	const far = 1 << 20
	level := make([]int, n)
	for i := range level {
		level[i] = far
	}
	for _, r := range o.roots {
		for _, w := range r.Words {
			if t := o.find(w); t >= 0 && o.stratum[t] == r.Stratum {
				level[t] = 0
			}
		}
	}
	for range n {
		for a := range n {
			for _, b := range o.targets[a] {
				if o.stratum[a] != Unreached && o.stratum[a] == o.stratum[b] {
					if l := level[a]; weak(a, b) {
						level[b] = min(level[b], l+1)
					} else {
						level[b] = min(level[b], l)
					}
				}
			}
		}
	}
	same := make([][]int, n) // edges that are not weak, in a level
	for a := range n {
		for _, b := range o.targets[a] {
			if !weak(a, b) && level[a] == level[b] && o.stratum[a] == o.stratum[b] {
				same[a] = append(same[a], b)
			}
		}
	}
	leads := make([][]bool, n)
	for a := range n {
		leads[a] = make([]bool, n)
		(&oracle{heap: o.heap, targets: same}).search(leads[a], a, nil)
	}
	counts := make([]bool, n)
	for b := range n {
		counts[b] = o.stratum[b] == Unreached || level[b] > 0
		for a := range n {
			if o.stratum[b] != Unreached && leads[a][b] && !leads[b][a] {
				counts[b] = false
			}
		}
	}
	for a := range n {
		o.targets[a] = slices.DeleteFunc(o.targets[a], func(b int) bool {
			if weak(a, b) && !counts[b] {
				delete(o.words[a], b)
				return true
			}
			return false
		})
	}
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
				for _, t := range o.pointed(w) {
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
	var from [Firm + 1][]bool // of each stratum
	for s := range from {
		from[s] = o.from(Stratum(s), -1, but)
	}
	lost := make([]bool, len(o.blocks))
	for b, l := range o.losses() {
		if l == Direct || l == Cyclic {
			o.search(lost, b, but)
		}
	}
	out := make([]bool, len(o.blocks))
	for i, s := range o.stratum {
		out[i] = !(s != Unreached && from[s][i] || s == Unreached && lost[i])
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

func TestAllThatAGraphTellsIsWhatSearchingAgainFinds(t *testing.T) {
	skipped := 0
	for seed := range uint64(900) {
		h := random(rand.New(rand.NewPCG(seed, 1)), 14)
		g, err := Build(h.blocks, h.roots, h, Options{})
		if err != nil {
			t.Fatal(err)
		}
		o := newOracle(h)
		if o.hooked() {
			skipped++
			continue
		}
		if err := check(g, o); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	if skipped > 500 {
		t.Errorf("%d heaps were skipped", skipped)
	}
}

// hooked reports whether by chance the words of two blocks are those of a list's head and its first or last block, of
// which the oracle knows nothing.
func (o *oracle) hooked() bool {
	word := func(addr uint64) uint64 { return binary.LittleEndian.Uint64(o.bytes[addr-o.start:]) &^ 7 }
	for b := range o.blocks {
		for w := range int(min(o.blocks[b].Size/8, 15)) {
			at := o.at(b, w)
			x := word(at)
			if t := o.find(x); t >= 0 && t != b && (word(x) == at-8 || word(x+8) == at) && (x != o.blocks[t].Addr || o.words[b][t] != 1 || o.words[t][b] != 1) {
				return true
			}
		}
	}
	return false
}
