//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"heapprof/internal/tracker/wire"
)

// fileLimit is the limit on the size of files (ulimit -f) that heapprof was
// started under. It is meant for the program, but counts for the shared memory
// and for the profile as well.
type fileLimit struct{ given unix.Rlimit }

// liftFileLimit lifts the limit for this process as far as it may.
func liftFileLimit() *fileLimit {
	l := &fileLimit{unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}}
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &l.given) != nil || l.given.Cur == unix.RLIM_INFINITY {
		return l
	}
	// What is left of it shall be an error of a write, not the end of heapprof.
	signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ)
	l.lift()
	return l
}

func (l *fileLimit) lift() {
	if unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}) != nil {
		_ = unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: l.given.Max, Max: l.given.Max})
	}
}

// during calls start under the given limit, which a program it starts inherits.
func (l *fileLimit) during(start func()) {
	if l.given.Cur == unix.RLIM_INFINITY {
		start()
		return
	}
	_ = unix.Setrlimit(unix.RLIMIT_FSIZE, &l.given) // it was valid
	start()
	l.lift()
}

// roomForRings is how many rings the shared memory may hold under the limit.
func roomForRings() (uint32, error) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_FSIZE, &limit) != nil || limit.Cur >= wire.Size {
		return wire.MaxRings, nil
	}
	const least = wire.RingsAt + wire.RingStride
	if limit.Cur < least {
		return 0, fmt.Errorf("files are limited to %d bytes (ulimit -f), and the memory shared with the program takes %d for each of its threads and %d besides: raise the limit",
			limit.Cur, wire.RingStride, wire.RingsAt)
	}
	return uint32((limit.Cur - wire.RingsAt) / wire.RingStride), nil
}
