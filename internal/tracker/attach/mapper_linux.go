//go:build linux && (amd64 || arm64)

package attach

import (
	"errors"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/undo"

	"golang.org/x/sys/unix"
)

// mapper has a process, which stands still, map and unmap memory.
type mapper struct {
	*halt.Caller
	proc procfs.Process
}

// mapAt maps private memory at an address where nothing is. The error is errNotNow if something is there.
func (c *mapper) mapAt(at, bytes, protection uint64) error {
	_, err := c.mapped(at, bytes, protection, privately, none)
	return err
}

// mapped is mmap at an address where nothing is. The kernel takes the address where it is free, and all threads stand: MAP_FIXED_NOREPLACE would
// only keep it from taking another one, and is what filters of system calls may not know.
func (c *mapper) mapped(at, bytes, protection, flags, descriptor uint64) (uint64, error) {
	got, err := c.Syscall(unix.SYS_MMAP, at, bytes, protection, flags, descriptor, 0)
	switch {
	case errors.Is(err, unix.ENOMEM):
		return 0, &Error{profile.Cause{Code: profile.NoMemoryInIt}}
	case errors.Is(err, unix.EAGAIN):
		return 0, &Error{profile.Cause{Code: profile.NoLockedMemory}}
	case err != nil:
		return 0, err
	case got != at:
		return 0, errors.Join(errNotNow, c.unmap(got, bytes))
	}
	return got, nil
}

func (c *mapper) unmap(at, bytes uint64) error {
	_, err := c.Syscall(unix.SYS_MUNMAP, at, bytes)
	return err
}

// noting calls what maps a range, and has the record of what is changed tell of it from before on.
func (c *mapper) noting(r *undo.Record, at, bytes uint64, maps func() error) error {
	number, err := r.AddRange(at, bytes)
	if err != nil {
		return err
	}
	if err := maps(); err != nil {
		return errors.Join(err, r.SetState(number, undo.Gone))
	}
	if err := r.SetState(number, undo.Mapped); err != nil {
		return errors.Join(err, c.unmap(at, bytes))
	}
	return nil
}
