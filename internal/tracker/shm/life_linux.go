//go:build linux && (amd64 || arm64)

package shm

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// life is the thread whose end tells the programs that the recorder has gone: see ShowLife.
type life struct {
	ended chan struct{} // closed when the thread is gone; nil: there is none
}

// end waits until the thread has ended; it returns at once where there is none.
func (l life) end() {
	if l.ended != nil {
		<-l.ended
	}
}

// ShowLife makes a futex in the shared memory tell the program's threads whether this
// process lives, however it ends: the kernel marks the futex when the thread that holds it
// dies. The threads need no system call and no process id to look. Where the kernel has no
// such futexes, the word stays 0. ShowLife is called before Begin.
//
// A thread of its own holds the futex. It runs serve meanwhile, which is to return when the
// memory is no longer used, and Close waits for that. A thread that only waits would be
// wasted: each costs a little, and where few are allowed (ulimit -u) each counts.
func (m *Memory) ShowLife(serve func()) {
	m.life.ended = make(chan struct{})
	shown := make(chan struct{})
	go func() {
		defer close(m.life.ended)
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		hide := holdFutex(&m.control.RecorderLife)
		// After this the futex is unmapped, so the kernel must not look for it.
		defer hide()
		close(shown)
		serve()
	}()
	<-shown
}

// robustList is the kernel's struct robust_list_head (set_robust_list(2)), followed by the
// only entry of the list.
type robustList struct {
	next    uintptr // the entry
	offset  int64   // from an entry to its futex, in bytes
	pending uintptr
	entry   uintptr // the next entry: back to the head
}

const robustListHeadBytes = 24

// holdFutex makes this thread the holder of a futex, until release is called. If the thread
// ends before, the kernel marks the futex.
func holdFutex(word *uint32) (release func()) {
	// The list is in a mapping of its own: the kernel reads it after Go's runtime has
	// ended, and Go's memory could be on a stack, which moves.
	page, err := unix.Mmap(-1, 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return func() {}
	}
	list := (*robustList)(unsafe.Pointer(&page[0]))
	list.next = uintptr(unsafe.Pointer(&list.entry))
	list.entry = uintptr(unsafe.Pointer(list))
	list.offset = int64(uintptr(unsafe.Pointer(word)) - list.next)
	if _, _, errno := unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, uintptr(unsafe.Pointer(list)), robustListHeadBytes, 0); errno != 0 {
		unix.Munmap(page)
		return func() {}
	}
	atomic.StoreUint32(word, uint32(unix.Gettid()))
	return func() {
		unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, 0, robustListHeadBytes, 0)
		unix.Munmap(page)
	}
}
