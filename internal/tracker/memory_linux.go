//go:build linux && (amd64 || arm64)

package tracker

import (
	"encoding/binary"
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
	living  living
	who     *identities
	head    []byte            // control page and process table
	own     wire.Control      // of the control page what only the recorder writes, and counts as last seen
	marred  bool              // whether the program has overwritten some of that
	rings   map[uint32][]byte // by number divided by ringsMapped; mapped when they come into use
	closing chan struct{}     // closed by close
	closed  chan struct{}     // closed when showLife's thread is gone
	duty    chan func()       // one function that waits, for showLife's thread; see there
}

// newMemory makes the shared memory: a memfd, or where the kernel or a sandbox
// refuses one, a file without a name.
func newMemory() (*memory, error) {
	rings, err := roomForRings()
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("heapprof", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	var file *os.File
	if err == nil {
		file = os.NewFile(uintptr(fd), "memfd:heapprof")
		// The program can open it as well: it must not pull it away from under the recorder.
		_, _ = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
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
	living := newLiving()
	*control = wire.Control{Magic: wire.Magic, Version: wire.Version, RecorderPID: uint32(os.Getpid()), MaxRings: rings, Life: living.descriptor()}
	m := &memory{
		file: file, living: living, head: head, rings: make(map[uint32][]byte), control: control,
		closing: make(chan struct{}), closed: make(chan struct{}), duty: make(chan func(), 1),
	}
	m.who = newIdentities(m)
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

// begin lets programs join, which find in the control page what is there by now.
func (m *memory) begin() {
	m.control.Recorder = wire.RecorderOn
	m.own = *m.control
}

// stopProgram makes the hooks of all programs go inert.
func (m *memory) stopProgram() {
	m.own.Recorder = wire.RecorderGone
	atomic.StoreUint32(&m.control.Recorder, wire.RecorderGone)
}

// keep puts right what the program has overwritten of the control page: what only the
// recorder writes, and counts that are less than what has been seen of them, or more than
// there can be.
func (m *memory) keep(processes, rings uint32) {
	c := m.control
	if c.Magic != m.own.Magic {
		c.Magic, m.marred = m.own.Magic, true
	}
	own := recorderWords(&m.own)
	for i, word := range recorderWords(c) {
		if atomic.LoadUint32(word) != *own[i] {
			atomic.StoreUint32(word, *own[i])
			m.marred = true
		}
	}
	// Nobody starts so many processes between two looks.
	const leap = 1 << 16
	if n := atomic.LoadUint32(&c.Unprofiled); n-m.own.Unprofiled > leap {
		atomic.StoreUint32(&c.Unprofiled, m.own.Unprofiled)
	} else {
		m.own.Unprofiled = n
	}
	within(&c.Processes, processes, math.MaxInt32)
	within(&c.Rings, rings, math.MaxInt32)
}

// recorderWords are those of the control page that only the recorder writes.
func recorderWords(c *wire.Control) [8]*uint32 {
	return [...]*uint32{&c.Version, &c.Depth, &c.Flags, &c.RecorderPID, &c.Recorder, &c.MaxRings, &c.RecorderLife, &c.Life}
}

// within brings a count that programs add to between two bounds.
func within(count *uint32, least, most uint32) {
	if n := atomic.LoadUint32(count); n < least || n > most {
		atomic.CompareAndSwapUint32(count, n, min(max(n, least), most))
	}
}

// wake ends a sleep of the reader.
func (m *memory) wake() {
	atomic.AddUint32(&m.control.Doorbell, 1)
	futexWake(&m.control.Doorbell)
}

// peek returns the process of ring i, as an index in the process table, and whether it is
// open. It does not map it: the program may claim rings that it never opens.
func (m *memory) peek(i uint32) (process int, open bool) {
	var header wire.Ring
	b := make([]byte, unsafe.Sizeof(header.Process)+unsafe.Sizeof(header.Open))
	if _, err := m.file.ReadAt(b, wire.RingsAt+int64(i)*wire.RingStride+int64(unsafe.Offsetof(header.Process))); err != nil {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:]) != 0
}

// ringsMapped is how many rings are mapped at once. A process may have 65,530 mappings
// (vm.max_map_count), fewer than there may be threads, and the runtime needs some as well.
const ringsMapped = 16

// ring maps ring i.
func (m *memory) ring(i uint32) (*wire.Ring, *[wire.RingWords]uint64, error) {
	b, ok := m.rings[i/ringsMapped]
	if !ok {
		var err error
		at := wire.RingsAt + int64(i/ringsMapped)*ringsMapped*wire.RingStride
		b, err = unix.Mmap(int(m.file.Fd()), at, ringsMapped*wire.RingStride, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return nil, nil, err
		}
		m.rings[i/ringsMapped] = b
	}
	b = b[i%ringsMapped*wire.RingStride:]
	return (*wire.Ring)(unsafe.Pointer(&b[0])), (*[wire.RingWords]uint64)(unsafe.Pointer(&b[wire.RingHeader])), nil
}

// discard gives back the memory of ring i, whose process has ended.
func (m *memory) discard(i uint32) {
	m.punch(wire.RingsAt+int64(i)*wire.RingStride, wire.RingStride)
}

// punch gives back the memory of a part of the file that is not used any more.
func (m *memory) punch(at, size int64) {
	// Only memory is at stake if this fails.
	_ = unix.Fallocate(int(m.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, at, size)
}

// close gives the memory back, which nobody here may use any more. A program that still
// has it goes on unrecorded.
func (m *memory) close() {
	if m.head == nil {
		return
	}
	atomic.StoreUint32(&m.control.Recorder, wire.RecorderGone)
	close(m.closing)
	<-m.closed
	for _, b := range m.rings {
		unix.Munmap(b)
	}
	unix.Munmap(m.head)
	m.head = nil
	m.file.Close()
	m.living.close()
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
