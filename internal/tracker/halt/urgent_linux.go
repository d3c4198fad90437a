//go:build linux && (amd64 || arm64)

package halt

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A thread that is borrowed has to get a processor for one system call, and all others of its process stand still until it has: on two
// processors with eight programs that do nothing but compute that took up to 190 ms. So it goes before these meanwhile. Should this process be killed then, the
// thread gives it up itself (urgentStub).

// isForUrgency reports whether a thread may go before others for a while: it is one as most are, which gives up what it was given
// by what any thread may ask for, and no filter keeps it from that.
func (s *Stopped) isForUrgency(t *Thread) bool {
	policy, _, errno := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, uintptr(t.ID), 0, 0)
	return errno == 0 && policy == unix.SCHED_NORMAL && !IsFiltered(s.process, t.ID, OwnFilters())
}

// urgently has a thread get a processor before others, where that may be had, until usual is called. It keeps its niceness.
func urgently(thread int) (usual func()) {
	set := func(policy int, priority int32) {
		_, _, _ = unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(thread), uintptr(policy), uintptr(unsafe.Pointer(&priority)))
	}
	set(unix.SCHED_FIFO, 1)
	return func() { set(unix.SCHED_NORMAL, 0) }
}
