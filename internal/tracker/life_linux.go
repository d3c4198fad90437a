//go:build linux && (amd64 || arm64)

package tracker

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// robustList is the kernel's struct robust_list_head, followed by the one entry
// that its list has. See set_robust_list(2).
type robustList struct {
	next    uintptr // the entry
	offset  int64   // from an entry to its futex, in bytes
	pending uintptr
	entry   uintptr // the next entry: back to the head
}

const robustListHeadBytes = 24

// showLife makes a futex in the shared memory tell the program's threads whether
// this process lives, however it ends: the kernel marks it when the thread that
// holds it dies. They need no system call and no pid for that. Where the kernel
// has no such futexes, the word stays 0.
func (m *memory) showLife() {
	held := make(chan struct{})
	go func() {
		defer close(m.closed)
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		life := &m.control.RecorderLife
		// Memory of the system's: the kernel looks at it when Go is no more, and
		// what Go sees no pointer to may lie on a stack, which moves.
		page, err := unix.Mmap(-1, 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err == nil {
			defer unix.Munmap(page)
			list := (*robustList)(unsafe.Pointer(&page[0]))
			list.next = uintptr(unsafe.Pointer(&list.entry))
			list.entry = uintptr(unsafe.Pointer(list))
			list.offset = int64(uintptr(unsafe.Pointer(life)) - list.next)
			if _, _, errno := unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, uintptr(unsafe.Pointer(list)), robustListHeadBytes, 0); errno == 0 {
				atomic.StoreUint32(life, uint32(unix.Gettid()))
				// The kernel must not look for the futex where it is no more.
				defer unix.RawSyscall(unix.SYS_SET_ROBUST_LIST, 0, robustListHeadBytes, 0)
			}
		}
		close(held)
		// The thread is there, and may as well be the one that waits for something.
		select {
		case duty := <-m.duty:
			duty()
			<-m.closing
		case <-m.closing:
		}
	}()
	<-held
}
