package holding

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// randomWorld returns a world of blocks that point to each other, as random numbers say.
func randomWorld(r *rand.Rand) *world {
	w := newWorld("Node", "Leaf", "Node", "")
	for range 1 + r.IntN(60) {
		w.block(r.IntN(len(w.Types)), uint64(r.IntN(80)))
	}
	word := func() uint64 {
		b := w.Blocks[r.IntN(len(w.Blocks))]
		return b.Addr + uint64(r.IntN(int(b.Size)+1))
	}
	density := 1 + r.IntN(12)
	for _, b := range w.Blocks {
		for at := uint64(0); at+8 <= b.Size; at += 8 {
			if r.IntN(density) == 0 {
				w.put(b.Addr+at, word())
			}
		}
	}
	for i := range r.IntN(8) {
		words := make([]uint64, 1+r.IntN(3))
		for i := range words {
			words[i] = word()
		}
		w.owner(profile.Owner{Kind: profile.GlobalOwner, Name: fmt.Sprint("v", i)}, graph.Loose+graph.Stratum(r.IntN(2)), words...)
	}
	return w
}

// Whatever the program's memory has, what owners retain, what is shared and what is unreached add up to all.
func FuzzAmountsAddUp(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint64(0))
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		w := randomWorld(rand.New(rand.NewPCG(a, b)))
		checkSums(t, w.make(), w)
	})
}

func checkSums(t *testing.T, s profile.Snapshot, w *world) {
	t.Helper()
	var live, direct profile.Amount
	for _, b := range w.Blocks {
		live.Add(amount(b.Size, 1))
	}
	sum := s.Shared
	sum.Add(s.Unreached)
	for _, o := range s.Owners {
		sum.Add(o.Retained)
		if o.Reaches.Bytes < o.Retained.Bytes || o.Reaches.Blocks < o.Retained.Blocks || o.Reaches.Blocks == 0 {
			t.Errorf("owner %q retains %v and reaches %v", o.Name, o.Retained, o.Reaches)
		}
		if !slices.IsSortedFunc(s.Owners, func(a, b profile.Owner) int { return int(b.Retained.Bytes) - int(a.Retained.Bytes) }) {
			t.Error("owners are not in order")
		}
		checkTop(t, o)
	}
	if s.Live != live || sum != live {
		t.Errorf("live %v; owners, shared and unreached %v; want %v", s.Live, sum, live)
	}
	byOwner := map[int]profile.Amount{}
	for _, g := range s.Groups {
		amount := byOwner[g.Owner]
		amount.Add(g.Live)
		byOwner[g.Owner] = amount
		direct.Add(g.Direct)
		if g.Retained.Bytes < g.Live.Bytes {
			t.Errorf("group %+v retains less than it is", g)
		}
	}
	for i, o := range s.Owners {
		if byOwner[i] != o.Retained {
			t.Errorf("groups of owner %d have %v, it retains %v", i, byOwner[i], o.Retained)
		}
	}
	if byOwner[profile.SharedOwner] != s.Shared || byOwner[profile.UnreachedOwner] != s.Unreached || direct.Bytes > s.Unreached.Bytes {
		t.Errorf("groups have %v shared, %v unreached", byOwner[profile.SharedOwner], byOwner[profile.UnreachedOwner])
	}
	steps := uint64(0)
	for _, r := range s.References {
		steps += r.Blocks
		if (r.From < 0) == (r.Owner < 0) || r.Pointers == 0 {
			t.Errorf("reference %+v", r)
		}
	}
	if held := live.Blocks - s.Unreached.Blocks; steps != held {
		t.Errorf("%d blocks have a shortest way, %d are held", steps, held)
	}
}

// checkTop checks that rows are a tree, of which none has more than what it stands below.
func checkTop(t *testing.T, o profile.Owner) {
	t.Helper()
	above := []profile.Amount{o.Retained}
	for _, h := range o.Top {
		if h.Depth+1 > len(above) {
			t.Fatalf("top %+v", o.Top)
		}
		above = append(above[:h.Depth+1], h.Retained)
		if top := above[h.Depth]; h.Retained.Bytes > top.Bytes || h.Self.Bytes > h.Retained.Bytes || h.Self.Blocks == 0 {
			t.Errorf("%+v below %v", h, top)
		}
	}
}

