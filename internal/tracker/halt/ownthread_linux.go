package halt

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// hurry gives a thread, 0 for this one, all that it needs of a processor before others, where that may be had: all others of a process wait for it. What
// it makes in its turn does not have it.
func hurry(thread int) {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Flags: unix.SCHED_FLAG_RESET_ON_FORK, Priority: 1}
	if unix.SchedSetAttr(thread, &attr, 0) != nil {
		_ = unix.Setpriority(unix.PRIO_PROCESS, thread, mostUrgent)
	}
}

// OnOwnThread calls work on a thread of its own, which ends with it: ptrace is between threads. All that the thread still traces then goes
// on. Waits of some microseconds are not longer there by the 50 that the kernel adds otherwise.
func OnOwnThread(work func()) {
	go func() {
		runtime.LockOSThread() // and never unlocks
		if unix.Gettid() != os.Getpid() {
			_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
			hurry(0) // Go makes no threads from one that is locked
			work()
			return
		}
		// Go keeps the first thread for ever. As long as it is locked, another one is taken.
		done := make(chan struct{})
		OnOwnThread(func() {
			close(done)
			work()
		})
		<-done
		runtime.UnlockOSThread()
	}()
}
