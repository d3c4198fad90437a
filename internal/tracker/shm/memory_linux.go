//go:build linux && (amd64 || arm64)

package shm

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// Memory is the recorder's view of the shared memory. Its methods may be called by several
// goroutines, but Ring, Begin, StopPrograms and Mend by one at a time.
type Memory struct {
	file        *os.File
	control     *wire.Control
	recorded    recordedFile
	head        []byte            // the mapping of the control page and the process table
	own         wire.Control      // the words of the control page that only the recorder writes, and its counts as last seen
	overwritten bool              // whether the program has changed some of the recorder's words
	rings       map[uint32][]byte // by number divided by ringsMapped; mapped when they come into use
	life        life

	mu        sync.Mutex
	end       int64   // the length of the file, behind which Reserve makes room
	copyRooms []int64 // offsets of rooms for copies that are free
}

// MappedAs is with what the path begins of each file of a recorder's that a program has mapped, in
// maps; but where the kernel has refused to name one.
const MappedAs = "/memfd:" + FileName

// FileName is what a file is called that Adopt is given.
const FileName = "heapprof"

// New makes the shared memory, with room for so many rings, one for each of the programs'
// threads. It is a memfd, or where the kernel or a sandbox refuses one, a file without a
// name.
func New(rings uint32) (*Memory, error) {
	fd, err := unix.MemfdCreate(FileName, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	var file *os.File
	if err == nil {
		file = os.NewFile(uintptr(fd), "memfd:heapprof")
		// The program can open it as well: it must not pull it away from under the recorder.
		_, _ = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
	} else if file, err = unnamedFile(); err != nil {
		return nil, fmt.Errorf("no shared memory: %w", err)
	}
	return share(file, rings, newRecordedFile())
}

// Adopt makes the shared memory of an empty file that another process has made, one without a name that can be sealed, and
// takes that over: it closes it, also if it fails. Whether any process lives that is recorded is not known of such a memory.
func Adopt(file *os.File, rings uint32) (*Memory, error) {
	_, _ = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
	return share(file, rings, recordedFile{})
}

// share makes the shared memory of a file, which it closes if it fails.
func share(file *os.File, rings uint32, recorded recordedFile) (*Memory, error) {
	size := wire.RingsAt + int64(rings)*wire.RingStride
	if err := file.Truncate(size); err != nil {
		file.Close()
		recorded.close()
		return nil, fmt.Errorf("no shared memory for %d threads: %w", rings, err)
	}
	head, err := unix.Mmap(int(file.Fd()), 0, wire.ControlBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		file.Close()
		recorded.close()
		return nil, fmt.Errorf("no shared memory: %w", err)
	}
	control := (*wire.Control)(unsafe.Pointer(&head[0]))
	*control = wire.Control{Magic: wire.Magic, Version: wire.Version, RecorderPID: uint32(os.Getpid()), MaxRings: rings, Life: recorded.descriptor()}
	return &Memory{file: file, recorded: recorded, head: head, rings: make(map[uint32][]byte), control: control, end: size}, nil
}

// unnamedFile makes a temporary file and removes its name.
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

// Descriptor returns the number by which this process has the memory's file open. Programs
// open it as /proc/PID/fd/N of this process.
func (m *Memory) Descriptor() int { return int(m.file.Fd()) }

// Process returns the entry of a process image in the process table, by its index below
// wire.MaxProcesses. The program writes to it, too.
func (m *Memory) Process(index int) *wire.Process { return processAt(m.head, index) }

// processAt returns an entry of the process table in the mapping of that and the control page.
func processAt(head []byte, index int) *wire.Process {
	at := wire.ProcessesAt + index*int(unsafe.Sizeof(wire.Process{}))
	return (*wire.Process)(unsafe.Pointer(&head[at]))
}

// Peek returns the process of ring i, as an index in the process table, and reports whether
// the ring is open. It does not map the ring, as a program may claim rings that it never
// opens.
func (m *Memory) Peek(i uint32) (process int, open bool) {
	var header wire.Ring
	b := make([]byte, unsafe.Sizeof(header.Process)+unsafe.Sizeof(header.Open))
	if _, err := m.file.ReadAt(b, ringAt(i)+int64(unsafe.Offsetof(header.Process))); err != nil {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:]) != 0
}

// ringAt returns where ring i begins in the file.
func ringAt(i uint32) int64 { return wire.RingsAt + int64(i)*wire.RingStride }

// ringsMapped is how many rings one mapping holds. A process may have 65,530 mappings
// (vm.max_map_count), fewer than there may be threads, and Go's runtime needs some as well.
const ringsMapped = 16

// Ring maps ring i and returns its header and its words.
func (m *Memory) Ring(i uint32) (*wire.Ring, *wire.Words, error) {
	b, ok := m.rings[i/ringsMapped]
	if !ok {
		var err error
		b, err = unix.Mmap(int(m.file.Fd()), ringAt(i/ringsMapped*ringsMapped), ringsMapped*wire.RingStride, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return nil, nil, err
		}
		m.rings[i/ringsMapped] = b
	}
	b = b[i%ringsMapped*wire.RingStride:]
	return (*wire.Ring)(unsafe.Pointer(&b[0])), (*wire.Words)(unsafe.Pointer(&b[wire.RingHeader])), nil
}

// DiscardRing gives the memory of ring i back to the system, when its process has ended.
func (m *Memory) DiscardRing(i uint32) { m.Discard(ringAt(i), wire.RingStride) }

// Reserve makes room for size bytes at the end of the file and returns the offset where
// they begin.
func (m *Memory) Reserve(size int64) (at int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.file.Truncate(m.end + size); err != nil {
		return 0, err
	}
	at, m.end = m.end, m.end+size
	return at, nil
}

// ReadAt reads a part of the file, as io.ReaderAt has it.
func (m *Memory) ReadAt(b []byte, at int64) (int, error) { return m.file.ReadAt(b, at) }

// WriteAt writes a part of the file, as io.WriterAt has it.
func (m *Memory) WriteAt(b []byte, at int64) (int, error) { return m.file.WriteAt(b, at) }

// Discard gives the memory of a part of the file back to the system. The part reads as
// zeros afterwards.
func (m *Memory) Discard(at, size int64) {
	// Only memory is at stake if this fails.
	_ = unix.Fallocate(int(m.file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, at, size)
}

// Close gives the memory back. It first waits for the function that ShowLife runs, and
// afterwards nobody in this process may use the memory. A program that still has it goes on
// unrecorded.
func (m *Memory) Close() {
	if m.head == nil {
		return
	}
	atomic.StoreUint32(&m.control.Recorder, wire.RecorderGone)
	m.life.end()
	for _, b := range m.rings {
		unix.Munmap(b)
	}
	unix.Munmap(m.head)
	m.head = nil
	m.file.Close()
	m.recorded.close()
}
