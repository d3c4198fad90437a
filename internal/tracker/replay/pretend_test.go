//go:build linux && (amd64 || arm64)

package replay

import (
	"testing"

	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// writer plays a program's thread: it writes events into a ring of the shared memory.
type writer struct {
	t      testing.TB
	header *wire.Ring
	words  *wire.Words
}

// pretend makes a reader over shared memory with one process and a ring for
// each of n threads.
func pretend(t testing.TB, n int) (*Reader, []writer) {
	t.Helper()
	m := testMemory(t)
	m.Control().Processes = 1
	*m.Process(0) = wire.Process{State: 1, PID: 1}
	var writers []writer
	for i := range n {
		header, words, err := m.Ring(uint32(i))
		if err != nil {
			t.Fatal(err)
		}
		header.Open = 1
		w := writer{t, header, words}
		w.put(wiretest.Thread(wire.Thread{ID: uint64(i)}))
		writers = append(writers, w)
	}
	m.Control().Rings = uint32(n)
	return NewReader(m, process.NewIdentities(m), Options{}), writers
}

func testMemory(t testing.TB) *shm.Memory {
	t.Helper()
	m, err := shm.New(wire.MaxRings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	m.Begin(shm.Settings{Depth: 16, MaxNodes: 1 << 20})
	return m
}

// snapshotAt returns an image at the moment stamp.
func snapshotAt(i *Image, stamp uint64) *Snapshot {
	s := i.snapshot(stamp)
	s.Heap = i.Heap.Finish(stamp)
	return s
}

func (w writer) put(words []uint64) {
	w.t.Helper()
	if w.header.Head+uint64(len(words))-w.header.Tail > wire.RingWords {
		w.t.Fatal("the ring is full")
	}
	for _, word := range words {
		w.words[w.header.Head%wire.RingWords] = word
		w.header.Head++
	}
}

func (w writer) node(stack, parent uint64, module uint16, pc uint64) {
	w.put(wiretest.Node(wire.Node{Stack: stack, Parent: parent, Module: module, PC: pc}))
}

func (w writer) alloc(stamp, address, stack, size uint64) {
	w.put(wiretest.Alloc(wire.Alloc{Stamp: stamp, Address: address, Stack: stack, Bytes: size}))
}

func (w writer) free(stamp, address uint64) {
	w.put(wiretest.Free(wire.Free{Stamp: stamp, Address: address}))
}

const everything = ^uint64(0)
