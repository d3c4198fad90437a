//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/internal/procfs"
)

// ProcessesOf returns the processes that run a program of that name: what its file is called, or its first argument, or its
// first thread. "" stands for any name. This process is not among them, nor are those whose file cannot be seen.
func ProcessesOf(name string) (found []NamedProcess) {
	all, _ := procfs.Processes()
	self, _ := procfs.Self()
	for _, p := range all {
		if p == self {
			continue
		}
		exe, err := p.ExeName()
		if err != nil {
			continue // a thread of the kernel's, or somebody else's
		}
		called := []string{filepath.Base(procfs.WithoutDeleted(exe))}
		if name != "" && called[0] != name {
			if arguments, _ := p.Arguments(); len(arguments) > 0 {
				called = append(called, filepath.Base(arguments[0]))
			}
			if thread, err := p.ThreadName(uint64(p)); err == nil {
				called = append(called, strings.TrimSpace(thread))
			}
		}
		if name == "" || slices.Contains(called, name) {
			found = append(found, NamedProcess{PID: int(p), Name: called[0]})
		}
	}
	slices.SortFunc(found, func(a, b NamedProcess) int { return cmp.Compare(a.PID, b.PID) })
	return found
}

// ProgramOf returns the path of the program that a process runs; "" where that cannot be seen.
func ProgramOf(pid int) string {
	exe, err := procfs.Process(pid).ExeName()
	if err != nil {
		return ""
	}
	return procfs.WithoutDeleted(exe)
}
