//go:build linux && (amd64 || arm64)

package shm

import (
	"math"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Operations of futex(2). The words are shared between processes: none is private.
const (
	futexWait = 0
	futexWake = 1
)

// Wait sleeps until it is woken by Wake or WakeAll, or the time atMost is over. It does not
// sleep if *word is not seen, the value at which the caller last looked.
func Wait(word *uint32, seen uint32, atMost time.Duration) {
	limit := unix.NsecToTimespec(int64(atMost))
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(seen), uintptr(unsafe.Pointer(&limit)), 0, 0)
}

// WaitBriefly is Wait for a millisecond or less, by a system call that Go's scheduler does not
// see: it would hand the processor of the goroutine on, and find one again, which takes as
// long. Nothing else of this process runs there meanwhile, and the garbage collector may
// have to wait for it.
func WaitBriefly(word *uint32, seen uint32, atMost time.Duration) {
	limit := unix.NsecToTimespec(int64(atMost))
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(seen), uintptr(unsafe.Pointer(&limit)), 0, 0)
}

// Wake wakes one thread, of any process, that waits for word.
func Wake(word *uint32) { wakeUpTo(1, word) }

// WakeAll wakes all threads, of any process, that wait for word.
func WakeAll(word *uint32) { wakeUpTo(math.MaxInt32, word) }

// wakeUpTo wakes up to n threads, of any process, that wait for word.
func wakeUpTo(n uintptr, word *uint32) {
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, n, 0, 0, 0) // never waits
}
