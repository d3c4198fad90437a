package parked

import (
	"time"

	"golang.org/x/sys/unix"
)

// backoff is a wait for what comes soon, or else takes a while, and of which the kernel tells only if it is
// asked.
type backoff struct{ since time.Time }

func newBackoff() backoff { return backoff{since: time.Now()} }

const (
	yieldFor  = 100 * time.Microsecond // a thread that runs stops within some 10 µs
	sleepMost = time.Millisecond
)

// wait lets others run for a while, for longer the longer the whole wait has been.
func (b backoff) wait() {
	waited := time.Since(b.since)
	if waited < yieldFor {
		_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // never fails
		return
	}
	ts := unix.NsecToTimespec(int64(min(waited/4, sleepMost)))
	_ = unix.Nanosleep(&ts, nil) // one that is cut short is followed by the next
}

// isSlow reports whether the wait is so long that it may be looked into why.
func (b backoff) isSlow() bool { return time.Since(b.since) > sleepMost }
