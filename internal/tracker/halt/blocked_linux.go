//go:build linux && (amd64 || arm64)

package halt

import (
	"bytes"
	"os"
	"strconv"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// blocked is the system call in which a thread waits: its number, its six arguments, the stack pointer, and the address
// behind its instruction. A thread that waits in none has no address.
type blocked struct {
	number    uint64
	arguments [6]uint64
	sp, pc    uint64
}

// look looks up in which system call the thread waits, before it is stopped.
func (t *Thread) look() {
	t.blocked = blocked{}
	text, err := os.ReadFile(procfs.Process(t.ID).Path("syscall"))
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

// wouldBeCut reports whether a stop would end the call when only a part is done: it waits for room to write more than a
// pipe takes as a whole, or for all that is to be read. The program sees that as a result that it may not expect.
func (b *blocked) wouldBeCut() bool {
	if b.pc == 0 {
		return false
	}
	const pipeTakes = 4096 // PIPE_BUF
	switch b.number {
	case unix.SYS_WRITE:
		return b.arguments[2] > pipeTakes
	case unix.SYS_SENDTO:
		return b.arguments[2] > pipeTakes
	case unix.SYS_WRITEV, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_SENDFILE, unix.SYS_SPLICE, unix.SYS_VMSPLICE:
		return true // how many bytes, only its memory tells
	case unix.SYS_RECVFROM:
		return b.arguments[3]&unix.MSG_WAITALL != 0
	case unix.SYS_RECVMSG:
		return b.arguments[2]&unix.MSG_WAITALL != 0
	}
	return false
}
