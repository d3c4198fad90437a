//go:build linux && (amd64 || arm64)

package attach

import (
	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// sharer returns another process that has the same memory as a process, and does not stand still with it: as a child of vfork has its
// parent's until it runs a program of its own. 0: there is none, or that is not known.
func sharer(p procfs.Process) procfs.Process {
	others := p.Children()
	if status, err := p.Status(); err == nil && status.Parent != 0 {
		others = append(others, status.Parent)
	}
	for _, other := range others {
		const memories = 1 // KCMP_VM
		if same, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(p), uintptr(other), memories, 0, 0, 0); errno == 0 && same == 0 {
			return other
		}
	}
	return 0
}
