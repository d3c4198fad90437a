package holding

import (
	"fmt"
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// A list is one row however long it is, and so is what each of its nodes has.
func TestTopShowsAListAsOneRow(t *testing.T) {
	w := newWorld("List", "Node", "String")
	head := w.block(0, 16)
	w.root("g_list", head)
	last := head
	for range 1000 {
		node := w.block(1, 32)
		w.put(last, node)
		w.put(node+8, w.block(2, 100))
		last = node
	}
	o := w.make().Owners[0]
	want := []profile.Held{
		{Depth: 0, Point: 0, Self: amount(16, 1), Retained: amount(132_016, 2001)},
		{Depth: 1, Point: 1, Self: amount(32_000, 1000), Retained: amount(132_000, 2000)},
		{Depth: 2, Point: 2, Self: amount(100_000, 1000), Retained: amount(100_000, 1000)},
	}
	if !reflect.DeepEqual(o.Top, want) {
		t.Errorf("got %+v", o.Top)
	}
}

// Only the rows that matter are shown, and not more than fit: each with those that it stands below.
func TestTopHasTheLargestRowsOnly(t *testing.T) {
	var types []string
	for i := range 40 {
		types = append(types, fmt.Sprint("T", i))
	}
	w := newWorld(types...)
	w.root("g_root", w.block(0, 16*39))
	for i := 1; i < 40; i++ {
		w.put(w.Blocks[0].Addr+uint64(16*i-16), w.block(i, uint64(100*i)))
	}
	top := w.make().Owners[0].Top
	if len(top) != maxTop || top[0].Point != 0 || top[1].Point != 39 || top[maxTop-1].Point != 29 {
		t.Errorf("got %+v", top)
	}
	w = newWorld("big", "small")
	w.root("g_root", w.block(0, 10_000), w.block(1, 100))
	if top := w.make().Owners[0].Top; len(top) != 1 {
		t.Errorf("less than 1 %% is shown: %+v", top)
	}
}

// Very many owners are told apart as far as they matter. The others are one, so that all adds up.
func TestOwnersThatHoldLittleAreOne(t *testing.T) {
	w := newWorld("T")
	w.bytes = make([]byte, 1<<20)
	for i := range 3000 {
		w.root(fmt.Sprint("v", i), w.block(0, uint64(i+1)))
	}
	w.root("nothing", 0)
	s := w.make()
	checkSums(t, s, w)
	if len(s.Owners) != maxOwners+1 || s.Owners[1].Name != "v2999" || s.Owners[0].Name != "" || s.Owners[0].Kind != profile.DataOwner {
		t.Fatalf("%d owners, first %q and %q", len(s.Owners), s.Owners[0].Name, s.Owners[1].Name)
	}
	if o := s.Owners[0]; o.Retained != amount(2000*2001/2, 2000) || o.Reaches != o.Retained || o.Top != nil {
		t.Errorf("the others are %+v", o)
	}
}

func TestOwnersThatHoldNothingAreLeftOut(t *testing.T) {
	w := newWorld("T")
	w.root("empty", 0, 1, 2)
	w.root("full", w.block(0, 8))
	if s := w.make(); len(s.Owners) != 1 || s.Owners[0].Name != "full" {
		t.Errorf("got %+v", s.Owners)
	}
}

// What several owners hold is none's, and each reaches it.
func TestSharedBlocksAreReachedByEach(t *testing.T) {
	w := newWorld("T")
	shared := w.block(0, 50)
	mine := w.block(0, 20)
	w.put(mine, shared)
	w.root("a", mine)
	w.root("b", shared)
	s := w.make()
	a, b := s.Owners[0], s.Owners[1]
	if s.Shared != amount(50, 1) || a.Retained != amount(20, 1) || a.Reaches != amount(70, 2) || b.Retained != amount(0, 0) || b.Reaches != s.Shared {
		t.Errorf("shared %v, owners %+v", s.Shared, s.Owners)
	}
}

// What several owners hold has its largest blocks, too: most often that is one that several variables know.
func TestWhatIsSharedHasItsTop(t *testing.T) {
	w := newWorld("Interpreter", "Object")
	shared := w.block(0, 50)
	w.put(shared, w.block(1, 200), w.block(1, 300))
	w.root("a", shared)
	w.root("b", shared)
	s := w.make()
	want := []profile.Held{
		{Depth: 0, Point: 0, Self: amount(50, 1), Retained: amount(550, 3)},
		{Depth: 1, Point: 1, Self: amount(500, 2), Retained: amount(500, 2)},
	}
	if !reflect.DeepEqual(s.SharedTop, want) || s.Owners[0].Top != nil {
		t.Errorf("got %+v", s)
	}
}

// An owner that reaches much is looked at with others, in as few rounds as they need.
func TestOwnersReachMuch(t *testing.T) {
	w := newWorld("T")
	var nodes []uint64
	for range maxReached {
		nodes = append(nodes, w.block(0, 16))
	}
	for i, node := range nodes {
		w.put(node, nodes[(i+1)%len(nodes)])
	}
	for i := range 70 {
		w.root(fmt.Sprint("v", i), nodes[i*100])
	}
	for _, o := range w.make().Owners {
		if o.Reaches != amount(16*maxReached, maxReached) {
			t.Fatalf("%q reaches %v", o.Name, o.Reaches)
		}
	}
}

// References tell how many words lead where, and on which of them the shortest ways are.
func TestReferencesAreWordsAndSteps(t *testing.T) {
	w := newWorld("Table", "Record", "Name")
	table := w.block(0, 64)
	var records []uint64
	for i := range 3 {
		records = append(records, w.block(1, 32))
		w.put(table+uint64(8*i), records[i])
		w.put(records[i], table, w.block(2, 10))
	}
	w.put(records[0]+16, records[1], records[1])
	w.root("g_table", table, table, records[2])
	got := w.make().References
	want := []profile.Reference{
		{From: 0, Owner: -1, To: 1, Pointers: 3, Blocks: 2},
		{From: 1, Owner: -1, To: 0, Pointers: 3},
		{From: 1, Owner: -1, To: 1, Pointers: 2},
		{From: 1, Owner: -1, To: 2, Pointers: 3, Blocks: 3},
		{From: -1, Owner: 0, To: 0, Pointers: 2, Blocks: 1},
		{From: -1, Owner: 0, To: 1, Pointers: 1, Blocks: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// Of what is lost, a group tells what nothing points to, what is lost in a circle, and what is lost with these.
func TestLostBlocksAreDirectOrCyclicOrHangOnOthers(t *testing.T) {
	w := newWorld("Direct", "Cyclic", "Hanging", "Held")
	w.put(w.block(0, 16), w.block(2, 100))
	a, b := w.block(1, 16), w.block(1, 16)
	w.put(a, b, w.block(2, 200))
	w.put(b, a)
	w.root("g_held", w.block(3, 1000))
	got := w.make().Groups
	want := []profile.Group{
		{Point: 0, Owner: profile.UnreachedOwner, Live: amount(16, 1), Retained: amount(116, 2), Direct: amount(16, 1)},
		{Point: 1, Owner: profile.UnreachedOwner, Live: amount(32, 2), Retained: amount(232, 3), Cyclic: amount(32, 2)},
		{Point: 2, Owner: profile.UnreachedOwner, Live: amount(300, 2), Retained: amount(300, 2)},
		{Point: 3, Owner: 0, Live: amount(1000, 1), Retained: amount(1000, 1)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// Blocks that begin with a class's table are groups of their own. A word is looked up once, and only where tables may be.
func TestClassesAreToldByTables(t *testing.T) {
	w := newWorld("")
	asked := map[uint64]int{}
	w.Tables = []graph.Range{{Start: 0x1000, End: 0x2000}, {Start: 0x4000, End: 0x5000}}
	w.Class = func(addr uint64) string {
		asked[addr]++
		return map[uint64]string{0x1010: "Circle", 0x4ff8: "Square", 0x1020: "Circle"}[addr]
	}
	for _, word := range []uint64{0x1010, 0x4ff8, 0x1020, 0x1030, 0x3000, 0x5000, 0x1010, 0} {
		w.put(w.block(0, 16), word)
	}
	w.block(0, 4)
	blocks := map[string]uint64{}
	for _, g := range w.make().Groups {
		blocks[g.Class] += g.Live.Blocks
	}
	if want := map[string]uint64{"Circle": 3, "Square": 1, "": 5}; !reflect.DeepEqual(blocks, want) {
		t.Errorf("got %v", blocks)
	}
	if want := map[uint64]int{0x1010: 1, 0x4ff8: 1, 0x1020: 1, 0x1030: 1}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %v", asked)
	}
}

// Where the graph would take too much memory, it is only told what is lost.
func TestOnlyLeaksWhereMemoryIsShort(t *testing.T) {
	w := newWorld("Held", "Lost")
	for range 1000 {
		w.block(0, 16)
	}
	w.block(1, 32)
	var held []uint64
	for _, b := range w.Blocks[:500] {
		held = append(held, b.Addr)
	}
	w.bytes = append(w.bytes, make([]byte, 1<<14)...)
	w.root("a", held[:250]...)
	w.root("b", held[250:]...)
	for i, b := range w.Blocks[500:1000] {
		w.put(w.Blocks[i].Addr, b.Addr)
	}
	for most := uint64(1 << 10); ; most += 1 << 10 {
		w.MaxBytes = most
		s, err := Make(w.Input)
		if err != nil {
			continue
		}
		if !s.LeaksOnly {
			t.Fatalf("with %d bytes all is told", most)
		}
		checkLeaksOnly(t, s)
		return
	}
}

func checkLeaksOnly(t *testing.T, s profile.Snapshot) {
	t.Helper()
	if s.Unreached != amount(32, 1) || s.Shared != amount(16_000, 1000) || s.Live != amount(16_032, 1001) {
		t.Errorf("live %v, shared %v, unreached %v", s.Live, s.Shared, s.Unreached)
	}
	if s.Owners != nil || s.References != nil || s.Deep != nil || len(s.Contents) != 2 {
		t.Errorf("got %+v", s)
	}
	if lost := s.Groups[1]; lost.Direct != amount(32, 1) || lost.Owner != profile.UnreachedOwner {
		t.Errorf("lost %+v", lost)
	}
}

// Memory that cannot be read is told, not made up.
func TestMemoryThatCannotBeReadIsCounted(t *testing.T) {
	w := newWorld("T")
	w.root("v", w.block(0, 64))
	w.Blocks = append(w.Blocks, graph.Block{Addr: worldStart + 1<<30, Size: 4096})
	if s := w.make(); s.Unread == 0 || s.Contents[0].Live != amount(64, 1) {
		t.Errorf("%d bytes unread, contents %+v", s.Unread, s.Contents)
	}
}

// A word that may be left over is an owner's only where nothing surer leads to the block, and has no part in what others hold.
func TestOwnersThatOnlyPointToWhatIsHeldMoreSurelyAreNone(t *testing.T) {
	w := newWorld("both", "frame's")
	both, frames := w.block(0, 64), w.block(1, 32)
	w.root("g_first", both)
	w.root("g_second", both)
	w.owner(profile.Owner{Kind: profile.FrameOwner, Name: "inner"}, graph.Loose-1, both, frames)
	w.owner(profile.Owner{Kind: profile.FrameOwner, Name: "outer"}, graph.Loose, frames)
	w.put(frames, both)
	s := w.make()
	checkSums(t, s, w)
	got := map[string][2]profile.Amount{}
	for _, o := range s.Owners {
		got[o.Name] = [2]profile.Amount{o.Retained, o.Shares}
	}
	want := map[string][2]profile.Amount{"g_first": {{}, amount(64, 1)}, "g_second": {{}, amount(64, 1)}, "outer": {amount(32, 1), {}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
