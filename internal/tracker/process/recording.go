//go:build linux && (amd64 || arm64)

package process

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// The errors of finding the recording of a process, besides those of opening what it has, and
// fs.ErrNotExist and fs.ErrPermission of reading what the process has mapped.
var (
	ErrNotRecorded = errors.New("the process is not recorded")
	// ErrNotYetRecorded is for a child of a recorded process that has been forked and not
	// allocated since.
	ErrNotYetRecorded = errors.New("the process has not begun to be recorded")
	ErrRecorderUnseen = errors.New("no process can be seen that has the shared memory open")
)

// Recording is a recording in another process, of which a process is a part.
type Recording struct {
	Memory *shm.Marking
	Image  int // what the process runs, by its index in the process table; -1: the process is the recorder
}

// FindRecording finds the recording that a process belongs to, as the recorder or as one that
// is recorded. It knows the shared memory by what the process has mapped, and opens it
// through whoever has it open: that is the recorder, one of the process's ancestors mostly, and
// the way through it works across PID namespaces, where numbers mean nothing.
func FindRecording(p procfs.Process) (*Recording, error) {
	all, err := p.Maps()
	if err != nil {
		return nil, err
	}
	err = ErrNotRecorded
	tried := make(map[string]bool)
	for _, m := range all {
		if !isMemoryName(m.Path) || tried[m.Path] {
			continue
		}
		tried[m.Path] = true
		r, openErr := openRecording(p, m)
		if openErr == nil {
			return r, nil
		}
		err = openErr
	}
	return nil, err
}

// isMemoryName reports whether a mapping's file may be the shared memory, by its name: see shm.New.
func isMemoryName(path string) bool {
	name, deleted := strings.CutSuffix(path, " (deleted)")
	return deleted && (name == "/memfd:heapprof" || !strings.HasPrefix(name, "/memfd:") && strings.HasPrefix(filepath.Base(name), "heapprof"))
}

// openRecording opens the file of one of a process's mappings as a recorder's shared memory.
func openRecording(p procfs.Process, m procfs.Mapping) (*Recording, error) {
	err := ErrRecorderUnseen
	try := func(paths []string) *Recording {
		for _, path := range paths {
			memory, openErr := shm.OpenMarking(path)
			if openErr != nil {
				// What this process may not open, or has closed meanwhile, another may have for it.
				if !errors.Is(openErr, fs.ErrPermission) && !errors.Is(openErr, fs.ErrNotExist) && !errors.Is(openErr, shm.ErrNoMemory) {
					err = openErr
				}
				continue
			}
			r := &Recording{Memory: memory}
			if r.Image, openErr = imageIn(p, m.Path, memory); openErr == nil {
				return r
			}
			memory.Close()
			if !errors.Is(openErr, ErrNotRecorded) { // another recorder's memory has the same name
				err = openErr
			}
		}
		return nil
	}
	if r := try(p.PathsOf(m)); r != nil {
		return r, nil
	}
	seen := []procfs.Process{p}
	for status, _ := p.Status(); status.Parent != 0 && !slices.Contains(seen, status.Parent); status, _ = status.Parent.Status() {
		seen = append(seen, status.Parent)
		if r := try(status.Parent.Descriptors(m.Path)); r != nil {
			return r, nil
		}
	}
	// The program may have become a child of another, as a daemon does.
	if err == ErrRecorderUnseen {
		all, _ := procfs.Processes()
		for _, other := range all {
			if slices.Contains(seen, other) {
				continue
			}
			if r := try(other.Descriptors(m.Path)); r != nil {
				return r, nil
			}
		}
	}
	return nil, err
}

// imageIn returns the index of the image that a process runs, of those in a shared memory whose
// file has this name in /proc; -1: the process is the recorder.
func imageIn(p procfs.Process, name string, memory *shm.Marking) (index int, err error) {
	finder := procfs.NewFinder(unix.Major(memory.Device), unix.Minor(memory.Device), memory.Inode)
	mappings, err := finder.In(p)
	if err != nil {
		return 0, err
	}
	if len(mappings) == 0 {
		return 0, ErrNotRecorded
	}
	for _, path := range p.Descriptors(name) {
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil && st.Dev == memory.Device && st.Ino == memory.Inode {
			return -1, nil // the programs close it
		}
	}
	for _, m := range mappings {
		if index, ok := badgeOf(m); ok {
			return index, nil
		}
	}
	status, err := p.Status()
	if err != nil || len(status.Numbers) == 0 {
		return 0, os.ErrProcessDone
	}
	for index := memory.Processes() - 1; index >= 0; index-- {
		slot := memory.Process(index)
		if slot.Badge == 0 && slot.State == wire.ProcessTaken && int(slot.OwnPID) == status.Numbers[len(status.Numbers)-1] {
			return index, nil
		}
	}
	return 0, ErrNotYetRecorded
}
