//go:build linux && (amd64 || arm64)

package halt

import (
	"os"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
)

const mostUrgent = -20 // the niceness of what goes before all else that is not of real time

// HurryAll gives all threads of this process what they need of a processor before other processes' threads, where that may be
// had, until relax is called. The thread that has stopped a process waits for the others of its own now and then: for what Go's
// runtime needs to return from a system call, or to collect garbage. On a machine that has much to do these may wait for a second.
func HurryAll() (relax func()) {
	usual := usualNiceness()
	for thread := range usual {
		if unix.Setpriority(unix.PRIO_PROCESS, thread, mostUrgent) != nil {
			return func() {} // it may not be had for any
		}
	}
	return func() {
		for thread := range usualNiceness() {
			was, known := usual[thread]
			if !known {
				was = usual[os.Getpid()] // it has been made meanwhile, by one that was in a hurry
			}
			_ = unix.Setpriority(unix.PRIO_PROCESS, thread, was) // fails only if the thread has ended
		}
	}
}

// usualNiceness returns the niceness of each thread of this process; nothing where /proc has other numbers for threads than this process.
func usualNiceness() map[int]int {
	all := make(map[int]int)
	self, err := procfs.Self()
	if err != nil || int(self) != os.Getpid() {
		return all
	}
	threads, _ := self.Threads()
	for _, thread := range threads {
		if n, err := unix.Getpriority(unix.PRIO_PROCESS, thread); err == nil {
			all[thread] = 20 - n // the system call returns 20 less the niceness
		}
	}
	return all
}
