package halt

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Backoff is a wait for what comes soon, or else takes a while, and of which the kernel tells only if it is
// asked.
type Backoff struct{ since time.Time }

// NewBackoff returns a Backoff that begins now.
func NewBackoff() Backoff { return Backoff{since: time.Now()} }

const (
	yieldFor  = 100 * time.Microsecond // a thread that runs stops within some 10 µs
	sleepMost = time.Millisecond
)

// Wait lets others run for a while, for longer the longer the whole wait has been.
func (b Backoff) Wait() {
	waited := time.Since(b.since)
	if waited < yieldFor {
		_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // never fails
		return
	}
	ts := unix.NsecToTimespec(int64(min(waited/4, sleepMost)))
	// See briefly. One that is cut short is followed by the next.
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0, 0)
}

// IsSlow reports whether the wait is so long that it may be looked into why.
func (b Backoff) IsSlow() bool { return time.Since(b.since) > sleepMost }
