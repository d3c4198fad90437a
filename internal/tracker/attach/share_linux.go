//go:build linux && (amd64 || arm64)

package attach

import (
	"errors"
	"os"
	"slices"
	"strconv"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

const controlBytes = wire.Page // what the library needs of the memory to begin; the rest it maps itself

// memfdNoExec is MFD_NOEXEC_SEAL, which some systems demand (vm.memfd_noexec).
const memfdNoExec = 8

// sharing are the system calls by which the memory is shared.
var sharing = []halt.SystemCall{
	{Name: "mmap", Number: unix.SYS_MMAP, Arguments: [6]uint64{0, undo.Bytes, unix.PROT_READ | unix.PROT_EXEC, privately, none}},
	{Name: "mmap", Number: unix.SYS_MMAP, Arguments: [6]uint64{0, controlBytes, unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED, 3}},
	{Name: "memfd_create", Number: unix.SYS_MEMFD_CREATE, Arguments: [6]uint64{0, unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING}},
	{Name: "close", Number: unix.SYS_CLOSE, Arguments: [6]uint64{3}},
	{Name: "munmap", Number: unix.SYS_MUNMAP, Arguments: [6]uint64{0, controlBytes}},
}

const (
	privately = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	none      = ^uint64(0) // no descriptor
)

// Share makes memory that the process and this one share, with room for so many rings, as [shm.New] makes it for a program that is to
// be started: the process makes the file, so that it needs no path to it, and keeps no descriptor. From then on there is a record of what is
// changed in the process. waiting, which may be nil, is told what is waited for. The error is an *Error where that is for a person.
func (t *Target) Share(rings uint32, waiting func(profile.Cause)) (m *shm.Memory, err error) {
	err = patience{waiting: waiting}.retry(func() error {
		err := t.stop(func(s *halt.Stopped) error {
			if err := isAlone(s.Memory()); err != nil {
				return err
			}
			return s.Borrow(halt.BorrowOptions{Calls: sharing}, func(c *halt.Caller) error {
				m, err = t.share(&mapper{Caller: c, proc: s.Memory()}, rings)
				return err
			})
		})
		if errors.Is(err, errAnother) {
			// It has come since the target was opened, and may have been killed by now.
			if _, err := CleanLeft(t.Proc); err != nil {
				return err
			}
			return errNotNow
		}
		return err
	})
	if err != nil {
		return nil, asError(err)
	}
	t.memory = m
	return m, nil
}

// errAnother is the error of a stop of a process in which another recorder is at work, or has left something.
var errAnother = errors.New("another recorder shares memory with it")

// isAlone returns errAnother if a process, which stands still, shares memory with a recorder. Of two that attach at the same moment the
// second finds what the first has mapped in its only stop until then.
func isAlone(p procfs.Process) error {
	maps, err := p.Maps()
	if err == nil && slices.ContainsFunc(maps, isShared) {
		err = errAnother
	}
	return err
}

// share does it while the process stands still. If it fails, nothing of it is left.
func (t *Target) share(c *mapper, rings uint32) (m *shm.Memory, err error) {
	memory, err := openMemory(c.proc)
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	if err := c.mapAt(t.places.undo, undo.Bytes, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.unmap(t.places.undo, undo.Bytes))
		}
	}()
	owner, err := OwnerHere(t.Token)
	if err != nil {
		return nil, err
	}
	record, err := undo.Create(memory, t.places.undo, owner)
	if err != nil {
		return nil, err
	}
	descriptor, err := c.createMemory(memory, t.places.undo+undo.CodeAt)
	if err != nil {
		return nil, err
	}
	defer func() {
		if _, closeErr := c.Syscall(unix.SYS_CLOSE, descriptor); err == nil && closeErr != nil {
			err = closeErr
		}
	}()
	file, err := os.OpenFile(c.proc.Path("fd/"+strconv.FormatUint(descriptor, 10)), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if m, err = shm.Adopt(file, rings); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.Close()
			m = nil
		}
	}()
	err = c.noting(record, t.places.control, controlBytes, func() error {
		_, err := c.mapped(t.places.control, controlBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, descriptor)
		return err
	})
	if err == nil {
		err = record.SetControl(t.places.control)
	}
	return m, err
}

// createMemory makes a file of the process's, of which a name is seen in maps. scratch is memory for that.
func (c *mapper) createMemory(memory *os.File, scratch uint64) (descriptor uint64, err error) {
	name := append([]byte(shm.FileName), 0)
	if _, err := memory.WriteAt(name, int64(scratch)); err != nil {
		return 0, err
	}
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	descriptor, err = c.Syscall(unix.SYS_MEMFD_CREATE, scratch, flags)
	if errors.Is(err, unix.EACCES) {
		descriptor, err = c.Syscall(unix.SYS_MEMFD_CREATE, scratch, flags|memfdNoExec)
	}
	_, writeErr := memory.WriteAt(make([]byte, len(name)), int64(scratch))
	if err == nil && writeErr != nil {
		_, _ = c.Syscall(unix.SYS_CLOSE, descriptor)
		return 0, writeErr
	}
	return descriptor, err
}
