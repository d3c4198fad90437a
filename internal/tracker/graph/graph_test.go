package graph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestAnAddressRightBehindABlockIsTheBlocksUnlessAnotherOneBeginsThere(t *testing.T) {
	x, err := NewIndex([]Block{{Addr: 0x1000, Size: 16}, {Addr: 0x1010, Size: 8}, {Addr: 0x1020, Size: 0}, {Addr: 0x9000_0000, Size: 24}})
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[uint64]int{
		0: -1, 0xfff: -1, 0x1000: 0, 0x100f: 0, 0x1010: 1, 0x1017: 1, 0x1018: 1, 0x1019: -1, 0x1020: 2, 0x1021: -1,
		0x8fff_ffff: -1, 0x9000_0000: 3, 0x9000_0018: 3, 0x9000_0019: -1, 1<<64 - 1: -1,
	} {
		got, ok := x.Find(addr)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%#x is in block %d, want %d", addr, got, want)
		}
	}
}

func TestEveryAddressIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 50 {
		var blocks []Block
		at := uint64(1 << 20)
		for range 1 + r.IntN(300) {
			at += r.Uint64() >> (24 + r.UintN(40)) >> 8
			b := Block{Addr: at, Size: r.Uint64() >> (40 + r.UintN(24))}
			blocks = append(blocks, b)
			at += b.Size + 1
		}
		x, err := NewIndex(blocks)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.table) > 2*len(blocks)+2*len(x.regions) {
			t.Errorf("the table of %d blocks has %d buckets", len(blocks), len(x.table))
		}
		for i, b := range blocks {
			for _, addr := range []uint64{b.Addr, b.Addr + b.Size/2, b.Addr + b.Size} {
				if got, ok := x.Find(addr); !ok || got != i {
					t.Fatalf("%#x is in block %d, want %d", addr, got, i)
				}
			}
			if got, ok := x.Find(b.Addr + b.Size + 1); ok && got == i {
				t.Fatalf("%#x is in block %d, which ends before", b.Addr+b.Size+1, i)
			}
		}
	}
}

func TestBlocksOutOfOrderAreRefused(t *testing.T) {
	if _, err := Build([]Block{{Addr: 32}, {Addr: 16}}, nil, &image{}, Options{}); !errors.Is(err, ErrOrder) {
		t.Errorf("got %v", err)
	}
}

func TestAHeapWithoutBlocksHasNothing(t *testing.T) {
	g, err := Build(nil, []Root{{Start: 8, End: 64, Stratum: Firm, Words: []uint64{0}}}, &image{start: 0, bytes: make([]byte, 64)}, Options{})
	if err != nil || g.Lost() != (Amount{}) || g.OwnerRetained(0) != (Amount{}) || g.Unread() != 0 {
		t.Errorf("got %v, %v", g, err)
	}
	if a, exact := g.RetainedBy(nil, 2); len(a) != 2 || !exact {
		t.Errorf("groups retain %v", a)
	}
}

// A pool's chunk has pieces that are blocks, too.
func TestAPieceThatIsHeldHoldsTheBlockItLiesIn(t *testing.T) {
	h := newHeap(0, 256, 64, 64)
	chunk := h.blocks[0].Addr
	h.blocks = []Block{h.blocks[0], {Addr: chunk, Size: 32}, {Addr: chunk + 64, Size: 32}, {Addr: chunk + 128, Size: 128}, h.blocks[1], h.blocks[2]}
	h.put(chunk+64, h.blocks[4].Addr)  // of a piece
	h.put(chunk+100, h.blocks[5].Addr) // not at a word's address
	h.put(chunk+104, h.blocks[5].Addr) // of the chunk itself
	h.roots = []Root{{Owner: 0, Stratum: Firm, Words: []uint64{chunk + 64}}}
	visited := map[int]uint64{}
	g := build(t, h, Options{Visit: func(block int, _ uint64, b []byte) { visited[block] += uint64(len(b)) }})
	for block, want := range []Stratum{Firm, Unreached, Firm, Unreached, Firm, Firm} {
		if got := g.Stratum(block); got != want {
			t.Errorf("block %d: stratum %d, want %d", block, got, want)
		}
	}
	if got := slices.Collect(func(yield func(int) bool) {
		for t := range g.Pointers(0) {
			yield(t)
		}
	}); !slices.Equal(got, []int{5}) {
		t.Errorf("the chunk points to %v", got)
	}
	if want := map[int]uint64{0: 64, 1: 32, 2: 32, 3: 128, 4: 64, 5: 64}; !reflect.DeepEqual(visited, want) {
		t.Errorf("visited %v, want %v", visited, want)
	}
}

