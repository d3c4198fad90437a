package halt

import "golang.org/x/sys/unix"

// needsBlocked is whether it must be known in which system call a thread waits, before it is stopped, to have it made again: its registers have lost the first argument.
const needsBlocked = true

// broken are the system calls that fail with EINTR after any stop, even one that no handler of a signal saw
// (signal(7)). Each has done nothing if it fails so, and may be made again. There are more on sockets with a time limit,
// but for those the first argument is known less surely.
var broken = map[uint64]bool{
	unix.SYS_EPOLL_PWAIT: true, unix.SYS_EPOLL_PWAIT2: true,
	unix.SYS_RT_SIGTIMEDWAIT: true, unix.SYS_SEMOP: true, unix.SYS_SEMTIMEDOP: true,
	unix.SYS_IO_GETEVENTS: true, unix.SYS_IO_PGETEVENTS: true, unix.SYS_IO_URING_ENTER: true,
}

// again returns the registers of a thread that makes the system call again that it has broken off. It reports false if there
// is none, or if its first argument is not known: the result takes its place.
func (t *Thread) again() (machine, bool) {
	r, b := t.regs, t.blocked
	if int64(r.Regs[0]) != -int64(unix.EINTR) || r.Regs[8] != b.number || !broken[b.number] {
		return r, false
	}
	// It is still the call that it was before the stop.
	if r.Pc != b.pc || r.Sp != b.sp || [5]uint64(r.Regs[1:6]) != [5]uint64(b.arguments[1:]) {
		return r, false
	}
	r.Pc -= uint64(len(callBytes))
	r.Regs[0] = b.arguments[0]
	return r, true
}
