//go:build linux && (amd64 || arm64)

package attach

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"heapprof/internal/object"
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// InjectOptions say what is put into a process, and how.
type InjectOptions struct {
	Library []byte              // the tracker library: see preload.Attached
	Waiting func(profile.Cause) // told what is waited for, once for each cause, where that takes a while; nil: nobody is
}

// injecting are the system calls by which the library is put into the process, and which itself cannot do without, besides those of sharing.
var injecting = append([]halt.SystemCall{
	{Name: "mprotect", Number: unix.SYS_MPROTECT, Arguments: [6]uint64{0, pageBytes, unix.PROT_READ | unix.PROT_EXEC}},
	{Name: "mremap", Number: unix.SYS_MREMAP, Arguments: [6]uint64{0, 0, pageBytes, unix.MREMAP_MAYMOVE}},
	{Name: "madvise", Number: unix.SYS_MADVISE, Arguments: [6]uint64{0, pageBytes, unix.MADV_WIPEONFORK}},
	{Name: "mmap", Number: unix.SYS_MMAP, Arguments: [6]uint64{0, pageBytes, unix.PROT_READ | unix.PROT_WRITE, privately, none}},
}, sharing...)

// startWithin is how long the library's start may take, of which it needs less than a hundredth.
const startWithin = 2 * time.Second

// Inject puts the tracker library into the process, and starts it there, so that it has a place in the process table. Recording has been
// begun in the memory that Share has made. Nothing calls the library yet. Where it fails nothing of it is left. The error is an *Error where that is for a person.
func (t *Target) Inject(o InjectOptions) error {
	lib, err := loadLibrary(o.Library, t.places.image)
	if err != nil {
		return err
	}
	memory, err := openMemory(t.Proc)
	if err != nil {
		return asError(err)
	}
	defer memory.Close()
	entry, err := t.entry()
	if err != nil {
		return asError(err)
	}
	err = patience{waiting: o.Waiting}.retry(func() error {
		i, err := readImage(memory, t.Proc.Alive(), entry)
		if err != nil {
			return imageError(err)
		}
		in := &injection{Target: t, memory: memory, library: lib, image: i, start: newStart(t.places.start, i), plain: unfiltered(t.Proc)}
		if err := in.tell(); err != nil {
			return err
		}
		return t.stop(in.run)
	})
	if err != nil {
		return asError(err)
	}
	return t.findPlace()
}

// entry returns where the program begins, by its file.
func (t *Target) entry() (at uint64, err error) {
	err = object.ReadHeaders(t.Proc.Alive().Exe(), func(h *object.Headers) error {
		at = h.Entry
		return nil
	})
	return at, err
}

// imageError returns the error for a process of which it is not known what it has mapped.
func imageError(err error) error {
	switch {
	case errors.Is(err, errLoading):
		return &Error{profile.Cause{Code: profile.LoaderBusy}}
	case errors.Is(err, unix.ESRCH), errors.Is(err, os.ErrNotExist):
		return unix.ESRCH
	}
	return &Error{profile.Cause{Code: profile.ImageUnknown, Detail: err.Error()}}
}

// injection is the work of putting the library into a process.
type injection struct {
	*Target
	memory  *os.File
	library *library
	image   *image
	start   *start
	plain   map[int]bool // threads that had no filters of system calls
}

// tell fills in what the library is told, as far as it is known now.
func (in *injection) tell() error {
	status, err := in.Proc.Status()
	if err != nil || len(status.Numbers) == 0 {
		return unix.ESRCH
	}
	s := &in.start.AttachedStart
	s.Control = in.control
	s.PID, s.OwnPID = uint32(in.Proc), uint32(status.Numbers[len(status.Numbers)-1])
	s.Iterate, s.ErrnoAt = in.image.libc(in.memory)
	if len(in.start.content) > startBytes {
		return fmt.Errorf("what is mapped into it takes %d bytes to tell", len(in.start.content))
	}
	return nil
}

// run does it while the process stands still.
func (in *injection) run(s *halt.Stopped) error {
	if err := in.isAsItWas(); err != nil {
		return err
	}
	in.start.Forbidden = forbidden(s, in.plain)
	in.start.TIDAt = tidAt(in.memory, s)
	before, err := s.Memory().Maps()
	if err != nil {
		return err
	}
	return s.Borrow(halt.BorrowOptions{Calls: injecting}, func(c *halt.Caller) error {
		m := &mapper{Caller: c, proc: s.Memory()}
		err := in.put(m)
		if err != nil {
			err = errors.Join(err, m.unmapNew(before))
		}
		return err
	})
}

// isAsItWas reports as an error whether the loader is at work, or has been since the list was read.
func (in *injection) isAsItWas() error {
	if in.image.loader == 0 {
		return nil
	}
	if isLoading(in.memory, in.image.loader) {
		return &Error{profile.Cause{Code: profile.LoaderBusy}}
	}
	links, err := readLinks(in.memory, in.image.loader)
	if err != nil {
		return imageError(err)
	}
	if !slices.Equal(links, in.image.links) {
		return errNotNow
	}
	return nil
}

