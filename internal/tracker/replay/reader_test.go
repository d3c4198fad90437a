//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

func TestAStackIsOneHoweverOftenItIsToldOf(t *testing.T) {
	r, threads := pretend(t, 2)
	threads[0].node(20, wire.Root, 0, 0x1000)
	threads[0].node(21, 20, 0, 0x2000)
	threads[0].alloc(1, 0xa0, 21, 10)
	threads[1].node(400, wire.Root, 0, 0x1000)
	threads[1].node(401, 400, 0, 0x2000)
	threads[1].alloc(2, 0xb0, 401, 30)
	r.round(everything)
	sites := r.images[0].Heap.Finish(3).Sites
	if len(sites) != 1 || sites[0].TotalBytes != 40 {
		t.Errorf("the sites are %+v, want one of 40 bytes", sites)
	}
}

// TestAStackIsKnownWhicheverThreadToldOfIt has nodes behind events of the same moment as those
// that use them, and such whose parent another thread has told of.
func TestAStackIsKnownWhicheverThreadToldOfIt(t *testing.T) {
	r, threads := pretend(t, 3)
	threads[0].alloc(5, 0xa0, wire.Root, 1)
	threads[0].node(20, wire.Root, 0, 0x1000)
	threads[0].free(9, 0xa0)
	threads[1].alloc(5, 0xb0, wire.Root, 2)
	threads[1].node(21, 20, 0, 0x2000)
	threads[1].free(9, 0xb0)
	threads[2].node(22, 21, 0, 0x3000) // the first that is read
	threads[2].alloc(5, 0xc0, 22, 4)
	threads[2].alloc(6, 0xd0, 21, 8)
	r.round(everything)
	state := snapshotAt(r.images[0], 10)
	bytes := make(map[int]uint64)
	for id := range StackID(state.Stacks.Len()) {
		if site, ok := state.HeapSite(id); ok {
			bytes[depthOf(state.Stacks, id)] = state.Heap.Sites[site].TotalBytes
		}
	}
	if want := map[int]uint64{0: 3, 3: 4, 2: 8}; !maps.Equal(bytes, want) || r.images[0].DamagedRings != 0 {
		t.Errorf("bytes by depth of stack are %v, want %v; %d rings are damaged", bytes, want, r.images[0].DamagedRings)
	}
	if told := r.images[0].told; told != 3 {
		t.Errorf("%d nodes were told of, want 3", told)
	}
}

func TestAStackThatNobodyToldOfIsDamage(t *testing.T) {
	for name, write := range map[string]func(w writer){
		"a block's":   func(w writer) { w.alloc(1, 0xa0, 20, 1) },
		"a parent":    func(w writer) { w.node(21, 20, 0, 0x1000) },
		"no node's":   func(w writer) { w.node(15, wire.Root, 0, 0x1000) },
		"beyond all":  func(w writer) { w.node(1<<28-1, wire.Root, 0, 0x1000) },
		"a mapping's": func(w writer) { w.mapping(1, wire.Mapping{}, 0x1000, 0x1000, 20) },
	} {
		r, threads := pretend(t, 2)
		threads[1].alloc(2, 0xb0, wire.Root, 3)
		write(threads[0])
		r.round(everything)
		if i := r.images[0]; i.DamagedRings != 1 || i.Heap.LiveBytes() != 3 {
			t.Errorf("%s: %d rings are damaged, and %d bytes live, want 1 and the other thread's 3", name, i.DamagedRings, i.Heap.LiveBytes())
		}
	}
}

// TestWhatADamagedRingToldOfIsNoDamageElsewhere has a thread use what another one has told of,
// whose ring the program has written over.
func TestWhatADamagedRingToldOfIsNoDamageElsewhere(t *testing.T) {
	r, threads := pretend(t, 2)
	threads[0].put([]uint64{0}) // no event
	r.round(everything)
	threads[1].node(30, 20, 0, 0x2000)
	threads[1].alloc(2, 0xb0, 30, 3)
	threads[1].alloc(3, 0xc0, 21, 4)
	threads[1].alloc(4, 0xd0, 21, 4)
	r.round(everything)
	state := snapshotAt(r.images[0], 10)
	stackless, ok := state.HeapSite(RootOutOfStack)
	if r.images[0].DamagedRings != 1 || state.Heap.Total.TotalBytes != 11 || !ok || state.Heap.Sites[stackless].TotalBytes != 8 {
		t.Errorf("%d rings are damaged, of %d bytes %v have no frame", r.images[0].DamagedRings, state.Heap.Total.TotalBytes, ok)
	}
}

func depthOf(stacks Stacks, id StackID) int {
	depth := 0
	for ; !id.IsRoot(); id = stacks.Caller(id) {
		depth++
	}
	return depth
}