// The same memory makes the same snapshot.
func TestTheSameInputMakesTheSame(t *testing.T) {
	for seed := range uint64(30) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 1)))
		if a, b := w.make(), w.make(); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\nand then\n%+v", a, b)
		}
	}
}

// What groups, points and types retain and reach is what is no longer held without them, and all that one comes to
// from them: looked for in the simplest way.
func TestSetsRetainWhatIsHeldThroughThemOnly(t *testing.T) {
	for seed := range uint64(200) {
		w := randomWorld(rand.New(rand.NewPCG(seed, 2)))
		s := w.make()
		o := newOracle(t, w)
		for _, g := range s.Groups {
			if want := o.retained(o.group(s, g)); g.Retained != want {
				t.Errorf("seed %d: group %+v: want %v", seed, g, want)
			}
		}
		for _, d := range s.Deep {
			of := func(b int) bool {
				return d.Point == int(w.Blocks[b].Site) || d.Point < 0 && d.Type == w.Types[w.Blocks[b].Site].Name
			}
			if retained, deep := o.retained(of), o.reached(of); d.Retained != retained || d.Deep != deep {
				t.Errorf("seed %d: %+v: want %v and %v", seed, d, retained, deep)
			}
			if want := o.spread(of); d.EachDeep != want || d.Looked != d.Live.Blocks {
				t.Errorf("seed %d: %+v: want %v", seed, d, want)
			}
		}
	}
}

// oracle tells what sets of blocks retain and reach.
type oracle struct {
	*world
	graph *graph.Graph
}

func newOracle(t *testing.T, w *world) *oracle {
	g, err := graph.Build(w.Blocks, w.Roots, w.Memory, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{w, g}
}

// group reports of blocks whether they are in a group of a world without classes.
func (o *oracle) group(s profile.Snapshot, g profile.Group) func(block int) bool {
	return func(b int) bool {
		owner := o.graph.Owner(b)
		if owner >= 0 {
			owner = slices.IndexFunc(s.Owners, func(p profile.Owner) bool { return p.Name == o.Owners[owner].Name })
		}
		return owner == g.Owner && int(o.Blocks[b].Site) == g.Point
	}
}

// met returns the blocks that one comes to from some that wanted is true of.
func (o *oracle) met(from func(block int) bool, wanted func(from, to int) bool) map[int]bool {
	met := map[int]bool{}
	var meet func(block int)
	meet = func(block int) {
		if met[block] {
			return
		}
		met[block] = true
		for to := range o.graph.Pointers(block) {
			if wanted(block, to) {
				meet(to)
			}
		}
	}
	for b := range o.Blocks {
		if from(b) {
			meet(b)
		}
	}
	return met
}

func (o *oracle) reached(of func(block int) bool) (a profile.Amount) {
	for b := range o.met(of, func(int, int) bool { return true }) {
		a.Add(amount(o.Blocks[b].Size, 1))
	}
	return a
}

func (o *oracle) retained(of func(block int) bool) (a profile.Amount) {
	entries := map[int]bool{}
	for _, r := range o.Roots {
		for to := range o.graph.OwnerPointers(int(r.Owner)) {
			if o.graph.Stratum(to) == r.Stratum {
				entries[to] = true
			}
		}
	}
	held := o.met(func(b int) bool {
		loss := o.graph.Loss(b)
		return !of(b) && (entries[b] || loss == graph.Direct || loss == graph.Cyclic)
	}, func(from, to int) bool { return !of(to) && o.graph.Stratum(from) == o.graph.Stratum(to) })
	for b := range o.Blocks {
		if !held[b] {
			a.Add(amount(o.Blocks[b].Size, 1))
		}
	}
	return a
}

func (o *oracle) spread(of func(block int) bool) profile.Spread {
	var sizes []uint64
	for b := range o.Blocks {
		if of(b) {
			sizes = append(sizes, o.reached(func(block int) bool { return block == b }).Bytes)
		}
	}
	slices.Sort(sizes)
	return profile.Spread{Smallest: sizes[0], Median: sizes[(len(sizes)-1)/2], Largest: sizes[len(sizes)-1]}
}
