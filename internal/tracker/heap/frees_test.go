package heap

import (
	"cmp"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// freesAt returns what was freed of each site by each stack, and the wrong frees, in order.
func freesAt(h *Heap) ([]Pair, []WrongFree) {
	f := h.Finish(1 << 40).Frees
	slices.SortFunc(f.Pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Stack, b.Stack)) })
	slices.SortFunc(f.Wrong, func(a, b WrongFree) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Stack, b.Stack)) })
	return f.Pairs, f.Wrong
}

func wantFrees(t *testing.T, h *Heap, pairs []Pair, wrong []WrongFree) {
	t.Helper()
	if p, w := freesAt(h); !reflect.DeepEqual(p, pairs) || !reflect.DeepEqual(w, wrong) {
		t.Errorf("pairs %+v, wrong %+v\nwant %+v, %+v", p, w, pairs, wrong)
	}
}

func TestFreesAreCountedBySiteAndStack(t *testing.T) {
	h := New(Options{})
	var th Thread
	a, b := h.NewSite(), h.NewSite()
	h.Alloc(&th, 0x1000, 10, 1, a)
	h.Alloc(&th, 0x2000, 20, 2, a)
	h.Alloc(&th, 0x3000, 40, 3, b)
	h.Alloc(&th, 0x4000, 80, 4, b)
	h.FreeBy(&th, 0x1000, 5, Freer{Stack: 7})
	h.FreeBy(&th, 0x2000, 6, Freer{Stack: 8})
	h.FreeInnerBy(&th, 0x3000, 7, Freer{Stack: 7})
	h.FreeInnerBy(&th, 0x5000, 8, Freer{Stack: 7})
	h.BeginReallocBy(&th, 0x4000, 9, Freer{Stack: 9})
	h.EndRealloc(&th, 0x6000, 160, 10, 0, Resized)
	h.BeginReallocBy(&th, 0x6000, 11, Freer{Stack: 9})
	h.EndRealloc(&th, 0, 0, 12, 0, Failed)
	h.BeginReallocBy(&th, 0x6000, 13, Freer{Stack: 9})
	h.EndRealloc(&th, 0, 0, 14, 0, Freed)
	wantFrees(t, h, []Pair{{a, 7, 10, 1}, {a, 8, 20, 1}, {b, 7, 40, 1}, {b, 9, 160, 1}}, nil)
	if h.LiveBytes() != 0 {
		t.Errorf("%d bytes live", h.LiveBytes())
	}
}

func TestLateEventsAreFreedWhereTheyWere(t *testing.T) {
	h := New(Options{})
	var one, two Thread
	a, b := h.NewSite(), h.NewSite()
	h.TellFamily(a, 1) // as each allocation does where frees have stacks
	// The free of the first block at an address comes when the second is there.
	h.Alloc(&one, 0x1000, 10, 1, a)
	h.Alloc(&one, 0x1000, 20, 3, b)
	h.FreeBy(&two, 0x1000, 2, Freer{Stack: 7})
	h.FreeBy(&one, 0x1000, 4, Freer{Stack: 8})
	// A free comes before its block, and is no wrong one.
	h.FreeBy(&two, 0x2000, 12, Freer{Stack: 9})
	h.Alloc(&one, 0x2000, 40, 11, b)
	wantFrees(t, h, []Pair{{a, 7, 10, 1}, {b, 8, 20, 1}, {b, 9, 40, 1}}, nil)
}

func TestFreesOfWhatIsNoBlockAreJudged(t *testing.T) {
	h := New(Options{})
	var th Thread
	a := h.NewSite()
	h.Alloc(&th, 0x1000, 10, 1, a)
	h.FreeBy(&th, 0x1000, 2, Freer{Stack: 7})
	h.FreeBy(&th, 0x1000, 3, Freer{Stack: 8})
	h.FreeBy(&th, 0x2000, 4, Freer{Stack: 9})
	// What realloc has moved is gone, too.
	h.Alloc(&th, 0x3000, 10, 5, a)
	h.BeginReallocBy(&th, 0x3000, 6, Freer{Stack: 1})
	h.EndRealloc(&th, 0x4000, 20, 7, 0, Resized)
	h.BeginReallocBy(&th, 0x3000, 8, Freer{Stack: 10})
	h.EndRealloc(&th, 0, 0, 9, 0, Failed)
	// And an address that has become another block's is that one's.
	h.Alloc(&th, 0x1000, 10, 10, a)
	h.FreeBy(&th, 0x1000, 11, Freer{Stack: 7})
	wantFrees(t, h, []Pair{{a, 7, 20, 2}}, []WrongFree{
		{Kind: FreedTwice, Site: a, KnowsSite: true, Stack: 8, Blocks: 1},
		{Kind: FreedTwice, Site: a, KnowsSite: true, Stack: 10, Blocks: 1},
		{Kind: Foreign, Stack: 9, Blocks: 1},
	})
}

