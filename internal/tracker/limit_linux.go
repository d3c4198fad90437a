//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// limits are those that heapprof was started under and that are meant for the program,
// but count for heapprof as well: on the size of files (ulimit -f), which the memory
// that both share is and the profile, and on memory (ulimit -v and -d), of which the
// recorder has address space for its threads and for the call stacks.
type limits []limit

type limit struct {
	resource int
	given    unix.Rlimit
}

// liftLimits lifts them for this process as far as it may.
func liftLimits() (all limits) {
	for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		l := limit{resource: resource}
		if unix.Getrlimit(resource, &l.given) != nil || l.given.Cur == unix.RLIM_INFINITY {
			continue
		}
		if resource == unix.RLIMIT_FSIZE {
			// What is left of it shall be an error of a write, not the end of heapprof.
			signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ)
		}
		l.lift()
		all = append(all, l)
	}
	return all
}

func (l limit) lift() {
	if unix.Setrlimit(l.resource, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}) != nil {
		_ = unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.given.Max, Max: l.given.Max})
	}
}

// during calls start under the given limits, which a program it starts inherits.
func (all limits) during(start func()) {
	for _, l := range all {
		_ = unix.Setrlimit(l.resource, &l.given) // it was valid
	}
	start()
	for _, l := range all {
		l.lift()
	}
}

// roomForRings is how many rings the shared memory may hold under the limits.
func roomForRings() (uint32, error) {
	rings := uint32(wire.MaxRings)
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) == nil && limit.Cur < wire.Size {
		const least = wire.RingsAt + wire.RingStride
		if limit.Cur < least {
			return 0, fmt.Errorf("files are limited to %d bytes (ulimit -f), and the memory shared with the program takes %d for each of its threads and %d besides: raise the limit",
				limit.Cur, wire.RingStride, wire.RingsAt)
		}
		rings = uint32((limit.Cur - wire.RingsAt) / wire.RingStride)
	}
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || limit.Cur == unix.RLIM_INFINITY {
		return rings, nil
	}
	share, err := shareSpace(limit.Cur, addressSpace())
	if err != nil {
		return 0, err
	}
	debug.SetMemoryLimit(share.heap)
	return min(rings, share.rings), nil
}

// spaceShare is how heapprof shares out the address space that a limit leaves it, which it
// may not raise. What is left over is for files that are mapped to read names from them.
type spaceShare struct {
	heap  int64  // bytes, of Go's heap
	rings uint32 // of the program's threads; calls of more threads are counted as lost
}

// leastSpace is what heapprof needs besides what it has when it has started, lest it run
// out of memory at the end, with the profile.
const leastSpace = 128 << 20

func shareSpace(limit, used uint64) (spaceShare, error) {
	left := limit - min(used, limit)
	if left < leastSpace {
		return spaceShare{}, fmt.Errorf("the address space is limited to %d KiB (ulimit -v), and heapprof itself needs %d: raise the limit",
			limit>>10, (used+leastSpace)>>10)
	}
	return spaceShare{heap: int64(left / 2), rings: uint32(min(left/4/wire.RingStride, wire.MaxRings))}, nil
}

// addressSpace is how many bytes of address space this process has.
func addressSpace() uint64 {
	statm, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(statm))
	if len(fields) == 0 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[0], 10, 64)
	return pages * uint64(os.Getpagesize())
}
