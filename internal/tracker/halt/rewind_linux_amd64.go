package halt

import "golang.org/x/sys/unix"

// needsBlocked is whether it must be known in which system call a thread waits, before it is stopped, to have it made again: its registers tell all.
const needsBlocked = false

// broken are the system calls that fail with EINTR after any stop, even one that no handler of a signal saw
// (signal(7)); those of sockets do so where they have a time limit. Each has done nothing if it fails so, and may be made
// again. close and connect are not among them.
var broken = map[uint64]bool{
	unix.SYS_EPOLL_WAIT: true, unix.SYS_EPOLL_PWAIT: true, unix.SYS_EPOLL_PWAIT2: true,
	unix.SYS_RT_SIGTIMEDWAIT: true, unix.SYS_SEMOP: true, unix.SYS_SEMTIMEDOP: true,
	unix.SYS_IO_GETEVENTS: true, unix.SYS_IO_PGETEVENTS: true, unix.SYS_IO_URING_ENTER: true,
	unix.SYS_READ: true, unix.SYS_READV: true, unix.SYS_WRITE: true, unix.SYS_WRITEV: true,
	unix.SYS_ACCEPT: true, unix.SYS_ACCEPT4: true,
	unix.SYS_RECVFROM: true, unix.SYS_RECVMSG: true, unix.SYS_RECVMMSG: true,
	unix.SYS_SENDTO: true, unix.SYS_SENDMSG: true, unix.SYS_SENDMMSG: true,
	unix.SYS_GETRANDOM: true,
}

// again returns the registers of a thread that makes the system call again that it has broken off. It reports false if there
// is none.
func (t *Thread) again() (machine, bool) {
	r := t.regs
	if int64(r.Rax) != -int64(unix.EINTR) || !broken[r.Orig_rax] {
		return r, false
	}
	r.Rip -= uint64(len(callBytes))
	r.Rax, r.Orig_rax = r.Orig_rax, ^uint64(0)
	return r, true
}