// A place that another address was driven out of does not tell what never was a block.
func TestWhatMayBeForgottenIsNotCalledForeign(t *testing.T) {
	h := New(Options{})
	var th Thread
	a := h.NewSite()
	h.Alloc(&th, 16, 1, 1, a)
	h.FreeBy(&th, 16, 2, Freer{Stack: 1})
	place := h.frees.gone.place(16)
	var others []uint64
	for addr := uint64(32); len(others) < 2; addr += 16 {
		if h.frees.gone.place(addr) == place {
			others = append(others, addr)
		}
	}
	h.Alloc(&th, others[0], 1, 3, a)
	h.FreeBy(&th, others[0], 4, Freer{Stack: 1})
	h.FreeBy(&th, others[1], 5, Freer{Stack: 2})
	h.FreeBy(&th, 16, 6, Freer{Stack: 2})
	wantFrees(t, h, []Pair{{a, 1, 2, 2}}, nil)
}

func TestFreesByAnotherFamilyAreMismatched(t *testing.T) {
	const c, one, array = Family(1), Family(2), Family(3)
	h := New(Options{})
	var th Thread
	a, b, both := h.NewSite(), h.NewSite(), h.NewSite()
	h.TellFamily(a, one)
	h.TellFamily(both, one)
	h.TellFamily(both, array)
	stamp := uint64(0)
	block := func(site SiteID, by Freer) {
		h.Alloc(&th, 0x1000, 8, stamp+1, site)
		h.FreeBy(&th, 0x1000, stamp+2, by)
		stamp += 2
	}
	block(a, Freer{1, one})
	block(a, Freer{2, array})
	block(a, Freer{3, 0})
	block(b, Freer{4, array})
	block(both, Freer{5, c})
	// What realloc has resized is its own.
	h.Alloc(&th, 0x1000, 8, 20, a)
	h.BeginReallocBy(&th, 0x1000, 21, Freer{6, c})
	h.EndRealloc(&th, 0x2000, 8, 22, 0, Resized)
	h.BeginReallocBy(&th, 0x2000, 23, Freer{7, c})
	h.EndRealloc(&th, 0x3000, 8, 24, 0, Resized)
	h.FreeBy(&th, 0x3000, 25, Freer{8, c})
	_, wrong := freesAt(h)
	want := []WrongFree{
		{Kind: Mismatched, Site: a, KnowsSite: true, Stack: 2, Blocks: 1, Made: one, Freed: array},
		{Kind: Mismatched, Site: a, KnowsSite: true, Stack: 6, Blocks: 1, Made: one, Freed: c},
	}
	if !reflect.DeepEqual(wrong, want) {
		t.Errorf("wrong: %+v\nwant %+v", wrong, want)
	}
}

func TestAForkedChildHasFreedNothingYet(t *testing.T) {
	h := New(Options{})
	var th, child Thread
	a := h.NewSite()
	h.TellFamily(a, 2)
	h.Alloc(&th, 0x1000, 10, 1, a)
	h.Alloc(&th, 0x2000, 10, 2, a)
	h.FreeBy(&th, 0x1000, 3, Freer{Stack: 1})
	c := h.Clone(4)
	snapshot := h.Copy()
	h.FreeBy(&th, 0x2000, 5, Freer{Stack: 2})
	c.FreeBy(&child, 0x2000, 5, Freer{Stack: 3, Family: 1})
	wantFrees(t, c, []Pair{{a, 3, 10, 1}}, []WrongFree{{Kind: Mismatched, Site: a, KnowsSite: true, Stack: 3, Blocks: 1, Made: 2, Freed: 1}})
	wantFrees(t, h, []Pair{{a, 1, 10, 1}, {a, 2, 10, 1}}, nil)
	wantFrees(t, snapshot, []Pair{{a, 1, 10, 1}}, nil)
}

func TestPairsAreThoseOfAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var p pairs
	want := make(map[[2]uint32]Pair)
	for range 20_000 {
		site, stack, size := SiteID(rng.Uint32N(300)), rng.Uint32N(20), rng.Uint64N(100)
		p.add(site, stack, size)
		w := want[[2]uint32{uint32(site), stack}]
		want[[2]uint32{uint32(site), stack}] = Pair{site, stack, w.Bytes + size, w.Blocks + 1}
	}
	all := p.all()
	if len(all) != len(want) {
		t.Errorf("%d pairs, want %d", len(all), len(want))
	}
	for _, got := range all {
		if w := want[[2]uint32{uint32(got.Site), got.Stack}]; got != w {
			t.Errorf("got %+v, want %+v", got, w)
		}
	}
}
