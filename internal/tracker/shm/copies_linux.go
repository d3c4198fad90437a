//go:build linux && (amd64 || arm64)

package shm

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// CopyRoom is room in the file for a copy that a process makes of itself.
type CopyRoom struct {
	*wire.Copy
	Data []byte // what was read last

	memory *Memory
	at     int64
	mapped []byte
}

// NewCopyRoom returns room for a copy. It is given back by Free.
func (m *Memory) NewCopyRoom() (*CopyRoom, error) {
	at, err := m.copyRoom()
	if err != nil {
		return nil, err
	}
	mapped, err := unix.Mmap(int(m.file.Fd()), at, wire.CopyBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &CopyRoom{Copy: (*wire.Copy)(unsafe.Pointer(&mapped[0])), Data: mapped[wire.Page:], memory: m, at: at, mapped: mapped}, nil
}

// copyRoom returns a place in the file that nobody uses.
func (m *Memory) copyRoom() (at int64, err error) {
	m.mu.Lock()
	if n := len(m.copyRooms); n > 0 {
		at, m.copyRooms = m.copyRooms[n-1], m.copyRooms[:n-1]
	}
	m.mu.Unlock()
	if at != 0 {
		return at, nil
	}
	return m.Reserve(wire.CopyBytes)
}

// Ask asks a process for a copy of itself.
func (r *CopyRoom) Ask(p *wire.Process) { atomic.StoreUint64(&p.CopyAt, uint64(r.at)) }

// Withdraw takes that back, and reports whether nobody had begun to make the copy.
func (r *CopyRoom) Withdraw(p *wire.Process) bool {
	return atomic.CompareAndSwapUint64(&p.CopyAt, uint64(r.at), 0)
}

// IsTaken reports whether somebody has begun to make it.
func (r *CopyRoom) IsTaken(p *wire.Process) bool {
	return atomic.LoadUint64(&p.CopyAt) != uint64(r.at)
}

// Free gives the room back, which no process uses any more.
func (r *CopyRoom) Free() {
	unix.Munmap(r.mapped)
	r.memory.Discard(r.at, wire.CopyBytes)
	r.memory.mu.Lock()
	r.memory.copyRooms = append(r.memory.copyRooms, r.at)
	r.memory.mu.Unlock()
}