// TestRingsAreMergedByTime hands blocks from one thread to another, which frees
// them, with the address reused at once: any other order than that of time
// would mis-pair some.
func TestRingsAreMergedByTime(t *testing.T) {
	const threads, events = 5, 4000
	r, writers := pretend(t, threads)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, w := range writers {
		w.node(20, wire.Root, 0, 0x1000)
	}
	stamp, live := uint64(1), uint64(0)
	for range events {
		stamp++
		writers[rng.IntN(threads)].alloc(stamp, 0x5000, 20, 8)
		stamp++
		if stamp/2 < events {
			writers[rng.IntN(threads)].free(stamp, 0x5000)
		} else {
			live = 1
		}
	}
	for r.round(everything) > 0 {
	}
	result := r.images[0].Heap.Finish(stamp)
	if result.Total.EndBlocks != live || result.Counts.UnknownFrees != 0 || result.Counts.LostFrees != 0 {
		t.Errorf("%d blocks live at the end, want %d; %+v", result.Total.EndBlocks, live, result.Counts)
	}
	if result.Sites[0].MaxBlocks != 1 {
		t.Errorf("up to %d blocks lived at once, want 1", result.Sites[0].MaxBlocks)
	}
}

func TestEventsAfterTheLimitWait(t *testing.T) {
	r, threads := pretend(t, 2)
	for _, w := range threads {
		w.node(20, wire.Root, 0, 0x1000)
	}
	threads[0].alloc(100, 0xa0, 20, 1)
	threads[1].alloc(200, 0xb0, 20, 1)
	r.round(150)
	if got := r.images[0].Heap.Finish(150).Total.TotalBlocks; got != 1 {
		t.Errorf("%d blocks up to the limit, want 1", got)
	}
	threads[0].free(190, 0xa0) // published late, but before what waits
	r.round(everything)
	result := r.images[0].Heap.Finish(300)
	if result.Total.EndBlocks != 1 || result.Sites[0].MaxBlocks != 1 {
		t.Errorf("%+v, want one block at the end and never two", result.Sites[0])
	}
}

// TestShortEventsTellTheirTimeByTheOneBefore mixes short and long events of two
// threads: a stamp that was counted wrongly would put a free before its block's birth.
func TestShortEventsTellTheirTimeByTheOneBefore(t *testing.T) {
	r, threads := pretend(t, 2)
	short := func(w writer, later, address, stack, size uint64) {
		w.put(wiretest.AllocShort(wire.AllocShort{Later: later, Address: address, Stack: stack, Bytes: size}))
	}
	free := func(w writer, later, address uint64) {
		w.put(wiretest.FreeShort(wire.FreeShort{Later: later, Address: address}))
	}
	for _, w := range threads {
		w.node(20, wire.Root, 0, 0x1000)
	}
	a, b := threads[0], threads[1]
	short(a, 100, 0xa0, 20, 65535)  // at 100
	b.free(150, 0xa0)               // at 150
	short(b, 1<<31, 0xa0, 20, 7)    // at 150 + 2³¹
	free(a, 60, 0xb0)               // at 160: unknown
	a.alloc(1<<32, 0xc0, 20, 1<<20) // at 2³²
	free(a, 65535, 0xa0)            // at 2³² + 65535
	free(b, 1, 0xd0)                // at 151 + 2³¹: unknown
	for r.round(everything) > 0 {
	}
	result := r.images[0].Heap.Finish(1 << 33)
	if got := result.Total; got.TotalBytes != 65535+7+1<<20 || got.TotalBlocks != 3 || got.EndBlocks != 1 || got.EndBytes != 1<<20 {
		t.Errorf("%+v", got)
	}
	if result.Counts.UnknownFrees != 2 || result.Counts.LostFrees != 0 {
		t.Errorf("%+v, want the two frees of blocks that never were", result.Counts)
	}
	want := uint64(50) + (1<<32 + 65535 - (150 + 1<<31)) + (1<<33 - 1<<32)
	if got := result.Total.Lifetime.Lo; got != want {
		t.Errorf("the blocks lived %d ticks, want %d", got, want)
	}
}

// TestTouchingAheadChangesNothing keeps so many blocks that those of the next
// events are touched, and lets two threads resize and free them by turns.
func TestTouchingAheadChangesNothing(t *testing.T) {
	const blocks = 100_000
	r, threads := pretend(t, 2)
	for _, w := range threads {
		w.node(20, wire.Root, 0, 0x1000)
	}
	r.round(everything)
	stamp := uint64(1)
	events := func(write func(w writer, address uint64)) {
		for i := range uint64(blocks) {
			stamp++
			write(threads[i/3%2], 0x10000+i*31%blocks*64)
			if i%1000 == 0 {
				r.round(everything)
			}
		}
		for r.round(everything) > 0 {
		}
	}
	events(func(w writer, address uint64) { w.alloc(stamp, address, 20, 8) })
	h := r.images[0].Heap
	if !h.IsVast() {
		t.Fatal("so few blocks are not touched")
	}
	events(func(w writer, address uint64) {
		w.put(wiretest.Realloc(wire.Free{Stamp: stamp, Address: address}))
		w.node(21, 20, 0, 0x2000)
		w.put(wiretest.Realloced(wire.Alloc{Stamp: stamp, Address: address, Bytes: 24}))
	})
	if got := h.Finish(stamp).Total; got.EndBlocks != blocks || got.EndBytes != 24*blocks {
		t.Errorf("%d blocks of %d bytes live, want %d of 24 bytes each", got.EndBlocks, got.EndBytes, blocks)
	}
	events(func(w writer, address uint64) { w.free(stamp, address) })
	result := h.Finish(stamp)
	if result.Total.EndBlocks != 0 || result.Counts != (heap.Counts{}) {
		t.Errorf("%d blocks live at the end, %+v", result.Total.EndBlocks, result.Counts)
	}
}