func TestBlocksAtOneAddressAndWithoutEndDoNoHarm(t *testing.T) {
	h := newHeap(0, same(4)...)
	a := h.blocks[0].Addr
	h.blocks = []Block{{Addr: a, Size: 64}, {Addr: a, Size: 64}, {Addr: a, Size: 0}, {Addr: a + 8, Size: 1 << 63}, {Addr: a + 16, Size: 1<<64 - 1}, {Addr: 1<<64 - 8, Size: 1 << 63}}
	h.hold(0, Firm, 0)
	g := build(t, h, Options{})
	if g.Stratum(0) != Firm || g.Stratum(1) != Firm {
		t.Error("blocks that begin where one does that is held are not held")
	}
	if g.Unread() == 0 {
		t.Error("nothing is unread")
	}
}

func TestWhatCannotBeReadIsCounted(t *testing.T) {
	h := newHeap(0, 64, 5<<20, 64, 64)
	large := h.blocks[1].Addr
	holes := []Range{{large&^4095 + 3<<12, large&^4095 + 4<<12}, {large&^4095 + 1<<20, large&^4095 + 4<<20 + 3<<12}}
	h.holes = holes
	h.point(1, 8, 0)
	h.point(1, (5<<20)/8-1, 2)
	h.hold(0, Firm, 1)
	h.roots = append(h.roots, Root{Owner: 1, Stratum: Firm, Start: 1 << 40, End: 1 << 60})
	seen := uint64(0)
	g := build(t, h, Options{Visit: func(block int, _ uint64, b []byte) { seen += uint64(len(b)) }})
	want := 1<<60 - 1<<40 - uint64(len(h.bytes))
	for _, hole := range holes {
		want += hole.End - hole.Start
	}
	if got := g.Unread(); got != want {
		t.Errorf("%d bytes are unread, want %d", got, want)
	}
	if g.Stratum(0) != Firm || g.Stratum(2) != Firm || g.Stratum(3) != Unreached {
		t.Error("pointers before and behind what cannot be read are not seen")
	}
	if seen == 0 || seen > 3<<20 {
		t.Errorf("%d bytes were visited", seen)
	}
}

func TestMemoryToSkipHasNoPointers(t *testing.T) {
	h := newHeap(0, 64, 64, 64, 64)
	h.point(0, 0, 1)
	h.point(0, 1, 2)
	h.point(0, 2, 3)
	start := h.holdWords(1, 4)
	h.put(start, h.blocks[3].Addr)
	h.hold(0, Firm, 0)
	g := build(t, h, Options{Skip: []Range{{start, start + 8}, {h.at(0, 1), h.at(0, 2)}, {h.at(0, 2), h.at(0, 3)}, {5, 4}}})
	for block, want := range []Stratum{Firm, Firm, Unreached, Unreached} {
		if got := g.Stratum(block); got != want {
			t.Errorf("block %d: stratum %d, want %d", block, got, want)
		}
	}
}

func TestBlocksAreVisitedInOrderWhoeverReadsThem(t *testing.T) {
	sizes := objects(3000)
	sizes[100], sizes[2000] = 3<<20+5, 1<<20
	h := newHeap(0, sizes...)
	r := rand.New(rand.NewPCG(3, 3))
	for range 6000 {
		b := r.IntN(len(sizes))
		h.point(b, r.IntN(int(min(sizes[b], 1<<21)/8)), r.IntN(len(sizes)))
	}
	h.hold(0, Firm, 5)
	var first *Graph
	for _, crew := range []int{1, 2, 5} {
		at, bytes := uint64(0), 0
		g := build(t, h, Options{Parallel: crew, Visit: func(block int, offset uint64, b []byte) {
			addr := h.blocks[block].Addr + offset
			if addr < at || !slices.Equal(b[:min(8, len(b))], h.bytes[addr-h.start:][:min(8, len(b))]) {
				t.Fatalf("block %d at %d is visited behind %#x", block, offset, at)
			}
			at = addr + uint64(len(b))
			bytes += len(b)
		}})
		if first == nil {
			first = g
		}
		if !slices.Equal(g.edges.targets, first.edges.targets) || !slices.Equal(g.edges.starts, first.edges.starts) || !slices.Equal(g.edges.repeats, first.edges.repeats) {
			t.Errorf("the edges are others with %d readers", crew)
		}
		want := 0
		for _, size := range sizes {
			want += int(size)
		}
		if bytes != want {
			t.Errorf("%d bytes are visited, want %d", bytes, want)
		}
	}
}

func TestALongListTakesNoDepth(t *testing.T) {
	const n = 300_000
	for _, both := range []bool{false, true} {
		t.Run(fmt.Sprint(both), func(t *testing.T) {
			h := newHeap(0, same(n+1)...)
			for i := range n {
				h.point(i, 0, i+1)
				if both {
					h.point(i+1, 1, i)
				}
			}
			if g := build(t, h, Options{}); g.Lost().Blocks != n+1 || g.Loss(0) == Hanging {
				t.Errorf("%v are lost", g.Lost())
			}
			h.hold(0, Firm, 0)
			g := build(t, h, Options{})
			if got := g.Retained(0).Blocks; got != n+1 {
				t.Errorf("the first block retains %d", got)
			}
			of := make([]int32, n+1)
			for i := range of {
				of[i] = int32(i % 3)
			}
			if a, exact := g.RetainedBy(of, 3); !exact || a[1].Blocks != n {
				t.Errorf("groups retain %v", a)
			}
		})
	}
}

