//go:build linux && (amd64 || arm64)

package shm

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// life is the thread whose end tells the programs that the recorder has gone.
type life struct {
	ended chan struct{} // closed when the thread is gone; nil: there is none
}

// end waits for the thread.
func (l life) end() {
	if l.ended != nil {
		<-l.ended
	}
}

// ShowLife makes a futex in the shared memory tell the program's threads whether
// this process lives, however it ends: the kernel marks it when the thread that
// holds it dies. They need no system call and no pid for that. Where the kernel
// has no such futexes, the word stays 0. It is called before Begin.
//
// That takes a thread that lives as long as the memory is used. It runs serve, which
// returns when that is over: each thread costs a little, and where few are allowed
// (ulimit -u) counts, so none is there only to exist.
func (m *Memory) ShowLife(serve func()) {
	m.life.ended = make(chan struct{})
	shown := make(chan struct{})
	go func() {
		defer close(m.life.ended)
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		hide := holdFutex(&m.control.RecorderLife)
		// The kernel must not look for the futex where it is no more.
		defer hide()
		close(shown)
		serve()
	}()
	<-shown
}

// robustList is the kernel's struct robust_list_head, followed by the one entry
// that its list has. See set_robust_list(2).
type robustList struct {
	next    uintptr // the entry
	offset  int64   // from an entry to its futex, in bytes
	pending uintptr
	entry   uintptr // the next entry: back to the head
}

const robustListHeadBytes = 24

// holdFutex has this thread hold a futex until its end, which the kernel marks then, or
// until release is called.
func holdFutex(word *uint32) (release func()) {
	// Memory of the system's: the kernel looks at it when Go is no more, and
	// what Go sees no pointer to may lie on a stack, which moves.
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
