package halt

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// mostUrgent is the priority, where that may be had, of what others wait for that stand still.
const mostUrgent = -20

// OnOwnThread calls work on a thread of its own, which ends with it: ptrace is between threads. All that the thread still traces then goes
// on. Waits of some microseconds are not longer there by the 50 that the kernel adds otherwise.
func OnOwnThread(work func()) {
	go func() {
		runtime.LockOSThread() // and never unlocks
		if unix.Gettid() != os.Getpid() {
			_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, mostUrgent) // of this thread; Go makes none from one that is locked
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
