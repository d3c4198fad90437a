package parked

import "golang.org/x/sys/unix"

// broken are the system calls that fail with EINTR after any stop, even one that no handler of a signal saw
// (signal(7)); those that have a time limit do so for sockets that have one. Each has done nothing if it fails so, and may be made
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

// rewind has a thread make its system call again that has failed only because it was stopped. If there is a signal that
// it has a handler for, the call fails for that one. It is done as soon as the thread stands, so that it goes on
// so even if this process is killed.
func (s *stopped) rewind(t *tracee) {
	if int64(t.regs.Rax) != -int64(unix.EINTR) || !broken[t.regs.Orig_rax] || s.isSignalled(t) {
		return
	}
	rewound := t.regs
	rewound.Rip -= uint64(len(callBytes))
	rewound.Rax, rewound.Orig_rax = t.regs.Orig_rax, ^uint64(0)
	if t.writeRegisters(&rewound) == nil {
		failed := t.regs
		t.regs, t.failed = rewound, &failed
	}
}

// unwind has the call that rewind has taken back fail after all, where a signal has come since.
func (s *stopped) unwind(t *tracee) {
	if t.failed != nil && s.isSignalled(t) {
		_ = t.writeRegisters(t.failed) // fails only if the thread has ended
	}
}

// isSignalled reports whether a thread is about to run a handler of a signal.
func (s *stopped) isSignalled(t *tracee) bool {
	status, err := s.process.ThreadStatus(t.id)
	return err != nil || status.Pending&^status.Blocked&status.Caught != 0
}
