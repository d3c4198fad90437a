//go:build linux && (amd64 || arm64)

package halt

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// SystemCall is a system call that is to be made. Arguments that it does not tell are taken for 0.
type SystemCall struct {
	Name      string
	Number    uintptr
	Arguments [6]uint64
}

// Filters are what says which system calls a thread may make (seccomp(2)): none, or some that each have to let a call through.
type Filters struct{ programs []*bpf.VM }

// What seccomp says of a thread in its status.
const (
	seccompOff    = 0
	seccompFilter = 2
)

// filters reads the filters of the thread, which is stopped. The kernel tells them to who may administer the system, and has no filters itself.
func (t *Thread) filters() (f Filters, err error) {
	for i := 0; ; i++ {
		n, err := seccompGetFilter(t.ID, i, nil)
		if err == unix.ENOENT {
			return f, nil
		} else if err != nil {
			return f, err
		}
		raw := make([]bpf.RawInstruction, n)
		if n, err = seccompGetFilter(t.ID, i, raw); err != nil {
			return f, err
		}
		instructions, all := bpf.Disassemble(raw[:n])
		if !all {
			return f, fmt.Errorf("filter %d is of an unknown form", i)
		}
		vm, err := bpf.NewVM(instructions)
		if err != nil {
			return f, err
		}
		f.programs = append(f.programs, vm)
	}
}

// seccompGetFilter reads the instructions of a filter, which the kernel has as sock_filter, into room, if there is any, and returns how many they are.
func seccompGetFilter(id, index int, room []bpf.RawInstruction) (int, error) {
	var at unsafe.Pointer
	if len(room) > 0 {
		at = unsafe.Pointer(&room[0])
	}
	n, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER, uintptr(id), uintptr(index), uintptr(at), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// Allows reports whether all filters let a system call through.
func (f Filters) Allows(c SystemCall) bool {
	// struct seccomp_data, of which filters read words of 4 bytes: big endian for the machine that runs them here.
	words := []uint32{uint32(c.Number), auditArch, 0, 0}
	for _, a := range c.Arguments {
		words = append(words, uint32(a), uint32(a>>32))
	}
	var data []byte
	for _, w := range words {
		data = binary.BigEndian.AppendUint32(data, w)
	}
	const logged = 0x7ffc0000 // SECCOMP_RET_LOG, below SECCOMP_RET_ALLOW and above all others
	for _, vm := range f.programs {
		if action, err := vm.Run(data); err != nil || uint32(action)&unix.SECCOMP_RET_ACTION_FULL < logged || uint32(action)>>31 != 0 {
			return false
		}
	}
	return true
}
