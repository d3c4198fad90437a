//go:build linux && (amd64 || arm64)

package halt

import (
	"os"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
)

// What hurries goes before all that is not of real time, in two ranks: that for which a program stands still before what that may have to wait for.
const (
	rankOfStop   = 2
	rankOfOthers = 1
	mostUrgent   = -20 // the niceness where real time may not be had
)

// HurryAll gives all threads of this process what they need of a processor before other processes' threads, where that may be
// had, until relax is called. The thread that has stopped a process waits for the others of its own now and then: for a lock of Go's
// runtime that one of them holds, or to be handed what it needs to return from a system call. On a machine that has much to do these may wait for a second, also
// where they are as nice as can be.
func HurryAll() (relax func()) {
	usual := schedules()
	for thread := range usual {
		// Threads that they make are in a hurry, too: Go's runtime takes the processor from the thread that has stopped a process after 10 ms, and it
		// may be a new one that gives it back.
		if !hurryAt(thread, unix.SCHED_RR, rankOfOthers, 0) {
			return func() {} // it may not be had for any
		}
	}
	return func() {
		for range mostRounds {
			found := false
			for thread, now := range schedules() {
				was, known := usual[thread]
				if !known {
					was = usual[os.Getpid()] // it has been made meanwhile
				}
				if now != was && unix.SchedSetAttr(thread, &was, 0) == nil {
					found = true
				}
			}
			if !found {
				return
			}
		}
	}
}

// mostRounds is how often is looked for threads that one in a hurry may have made since the last look.
const mostRounds = 100

// hurryAt gives a thread a rank, or where that may not be had the highest niceness, and reports whether it may be had or the thread has ended.
func hurryAt(thread int, policy, rank uint32, flags uint64) bool {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy, Flags: flags, Priority: rank}
	err := unix.SchedSetAttr(thread, &attr, 0)
	if err == nil || err == unix.ESRCH {
		return true
	}
	err = unix.Setpriority(unix.PRIO_PROCESS, thread, mostUrgent)
	return err == nil || err == unix.ESRCH
}

// schedules returns how each thread of this process is scheduled; nothing where /proc has other numbers for threads than this process.
func schedules() map[int]unix.SchedAttr {
	all := make(map[int]unix.SchedAttr)
	self, err := procfs.Self()
	if err != nil || int(self) != os.Getpid() {
		return all
	}
	threads, _ := self.Threads()
	for _, thread := range threads {
		if attr, err := unix.SchedGetAttr(thread, 0); err == nil {
			attr.Runtime = 0 // else the kernel takes its own default for a wish
			all[thread] = *attr
		}
	}
	return all
}