func TestAGraphForWhichThereIsNoRoomTellsLeaksOnly(t *testing.T) {
	h := newHeap(0, same(1000)...)
	h.hold(0, Firm, 0)
	h.hold(1, Firm, 0)
	for i := range 500 {
		h.point(i, 3, i+1)
	}
	g := build(t, h, Options{MaxBytes: 1000*perBlock + 499*perEdge})
	if !g.LeaksOnly() || g.Lost() != (Amount{499 * 64, 499}) || g.Loss(700) != Direct || g.Owner(3) != Shared || g.Dominator(4) != -1 {
		t.Errorf("lost %v", g.Lost())
	}
	if g := build(t, h, Options{MaxBytes: 1000*perBlock + 500*perEdge}); g.LeaksOnly() {
		t.Error("there is no room where there is")
	}
	if _, err := Build(h.blocks, h.roots, h, Options{MaxBytes: 1000 * perBlockLost}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func FuzzBuild(f *testing.F) {
	f.Add(uint64(1), []byte("pointers"), uint16(3))
	f.Fuzz(func(t *testing.T, seed uint64, memory []byte, words uint16) {
		r := rand.New(rand.NewPCG(seed, 5))
		m := &image{start: heapStart, bytes: memory}
		for i := 0; i+8 <= len(memory); i += 8 {
			if memory[i]%2 == 0 {
				m.put(heapStart+uint64(i), heapStart+uint64(memory[i+1])*8)
			}
		}
		var blocks []Block
		at := uint64(heapStart)
		for range r.IntN(30) {
			at += uint64(r.IntN(5)) * 8
			blocks = append(blocks, Block{Addr: at, Size: r.Uint64() >> r.UintN(64)})
		}
		var roots []Root
		for range words % 10 {
			start := heapStart + uint64(r.IntN(300))
			roots = append(roots, Root{Owner: uint32(r.IntN(5)), Stratum: Stratum(r.IntN(256)), Start: start, End: start + r.Uint64()>>r.UintN(64), Words: []uint64{heapStart + 8*uint64(words)}})
		}
		g, err := Build(blocks, roots, m, Options{MaxBytes: uint64(words) * 16})
		if err != nil {
			return
		}
		sum := g.Lost().Blocks
		for owner := range g.Owners() {
			sum += g.OwnerRetained(owner).Blocks
		}
		for b := range blocks {
			if g.Owner(b) == Shared {
				sum++
			}
		}
		if !g.LeaksOnly() && sum != uint64(len(blocks)) {
			t.Errorf("the parts have %d blocks of %d", sum, len(blocks))
		}
	})
}

func TestNoStratumIsAboveFirm(t *testing.T) {
	h := newHeap(0, same(2)...)
	h.hold(0, 255, 0)
	h.hold(1, Firm, 0, 1)
	g := build(t, h, Options{})
	if g.Stratum(0) != Firm || g.Owner(0) != Shared || g.Owner(1) != 1 {
		t.Errorf("stratum %d, owners %d and %d", g.Stratum(0), g.Owner(0), g.Owner(1))
	}
}

// TestWhatGroupsOfAListWithParentsRetainIsExact has many siblings that lead to each other and to their parent, as an
// XML document's elements do: each change of a set goes through the whole list, and to the parent.
func TestWhatGroupsOfAListWithParentsRetainIsExact(t *testing.T) {
	const n = 20000
	h := newHeap(0, same(n+1)...)
	of := make([]int32, n+1)
	order := rand.New(rand.NewPCG(1, 1)).Perm(n)
	for i, at := range order {
		h.point(at+1, 2, 0)
		if i+1 < n {
			h.point(at+1, 5, order[i+1]+1)
			h.point(order[i+1]+1, 3, at+1)
		}
	}
	of[order[0]+1], of[order[n-1]+1] = 1, 2 // the ends, by one of which the list is held all the same
	h.point(0, 0, order[0]+1)
	h.point(0, 1, order[n-1]+1)
	h.hold(0, Firm, 0)
	g := build(t, h, Options{})
	a, exact := g.RetainedBy(of, 3)
	if !exact || a[0].Blocks != n+1 || a[1].Blocks != 1 || a[2].Blocks != 1 {
		t.Errorf("exact: %v; %+v", exact, a)
	}
	l := labels{g: g, of: of, sets: newSets()}
	edges := len(g.back.from)
	if l.run(); again*(len(l.set)+edges)-l.left > 4*edges {
		t.Errorf("of %d edges %d were gone along", edges, again*(len(l.set)+edges)-l.left)
	}
}
