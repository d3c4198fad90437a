//go:build linux && (amd64 || arm64)

package replay

import (
	"testing"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// TestWhatAnAttachedProcessHadBeforeIsCountedApart has the state of a process that the recorder came to while it ran.
func TestWhatAnAttachedProcessHadBeforeIsCountedApart(t *testing.T) {
	r, threads := pretend(t, 1)
	r.memory.Begin(shm.Settings{Depth: 16, MaxNodes: 1 << 20, Flags: wire.Attached})
	r = NewReader(r.memory, process.NewIdentities(r.memory), Options{})
	w := threads[0]
	w.node(20, wire.Root, 0, 0x1000)
	w.node(21, 20, 0, 0x2000)
	w.free(1, 0xa0)
	w.put(wiretest.Realloc(wire.Free{Stamp: 2, Address: 0xb0}))
	w.put(wiretest.Realloced(wire.Alloc{Stamp: 3, Address: 0xc0, Stack: 21, Bytes: 70}))
	w.alloc(4, 0xd0, 20, 5)
	w.put(wiretest.Realloc(wire.Free{Stamp: 5, Address: 0xd0}))
	w.put(wiretest.Realloced(wire.Alloc{Stamp: 6, Address: 0xd0, Stack: 21, Bytes: 9})) // of a block that is known
	r.round(everything)
	state := snapshotAt(r.images[0], 7)
	if state.Heap.Before != (heap.Before{Freed: 1, Resized: 1}) || state.Heap.Counts != (heap.Counts{}) {
		t.Errorf("of before: %+v, and %+v", state.Heap.Before, state.Heap.Counts)
	}
	bytes := make(map[int]uint64)
	for id := range StackID(state.Stacks.Len()) {
		if site, ok := state.HeapSite(id); ok {
			bytes[depthOf(state.Stacks, id)] = state.Heap.Sites[site].EndBytes
		}
	}
	if bytes[2] != 70 || bytes[1] != 9 {
		t.Errorf("bytes that live, by depth of stack, are %v, want 70 at 2 and 9 at 1", bytes)
	}
}
