//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"math"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// memory is the recorder's view of the shared memory.
type memory struct {
	file    *os.File
	control *wire.Control
	head    []byte            // control page and process table
	rings   map[uint32][]byte // mapped when they come into use
	closed  chan struct{}     // closed by close
	duty    chan func()       // one function that waits, for showLife's thread; see there
}

// newMemory makes the shared memory: a memfd, or where the kernel or a sandbox
// refuses one, a file without a name.
func newMemory() (*memory, error) {
	rings, err := roomForRings()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("heapprof", unix.MFD_CLOEXEC)
	var file *os.File
	if err == nil {
		file = os.NewFile(uintptr(fd), "memfd:heapprof")
	} else if file, err = unnamedFile(); err != nil {
		return nil, fmt.Errorf("no shared memory: %w", err)
	}
	if err := file.Truncate(wire.RingsAt + int64(rings)*wire.RingStride); err != nil {
		file.Close()
		return nil, fmt.Errorf("no shared memory for %d threads: %w", rings, err)
	}
	head, err := unix.Mmap(int(file.Fd()), 0, wire.ControlBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("no shared memory: %w", err)
	}
	control := (*wire.Control)(unsafe.Pointer(&head[0]))
	*control = wire.Control{Magic: wire.Magic, Version: wire.Version, RecorderPID: uint32(os.Getpid()), MaxRings: rings}
	m := &memory{file: file, head: head, rings: make(map[uint32][]byte), control: control, closed: make(chan struct{}), duty: make(chan func(), 1)}
	m.showLife()
	return m, nil
}

func unnamedFile() (*os.File, error) {
	file, err := os.CreateTemp("/dev/shm", "heapprof")
	if err != nil {
		file, err = os.CreateTemp("", "heapprof")
	}
	if err == nil {
		err = os.Remove(file.Name())
	}
	return file, err
}

func (m *memory) process(i uint32) *wire.Process {
	at := wire.ProcessesAt + int(i)*int(unsafe.Sizeof(wire.Process{}))
	return (*wire.Process)(unsafe.Pointer(&m.head[at]))
}

// ring maps ring i.
func (m *memory) ring(i uint32) (*wire.Ring, *[wire.RingWords]uint64, error) {
	b, ok := m.rings[i]
	if !ok {
		var err error
		b, err = unix.Mmap(int(m.file.Fd()), wire.RingsAt+int64(i)*wire.RingStride, wire.RingStride, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return nil, nil, err
		}
		m.rings[i] = b
	}
	return (*wire.Ring)(unsafe.Pointer(&b[0])), (*[wire.RingWords]uint64)(unsafe.Pointer(&b[wire.RingHeader])), nil
}

// discard gives back the memory of ring i, whose process has ended.
func (m *memory) discard(i uint32) {
	unix.Munmap(m.rings[i])
	delete(m.rings, i)
	m.punch(wire.RingsAt+int64(i)*wire.RingStride, wire.RingStride)
}

// punch gives back the memory of a part of the file that is not used any more.
func (m *memory) punch(at, size int64) {
	// Only memory is at stake if this fails.
	_ = unix.Fallocate(int(m.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, at, size)
}

// close gives the memory back. A program that still has it goes on unrecorded.
func (m *memory) close() {
	if m.head == nil {
		return
	}
	atomic.StoreUint32(&m.control.Recorder, wire.RecorderGone)
	close(m.closed)
	for _, b := range m.rings {
		unix.Munmap(b)
	}
	unix.Munmap(m.head)
	m.head = nil
	m.file.Close()
}

// futexWait sleeps while *word == seen, for at most the given nanoseconds.
func futexWait(word *uint32, seen uint32, nanos int64) {
	limit := unix.NsecToTimespec(nanos)
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 0 /* FUTEX_WAIT, shared */, uintptr(seen), uintptr(unsafe.Pointer(&limit)), 0, 0)
}

func futexWake(word *uint32) { futexWakeUpTo(1, word) }

func futexWakeAll(word *uint32) { futexWakeUpTo(math.MaxInt32, word) }

func futexWakeUpTo(n uintptr, word *uint32) {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), 1 /* FUTEX_WAKE */, n, 0, 0, 0)
}
