//go:build linux && (amd64 || arm64)

package tracker

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

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

// ProgramOf returns the path of the program that a process runs, by the name by which it was begun where that is a link to its file;
// "" where that cannot be seen.
func ProgramOf(pid int) string {
	p := procfs.Process(pid)
	exe, err := p.ExeName()
	if err != nil {
		return ""
	}
	if called := begunAs(p); filepath.IsAbs(called) {
		link, err := os.Stat(p.InRoot(called))
		file, fileErr := os.Stat(p.Exe())
		if err == nil && fileErr == nil && os.SameFile(link, file) {
			return called
		}
	}
	return procfs.WithoutDeleted(exe)
}

// begunAs returns the path that the kernel was given to begin a process's program; "" where that cannot be seen.
func begunAs(p procfs.Process) string {
	const execFN = 31 // AT_EXECFN
	words, err := os.ReadFile(p.Path("auxv"))
	if err != nil {
		return ""
	}
	for ; len(words) >= 16; words = words[16:] {
		if binary.NativeEndian.Uint64(words) != execFN {
			continue
		}
		memory, err := os.Open(p.Path("mem"))
		if err != nil {
			return ""
		}
		defer memory.Close()
		path := make([]byte, unix.PathMax)
		n, _ := memory.ReadAt(path, int64(binary.NativeEndian.Uint64(words[8:]))) // the stack may end before
		text, _, _ := bytes.Cut(path[:n], []byte{0})
		return string(text)
	}
	return ""
}
