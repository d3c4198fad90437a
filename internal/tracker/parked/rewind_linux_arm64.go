package parked

import (
	"bytes"
	"os"
	"strconv"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// broken are the system calls that fail with EINTR after any stop, even one that no handler of a signal saw
// (signal(7)). Each has done nothing if it fails so, and may be made again. There are more on sockets with a time limit,
// but for those the first argument is known less surely.
var broken = map[uint64]bool{
	unix.SYS_EPOLL_PWAIT: true, unix.SYS_EPOLL_PWAIT2: true,
	unix.SYS_RT_SIGTIMEDWAIT: true, unix.SYS_SEMOP: true, unix.SYS_SEMTIMEDOP: true,
	unix.SYS_IO_GETEVENTS: true, unix.SYS_IO_PGETEVENTS: true, unix.SYS_IO_URING_ENTER: true,
}

// blocked is the system call in which a thread waits: its number, its six arguments, the stack pointer, and the address
// behind its instruction. A thread that waits in none has number 0 and no address.
type blocked struct {
	number    uint64
	arguments [6]uint64
	sp, pc    uint64
}

// look looks up in which system call the thread waits, before it is stopped: the result takes the place of the first argument
// then.
func (t *tracee) look() {
	text, err := os.ReadFile(procfs.Process(t.id).Path("syscall"))
	if err != nil {
		return
	}
	var b blocked
	words := bytes.Fields(text) // one of a thread that runs is "running"
	to := []*uint64{&b.number}
	for i := range b.arguments {
		to = append(to, &b.arguments[i])
	}
	to = append(to, &b.sp, &b.pc)
	if len(words) != len(to) {
		return
	}
	for i, w := range words {
		if *to[i], err = strconv.ParseUint(string(w), 0, 64); err != nil {
			return
		}
	}
	t.blocked = b
}

// again returns the registers of a thread that makes the system call again that it has broken off. It reports false if there
// is none, or if its first argument is not known.
func (t *tracee) again() (machine, bool) {
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
