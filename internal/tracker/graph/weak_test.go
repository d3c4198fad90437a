package graph

import "testing"

// collected is a heap like that of a Python: objects of five sizes, each with the collector's two words at its beginning, but every
// fourth behind two others. The lists' heads are at an address: old objects have the first one, the last five another one.
func collected(heads uint64, h *heap) {
	const young = 5
	link := func(b int) uint64 {
		if b%4 == 3 {
			return h.at(b, 2)
		}
		return h.at(b, 0)
	}
	ring := func(head uint64, from, to int) {
		before := head
		for b := from; b < to; b++ {
			h.put(before, link(b))
			h.put(link(b)+8, before|1) // the collector's mark
			before = link(b)
		}
		h.put(before, head)
		h.put(head+8, before)
	}
	n := 0
	for n < len(h.blocks) && h.blocks[n].Size < 200 {
		n++
	}
	ring(heads, 0, n-young)
	ring(heads+24, n-young, n)
}

// objects are sizes of so many objects.
func objects(n int, more ...uint64) []uint64 {
	sizes := make([]uint64, n)
	for i := range sizes {
		sizes[i] = 64 + 16*uint64(i%5)
	}
	return append(sizes, more...)
}

func build(t *testing.T, h *heap, o Options) *Graph {
	t.Helper()
	g, err := Build(h.blocks, h.roots, h, o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// holdWords makes a root of memory behind the blocks, and returns its address.
func (h *heap) holdWords(owner uint32, words int) uint64 {
	start := h.start + uint64(len(h.bytes))
	h.bytes = append(h.bytes, make([]byte, 8*words)...)
	h.roots = append(h.roots, Root{Owner: owner, Stratum: Firm, Start: start, End: start + 8*uint64(words)})
	return start
}

func TestACollectorsListRetainsNothing(t *testing.T) {
	for name, where := range map[string]string{"in a variable": "variable", "in the middle of a block": "block"} {
		t.Run(name, func(t *testing.T) {
			// 0 is the root of a tree; tables of pointers are blocks behind the objects.
			h := newHeap(0, objects(100, 800, 800, 4096)...)
			heads := h.at(102, 100)
			if where == "variable" {
				heads = h.holdWords(0, 8)
			}
			collected(heads, h)
			// 0 → table 100 → 1 to 9; 1 to 9 → one of the others each, the others in chains of nine.
			h.point(0, 5, 100)
			for b := 1; b < 10; b++ {
				h.point(100, b, b)
				h.point(b, 6, b*10)
				for k := range 9 {
					h.point(b*10+k, 6, b*10+k+1)
				}
			}
			h.hold(1, Firm, 0)
			h.hold(2, Firm, 102)
			g := build(t, h, Options{})
			if got := g.OwnerRetained(1).Blocks; got != 101 {
				t.Errorf("the owner retains %d blocks, want 101", got)
			}
			for b := 1; b < 10; b++ {
				if got := g.Retained(b).Blocks; got != 11 {
					t.Errorf("block %d retains %d blocks, want 11", b, got)
				}
			}
			if got := g.Owner(97); got != 1 {
				t.Errorf("the owner of a young object is %d, want 1", got)
			}
		})
	}
}

func TestWhatOnlyACollectorsListLeadsToIsHeld(t *testing.T) {
	h := newHeap(0, objects(100)...)
	collected(h.holdWords(0, 8), h)
	h.point(10, 6, 11)
	g := build(t, h, Options{})
	if lost := g.Lost(); lost != (Amount{}) {
		t.Errorf("%v are lost", lost)
	}
	if got := g.Dominator(11); got != 10 {
		t.Errorf("the dominator of an object that another one points to is %d, want 10", got)
	}
	if got := g.Dominator(52); got != -1 {
		t.Errorf("the dominator of an object that only the list leads to is %d", got)
	}
	if got := g.OwnerRetained(0).Blocks; got != 100 {
		t.Errorf("what has the head retains %d blocks, want 100", got)
	}
}

// list links blocks as a std::list does whose head is at an address.
func (h *heap) list(head uint64, blocks ...int) {
	before := head
	for _, b := range blocks {
		h.put(before, h.at(b, 0))
		h.put(h.at(b, 0)+8, before)
		before = h.at(b, 0)
	}
	h.put(before, head)
	h.put(head+8, before)
}

func numbers(from, to int) (out []int) {
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestAListsOwnerRetainsIt(t *testing.T) {
	h := newHeap(0, append(same(200), 400)...)
	h.list(h.holdWords(0, 4), numbers(0, 100)...)
	h.list(h.at(200, 0), numbers(100, 200)...) // its head is a block of another size
	h.hold(1, Firm, 200)
	g := build(t, h, Options{})
	for owner, want := range []uint64{100, 101} {
		if got := g.OwnerRetained(owner).Blocks; got != want {
			t.Errorf("owner %d retains %d blocks, want %d", owner, got, want)
		}
	}
	if got := g.Retained(50).Blocks; got != 1 {
		t.Errorf("a node retains %d blocks: it can be reached from both sides", got)
	}
}

// The nodes of a list that an index points to as well, such as a cache's by use, belong to both.
func TestAListKeepsNodesThatOthersPointToAsWell(t *testing.T) {
	h := newHeap(0, append(same(100), 800)...)
	h.list(h.holdWords(0, 4), numbers(0, 100)...)
	for b := range 100 {
		h.point(100, b, b)
	}
	h.hold(1, Firm, 100)
	g := build(t, h, Options{})
	if got := g.OwnerRetained(1).Blocks; got != 1 {
		t.Errorf("the index retains %d blocks, want itself", got)
	}
	if got := g.Owner(50); got != Shared {
		t.Errorf("a node's owner is %d", got)
	}
}

// Each node of a std::map has the words parent, left and right, the left one right behind the parent's.
func TestATreesOwnerRetainsIt(t *testing.T) {
	h := newHeap(0, same(127)...)
	for b := range 127 {
		if b > 0 {
			h.point(b, 1, (b-1)/2)
		}
		for side := range 2 {
			if child := 2*b + 1 + side; child < 127 {
				h.point(b, 2+side, child)
			}
		}
	}
	h.hold(0, Firm, 0, 63, 126)
	g := build(t, h, Options{})
	if got := g.OwnerRetained(0).Blocks; got != 127 {
		t.Errorf("the owner retains %d blocks, want 127", got)
	}
	if got := g.Owner(17); got != 0 {
		t.Errorf("a node's owner is %d", got)
	}
}

// Where a collector's neighbours hold each other as well, that counts.
func TestAPointerBesideTheListsIsOne(t *testing.T) {
	h := newHeap(0, objects(100)...)
	collected(h.holdWords(0, 8), h)
	h.hold(1, Firm, 10)
	h.point(10, 6, 11)
	g := build(t, h, Options{})
	if got := g.Dominator(11); got != 10 {
		t.Errorf("the dominator is %d, want 10", got)
	}
}