func TestARingClaimedButNeverOpenedHoldsNobodyUp(t *testing.T) {
	r, threads := pretend(t, 3)
	threads[0].header.Open = 0
	threads[0].header.Head = 0
	threads[2].node(20, wire.Root, 0, 0x1000)
	threads[2].alloc(1, 0xa0, 20, 1)
	r.round(everything)
	if threads[2].header.Tail != threads[2].header.Head {
		t.Error("the ring behind it is not read")
	}
	threads[0].header.Open = 1
	threads[0].put(wiretest.Thread(wire.Thread{Stamp: 2, ID: 77}))
	r.round(everything)
	if threads[0].header.Tail != threads[0].header.Head {
		t.Error("it is not read once it is open")
	}
}

func TestAModuleIsReadAcrossTheRingsEnd(t *testing.T) {
	r, threads := pretend(t, 1)
	w := threads[0]
	r.round(everything)
	w.header.Head, w.header.Tail = wire.RingWords-3, wire.RingWords-3
	r.rings[0].tail = w.header.Tail
	id, path := "\x01\x02\x03", "/usr/lib/libexample.so.1"
	w.put(wiretest.Module(wire.Module{Number: 7, Start: 0x1000, End: 0x9000, Bias: 0x1000, BuildID: id, Path: path}))
	r.round(everything)
	want := Module{Path: path, BuildID: id, Start: 0x1000, End: 0x9000, Bias: 0x1000, Proc: r.images[0].Proc}
	if got := r.images[0].Modules[7]; got != want {
		t.Errorf("the module is %+v, want %+v", got, want)
	}
}

// TestAScribbledRingIsGivenUpWithoutHarm writes noise where the events are, as
// a wild pointer of the program might: the reader must end, and the thread must
// not wait for room that never comes.
func TestAScribbledRingIsGivenUpWithoutHarm(t *testing.T) {
	for seed := range uint64(200) {
		t.Run("", func(t *testing.T) { scribble(t, seed) })
	}
}

func scribble(t *testing.T, seed uint64) {
	r, threads := pretend(t, 2)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range threads[0].words {
		threads[0].words[i] = rng.Uint64()
	}
	threads[0].header.Head = rng.Uint64N(2 * wire.RingWords)
	threads[1].node(20, wire.Root, 0, 0x1000)
	threads[1].alloc(1, 0xa0, 20, 1)
	for range 10 {
		r.round(everything)
	}
	if threads[0].header.Tail != threads[0].header.Head || threads[1].header.Tail != threads[1].header.Head {
		t.Fatalf("seed %d: the threads would wait", seed)
	}
}

// TestARunDoesNotWaitForAStranger has an image say that it is process 1, which does not end.
func TestARunDoesNotWaitForAStranger(t *testing.T) {
	r, _ := pretend(t, 1)
	root := &Root{PID: 1 << 30, Ended: make(chan struct{})}
	close(root.Ended)
	returned := make(chan struct{})
	go func() {
		r.Run(root, make(chan struct{}))
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(30 * time.Second):
		t.Fatal("the run does not end")
	}
	if state := r.memory.Process(0).State; state != wire.ProcessDone {
		t.Errorf("the image's state is %d: whoever it is would wait for a reader", state)
	}
}

func TestAThreadThatTheProgramMadeWaitIsWoken(t *testing.T) {
	r, threads := pretend(t, 1)
	r.round(everything)
	head := threads[0].header.Head
	threads[0].header.Tail = 1 << 60
	r.round(everything)
	if got := threads[0].header.Tail; got != head {
		t.Errorf("the ring's tail is %d, want %d", got, head)
	}
}

func TestBusyThreadsNeedNotRing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	r, _ := pretend(t, 1)
	for _, c := range []struct {
		words uint64
		in    time.Duration
		want  bool
	}{
		{wire.RingWords / 8, 100 * time.Microsecond, true},
		{wire.RingWords / 8, time.Second, false}, // the ring is half full after seconds
		{0, 100 * time.Microsecond, false},
	} {
		if got := r.restBriefly(c.words, c.in); got != c.want {
			t.Errorf("after %d words in %v the reader rests without a doorbell: %v, want %v", c.words, c.in, got, c.want)
		}
	}
	runtime.GOMAXPROCS(1)
	if r.restBriefly(wire.RingWords/8, 100*time.Microsecond) {
		t.Error("the reader does not wait for the doorbell where there is one processor")
	}
}
