//go:build linux && (amd64 || arm64)

package attach

import (
	"cmp"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/undo"

	"golang.org/x/sys/unix"
)

// unmapWithin is until when after its begin a stop is used for unmapping; the rest is for the next one. One for which it took so long
// until all threads stood is used for unmapAtLeast.
const unmapWithin, unmapAtLeast = 25 * time.Millisecond, 5 * time.Millisecond

// unmapAtOnce is how much of what lies side by side is unmapped at once.
const unmapAtOnce = 4 << 20

// unmapper unmaps what is ours, while the process stands still. Should this process be killed in the middle, the program goes on and may
// map something where something of ours was: so the record says at each moment what may be there no more.
type unmapper struct {
	*restorer
	caller *halt.Caller
	record *undo.Record
	maps   []procfs.Mapping
	until  time.Time
	done   int // how many were unmapped in this stop
}

// borrowFor returns what a thread is to be good for that makes system calls.
func borrowFor(numbers ...uintptr) (o halt.BorrowOptions) {
	names := map[uintptr]string{unix.SYS_MMAP: "mmap", unix.SYS_MUNMAP: "munmap", unix.SYS_CLOSE: "close"}
	for _, n := range numbers {
		o.Calls = append(o.Calls, halt.SystemCall{Name: names[n], Number: n})
	}
	return o
}

// unmap unmaps all that is ours, the record last. The error is one of a cause that passes if that takes another stop.
func (r *restorer) unmap(s *halt.Stopped, record *undo.Record, maps []procfs.Mapping) error {
	return s.Borrow(borrowFor(unix.SYS_MUNMAP, unix.SYS_CLOSE), func(c *halt.Caller) error {
		u := &unmapper{restorer: r, caller: c, record: record, maps: maps, until: time.Now().Add(max(unmapWithin-time.Since(s.Begun()), unmapAtLeast))}
		if err := errors.Join(u.pending(), u.descriptors()); err != nil {
			return err
		}
		for _, step := range []func() error{u.guest, u.ranges, u.shared} {
			if err := step(); err != nil {
				return err
			}
		}
		_, err := c.Syscall(unix.SYS_MUNMAP, record.At, undo.Bytes)
		return err
	})
}

// pending unmaps what another process was about to unmap, if it is there still.
func (u *unmapper) pending() error {
	p := u.record.Pending
	if p.Bytes == 0 {
		return nil
	}
	m, ok := procfs.MappingAt(u.maps, p.At)
	if ok && (isShared(m) || m.Path == "" && p.Sum != 0 && sum(u.memory, p.At) == p.Sum) {
		_, err := u.caller.Syscall(unix.SYS_MUNMAP, p.At, p.Bytes)
		return err
	}
	return nil
}

// sharedName is what the kernel calls the shared memory.
const sharedName = "/memfd:heapprof"

// isShared reports whether a mapping is of the shared memory.
func isShared(m procfs.Mapping) bool {
	return procfs.WithoutDeleted(m.Path) == sharedName
}

// sum returns a number by which what begins at an address is told; 0 if there are only zeros.
func sum(memory *os.File, at uint64) uint64 {
	const told = 256
	b := readUpTo(memory, at, told)
	if len(strings.Trim(string(b), "\x00")) == 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// one unmaps a mapping. forget has it be listed no longer.
func (u *unmapper) one(at, bytes uint64, forget func() error) error {
	if u.done++; u.done > 1 && time.Now().After(u.until) {
		return &Error{Cause: profile.Cause{Code: profile.ProcessChanging}}
	}
	if err := u.record.SetPending(undo.Pending{At: at, Bytes: bytes, Sum: sum(u.memory, at)}); err != nil {
		return err
	}
	if err := forget(); err != nil {
		return err
	}
	if _, err := u.caller.Syscall(unix.SYS_MUNMAP, at, bytes); err != nil {
		return err
	}
	return u.record.SetPending(undo.Pending{})
}

// guest unmaps what the library has mapped. Most of that lies side by side.
func (u *unmapper) guest() error {
	all, err := u.guestMappings(u.record)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b guestMapping) int { return cmp.Compare(a.At, b.At) })
	for len(all) > 0 {
		n, end := 1, all[0].At+all[0].Bytes
		for n < len(all) && all[n].At == end && end-all[0].At < unmapAtOnce {
			end += all[n].Bytes
			n++
		}
		err := u.one(all[0].At, end-all[0].At, func() error { return u.forget(all[:n]) })
		if err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// forget has mappings be listed by the library no longer. What says of one that it is there may lie in that one.
func (u *unmapper) forget(all []guestMapping) (err error) {
	for _, m := range all {
		_, failed := u.memory.WriteAt(make([]byte, guestMappingBytes), int64(m.entry))
		err = errors.Join(err, failed)
	}
	return err
}

// ranges unmaps what was mapped for the library, the first of it last.
func (u *unmapper) ranges() error {
	all, err := u.record.Ranges()
	if err != nil {
		return err
	}
	for n := len(all) - 1; n >= 0; n-- {
		r := all[n]
		if r.State != undo.Mapped && !(r.State == undo.Planned && isUntouched(u.memory, u.maps, r)) {
			continue
		}
		if err := u.one(r.At, r.Bytes, func() error { return u.record.SetState(n, undo.Gone) }); err != nil {
			return err
		}
	}
	return nil
}

// isUntouched reports whether something is where a range was planned that is as ours would be that nothing was written to.
func isUntouched(memory *os.File, maps []procfs.Mapping, r undo.Range) bool {
	m, ok := procfs.MappingAt(maps, r.At)
	return ok && (isShared(m) || m.Path == "" && m.Start == r.At && m.End == r.End() && sum(memory, r.At) == 0)
}

// shared unmaps what is there of the shared memory without being listed.
func (u *unmapper) shared() error {
	maps, err := procfs.Process(u.process).Maps()
	if err != nil {
		return err
	}
	for _, m := range maps {
		if !isShared(m) {
			continue
		}
		if _, err := u.caller.Syscall(unix.SYS_MUNMAP, m.Start, m.End-m.Start); err != nil {
			return err
		}
	}
	return nil
}

// descriptors closes the shared memory, where the process has it open.
func (u *unmapper) descriptors() error {
	paths, _ := filepath.Glob(u.process.Path("fd/*"))
	for _, path := range paths {
		target, err := os.Readlink(path)
		if err != nil || procfs.WithoutDeleted(target) != sharedName {
			continue
		}
		if n, err := strconv.ParseUint(filepath.Base(path), 10, 31); err == nil {
			if _, err := u.caller.Syscall(unix.SYS_CLOSE, n); err != nil {
				return err
			}
		}
	}
	return nil
}