// put maps the library and what it is told, and has it begin.
func (in *injection) put(c *mapper) error {
	record, err := undo.Open(in.memory, in.Undo)
	if errors.Is(err, undo.ErrNone) {
		return &Error{profile.Cause{Code: profile.BecameOther}}
	} else if err != nil {
		return err
	}
	at, told := &in.places, in.start.bytes()
	toldBytes := roundUp(uint64(len(told)), pageBytes)
	number, err := record.AddRange(at.stack, stackBytes)
	if err != nil {
		return err
	}
	const readWrite = unix.PROT_READ | unix.PROT_WRITE
	for _, step := range []func() error{
		func() error { return c.mapAt(at.stack, stackBytes, readWrite) },
		func() error { return record.SetState(number, undo.Mapped) },
		func() error {
			return c.noting(record, at.image, in.library.bytes, func() error { return c.mapAt(at.image, in.library.bytes, readWrite) })
		},
		func() error {
			return c.noting(record, at.start, toldBytes, func() error { return c.mapAt(at.start, toldBytes, readWrite) })
		},
		func() error { return halt.WriteMemory(int(c.proc), in.library.content, at.image) },
		func() error { return halt.WriteMemory(int(c.proc), told, at.start) },
		func() error { return c.protect(at.start, toldBytes, elf.PF_R) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, segment := range in.library.segments {
		if err := c.protect(segment.at, segment.bytes, segment.flags); err != nil {
			return err
		}
	}
	guest, err := c.Call(in.library.start, at.start, at.stack+stackBytes, startWithin)
	switch {
	case err != nil:
		return &Error{profile.Cause{Code: profile.NotStarted, Detail: err.Error()}}
	case guest == 0:
		return &Error{profile.Cause{Code: profile.NotStarted, Detail: "there is no place in the table of processes, or no memory"}}
	}
	if err := c.unmap(at.stack, stackBytes); err != nil {
		return err
	}
	if err := errors.Join(record.SetState(number, undo.Gone), record.SetGuest(guest)); err != nil {
		return err
	}
	in.Guest, in.Loader = guest, in.image.loader
	return nil
}

// protect is mprotect with the flags of a segment.
func (c *mapper) protect(at, bytes uint64, flags elf.ProgFlag) error {
	var protection uint64
	for _, bit := range []struct {
		flag       elf.ProgFlag
		protection uint64
	}{{elf.PF_R, unix.PROT_READ}, {elf.PF_W, unix.PROT_WRITE}, {elf.PF_X, unix.PROT_EXEC}} {
		if flags&bit.flag != 0 {
			protection |= bit.protection
		}
	}
	_, err := c.Syscall(unix.SYS_MPROTECT, at, bytes, protection)
	if errors.Is(err, unix.EACCES) {
		return &Error{profile.Cause{Code: profile.CodeProtected}}
	}
	return err
}

// unmapNew unmaps what was not mapped before: all that the library has mapped, and what it was itself. The process stands still all the time.
func (c *mapper) unmapNew(before []procfs.Mapping) error {
	now, err := c.proc.Maps()
	if err != nil {
		return err
	}
	var failed error
	for _, m := range now {
		at := m.Start
		for _, b := range before {
			if b.End <= at || b.Start >= m.End {
				continue
			}
			if b.Start > at {
				failed = errors.Join(failed, c.unmap(at, b.Start-at))
			}
			at = b.End
		}
		if at < m.End {
			failed = errors.Join(failed, c.unmap(at, m.End-at))
		}
	}
	return failed
}

// findPlace finds the library's place in the process table.
func (t *Target) findPlace() error {
	n := int(min(atomic.LoadUint32(&t.memory.Control().Processes), wire.MaxProcesses))
	for i := range n {
		slot := t.memory.Process(i)
		if atomic.LoadUint64(&slot.Guest) == t.Guest && slot.PID == uint32(t.Proc) {
			t.Image = i
			return nil
		}
	}
	return &Error{profile.Cause{Code: profile.NotStarted, Detail: "it has no place in the table of processes"}}
}

// asError returns the error for a person, if it is one.
func asError(err error) error {
	var known *Error
	var notStopped *halt.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &notStopped):
		return &Error{notStopped.Cause}
	case errors.Is(err, unix.ESRCH), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrProcessDone):
		return &Error{profile.Cause{Code: profile.EndedBefore}}
	case errors.Is(err, unix.EMFILE):
		return &Error{profile.Cause{Code: profile.NoDescriptorInIt}}
	case errors.Is(err, unix.EAGAIN): // of what maps memory, or allows what is to be done with it
		return &Error{profile.Cause{Code: profile.NoLockedMemory}}
	}
	return err
}
