//go:build linux && (amd64 || arm64)

package shm

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

func newMemory(t *testing.T) *Memory {
	t.Helper()
	m, err := New(wire.MaxRings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func TestTheKernelTellsWhetherAnybodyLives(t *testing.T) {
	f := newRecordedFile()
	defer f.close()
	page, err := unix.Mmap(int(f.descriptor()), 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	if nobody, known := f.isUnmapped(); nobody || !known {
		t.Errorf("nobody is said to live: %v, known: %v", nobody, known)
	}
	unix.Munmap(page)
	if nobody, known := f.isUnmapped(); !nobody || !known {
		t.Errorf("somebody is said to live: %v, known: %v", !nobody, known)
	}
}

func TestTheProgramCannotShrinkTheSharedMemory(t *testing.T) {
	m := newMemory(t)
	if err := m.file.Truncate(0); err == nil {
		t.Error("the memory can be pulled away from under the recorder")
	}
}

// TestAllRingsCanBeMapped: a process may have only so many mappings.
func TestAllRingsCanBeMapped(t *testing.T) {
	m := newMemory(t)
	for i := range uint32(wire.MaxRings) {
		if _, _, err := m.Ring(i); err != nil {
			t.Fatalf("ring %d: %v", i, err)
		}
	}
	if len(m.rings) > 8192 {
		t.Errorf("they take %d mappings", len(m.rings))
	}
}

// TestTheWordOfTheRecordersLifeNamesTheThreadThatServes looks at the futex as a program does.
func TestTheWordOfTheRecordersLifeNamesTheThreadThatServes(t *testing.T) {
	m := newMemory(t)
	serving, stop := make(chan int), make(chan struct{})
	m.ShowLife(func() {
		serving <- unix.Gettid()
		<-stop
	})
	thread := <-serving
	if got := atomic.LoadUint32(&m.Control().RecorderLife); got != 0 && got != uint32(thread) {
		t.Errorf("the word is %d, want thread %d, or 0 where the kernel has no such futexes", got, thread)
	}
	close(stop)
	m.Close() // waits for it
}

// TestMendPutsRightWhatOnlyTheRecorderWrites has the program write over the control page.
func TestMendPutsRightWhatOnlyTheRecorderWrites(t *testing.T) {
	m := newMemory(t)
	m.Begin(Settings{Depth: 77, MaxNodes: 1 << 20, Flags: wire.Children})
	c := m.Control()
	c.Processes, c.Rings = 5, 9
	m.Mend(3, 9)
	if m.Overwritten() || c.Processes != 5 || c.Rings != 9 {
		t.Fatalf("what the program may write is not left as it is: %d processes, %d rings, %v", c.Processes, c.Rings, m.Overwritten())
	}
	c.Depth, c.Processes, c.Rings = 1, 2, 1<<32-1
	m.Mend(5, 9)
	if !m.Overwritten() || c.Depth != 77 || c.Processes != 5 || c.Rings > 1<<31 {
		t.Errorf("depth %d, %d processes, %d rings, overwritten: %v", c.Depth, c.Processes, c.Rings, m.Overwritten())
	}
}

func TestReservedRoomLiesBehindTheRings(t *testing.T) {
	m, err := New(3)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	first, err := m.Reserve(100)
	if err != nil || first != wire.RingsAt+3*wire.RingStride {
		t.Fatalf("it is at %d, %v", first, err)
	}
	if second, err := m.Reserve(100); err != nil || second != first+100 {
		t.Errorf("further room is at %d, %v", second, err)
	}
	if _, err := m.WriteAt([]byte("plan"), first); err != nil {
		t.Fatal(err)
	}
	m.Discard(first, 100)
	b := make([]byte, 4)
	if _, err := m.ReadAt(b, first); err != nil || string(b) != "\x00\x00\x00\x00" {
		t.Errorf("what is given back is %q, %v", b, err)
	}
}
