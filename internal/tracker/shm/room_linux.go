//go:build linux && (amd64 || arm64)

package shm

import (
	"fmt"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/wire"
)

// Room is how heapprof shares out what it is limited to, where it may not raise the limits:
// the size of files (ulimit -f) and address space (ulimit -v). The address space that
// neither rings nor Go's heap get is for files that are mapped to read names from them.
type Room struct {
	Rings uint32 // rings in the shared memory, one for each thread; the calls of further threads are counted as lost
	Heap  int64  // bytes for Go's own heap; 0: no limit
}

// RoomUnderLimits returns the room that this process's limits leave. The error, a line for
// the user, means that this is too little to record with.
func RoomUnderLimits() (Room, error) {
	room := Room{Rings: wire.MaxRings}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) == nil && limit.Cur < wire.Size {
		const least = wire.RingsAt + wire.RingStride
		if limit.Cur < least {
			return Room{}, fmt.Errorf("files are limited to %d bytes (ulimit -f), and the memory shared with the program takes %d for each of its threads and %d besides: raise the limit",
				limit.Cur, wire.RingStride, wire.RingsAt)
		}
		room.Rings = uint32((limit.Cur - wire.RingsAt) / wire.RingStride)
	}
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || limit.Cur == unix.RLIM_INFINITY {
		return room, nil
	}
	share, err := shareSpace(limit.Cur, addressSpace())
	if err != nil {
		return Room{}, err
	}
	return Room{Rings: min(room.Rings, share.Rings), Heap: share.Heap}, nil
}

// leastSpace is the address space in bytes that heapprof needs besides what it has when it
// has started. With less it might run out of memory at the end, and lose the profile.
const leastSpace = 128 << 20

// shareSpace shares out a limit of address space, of which the process uses some already,
// both in bytes.
func shareSpace(limit, used uint64) (Room, error) {
	left := limit - min(used, limit)
	if left < leastSpace {
		return Room{}, fmt.Errorf("the address space is limited to %d KiB (ulimit -v), and heapprof itself needs %d: raise the limit",
			limit>>10, (used+leastSpace)>>10)
	}
	return Room{Heap: int64(left / 2), Rings: uint32(min(left/4/wire.RingStride, wire.MaxRings))}, nil
}

// addressSpace returns how many bytes of address space this process has.
func addressSpace() uint64 {
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	memory, _ := self.Memory()
	return memory.Addresses
}
