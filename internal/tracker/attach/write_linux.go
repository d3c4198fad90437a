//go:build linux && (amd64 || arm64)

package attach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// PatchOptions say how long is waited for a moment at which a process can be patched.
type PatchOptions struct {
	Waiting func(profile.Cause) // is told, once for each cause, what is waited for; may be nil
	Within  time.Duration       // how long is tried; 0: 10 s
}

// errNotNow is the error of a try to patch for which the process was not as it was planned for.
var errNotNow = errors.New("the process has changed meanwhile")

// Patch patches the functions of the target, all or none, while all its threads stand still, once. From then on each
// call is recorded; t.Began is the moment. The library must have been started. The error is an *Error where the process cannot
// be patched; it is as it was before then.
func (t *Target) Patch(r *patcher.Running, o PatchOptions) error {
	memory, err := openMemory(t.Proc)
	if err != nil {
		return err
	}
	defer memory.Close()
	record, err := undo.Open(memory, t.Undo)
	if errors.Is(err, undo.ErrNone) {
		return &Error{Cause: profile.Cause{Code: profile.BecameOther}}
	} else if err != nil {
		return err
	}
	w := &writer{target: t, running: r, memory: memory, record: record}
	if w.shims, err = readShims(memory, record.Guest); err == nil {
		err = patience{within: o.Within, waiting: o.Waiting}.retry(w.try)
	}
	return t.Blame(err) // what was planned fits nothing in another program
}

// readShims reads where the library's hooks are.
func readShims(memory *os.File, guest uint64) (s patcher.Shims, err error) {
	var g wire.Guest
	if err := structure(memory, guest, &g); err != nil {
		return s, err
	}
	s = patcher.Shims{Of: make([]uint64, wire.Shims), Entered: g.Entered, Exits: g.Exits}
	return s, structure(memory, g.Shims, s.Of)
}

// writer patches a target.
type writer struct {
	target  *Target
	running *patcher.Running
	memory  *os.File
	record  *undo.Record
	shims   patcher.Shims

	modules []patcher.Module
	ranges  []int // the numbers of their code in the record
	returns []uint64
	maps    []procfs.Mapping // what is mapped while the process stands still
}

// try prepares all, and stops the process once. The error is an *Error whose cause may pass, or another one.
func (w *writer) try() error {
	if err := w.prepare(); err != nil {
		return err
	}
	err := w.target.stop(w.write)
	if err == nil {
		for i := range w.modules {
			w.running.Set(&w.modules[i], wire.Patched)
		}
		return nil
	}
	for _, n := range w.ranges {
		err = errors.Join(err, w.record.SetState(n, undo.Gone))
	}
	return err
}

// prepare decides what is written where, and notes it, while the process runs.
func (w *writer) prepare() error {
	maps, err := w.target.Proc.Maps()
	if err != nil {
		return err
	}
	if !w.running.Knows(maps) {
		w.running.Add(maps)
	}
	if w.returns == nil {
		w.returns = signalReturns(w.memory, maps)
	}
	w.modules, w.ranges = w.modules[:0], w.ranges[:0]
	hasShadowStack := w.target.Proc.HasShadowStack()
	for _, m := range w.running.Place(maps, w.shims) {
		switch {
		case m.MakesReturn && hasShadowStack:
			w.running.Set(&m, wire.PatchShadowStack)
		case !w.isPlanned(&m):
			w.running.Set(&m, wire.PatchOtherFile)
		default:
			w.modules = append(w.modules, m)
		}
	}
	if why := w.running.WhyNoAllocator(); !why.IsZero() {
		return &Error{Cause: why}
	}
	var changes []undo.Change
	for i := range w.modules {
		m := &w.modules[i]
		n, err := w.record.AddRange(m.CodeAt, m.CodeBytes())
		if err != nil {
			return err
		}
		w.ranges = append(w.ranges, n)
		for _, p := range m.Patches {
			changes = append(changes, p.Change)
		}
	}
	return w.record.AddChanges(changes)
}

// isPlanned reports whether a module is the file that was planned for, with all its functions as they were.
func (w *writer) isPlanned(m *patcher.Module) bool {
	is := func(at uint64, want []byte) bool {
		there := make([]byte, len(want))
		_, err := w.memory.ReadAt(there, int64(at))
		return err == nil && bytes.Equal(there, want)
	}
	if m.BuildIDAt != 0 && !is(m.BuildIDAt, m.BuildID) {
		return false
	}
	return !slices.ContainsFunc(m.Patches, func(p patcher.ModulePatch) bool { return !is(p.Entry, p.Expected) })
}

// write patches the process, which stands still.
func (w *writer) write(s *halt.Stopped) error {
	if err := w.check(s); err != nil {
		return err
	}
	moves, err := w.moves(s)
	if err != nil {
		return err
	}
	if err := w.mapCode(s); err != nil {
		return err
	}
	for i := range w.modules {
		m := &w.modules[i]
		if _, err := w.memory.WriteAt(m.Code, int64(m.CodeAt)); err != nil {
			return errors.Join(err, w.unmapCode(s))
		}
	}
	// Before the entries: should this process be killed in between, the threads go on where they find what they need.
	for i, move := range moves {
		if err := move.do(); err != nil && !errors.Is(err, unix.ESRCH) {
			return errors.Join(err, takeBack(moves[:i]), w.unmapCode(s))
		}
	}
	if err := w.writeEntries(); err != nil {
		return errors.Join(err, takeBack(moves), w.unmapCode(s))
	}
	w.target.Began, w.target.Moved = clock.Stamp(), len(moves)
	return nil
}

// check reports whether the process is as it was planned for.
func (w *writer) check(s *halt.Stopped) error {
	if !loaderIsConsistent(w.memory, w.target.Loader) {
		return &Error{Cause: profile.Cause{Code: profile.LoaderBusy}}
	}
	maps, err := s.Memory().Maps()
	if err != nil {
		return err
	}
	if w.maps = maps; !w.running.Knows(maps) {
		return errNotNow
	}
	files := procfs.Files(maps)
	for i := range w.modules {
		m := &w.modules[i]
		isThere := slices.ContainsFunc(files, func(f procfs.File) bool { return f.Path == m.File.Path && slices.Equal(f.Parts, m.File.Parts) })
		inTheWay := func(o procfs.Mapping) bool { return m.CodeAt < o.End && o.Start < m.CodeAt+m.CodeBytes() }
		if !isThere || !w.isPlanned(m) || slices.ContainsFunc(maps, inTheWay) {
			return errNotNow
		}
	}
	return nil
}

// loaderIsConsistent reports whether the loader is about no library, by the address of its struct r_debug.
func loaderIsConsistent(memory *os.File, at uint64) bool {
	const mostNamespaces = 64
	for n := 0; at != 0 && n < mostNamespaces; n++ {
		var list struct {
			Version             uint32
			_                   uint32
			Map, Break          uint64
			State               uint32 // RT_CONSISTENT is 0
			_                   uint32
			Base, NextNamespace uint64 // the last one is there from version 2 on
		}
		if err := structure(memory, at, &list); err != nil {
			return true // what is not readable tells nothing
		}
		if list.State != 0 {
			return false
		}
		if at = 0; list.Version >= 2 {
			at = list.NextNamespace
		}
	}
	return true
}

// move takes a thread from one instruction to another one, at once or when it returns from the handler of a signal.
type move struct {
	thread   *halt.Thread // nil: where it returns to is in memory
	memory   *os.File
	at       uint64
	from, to uint64
}

func (m *move) do() error { return m.set(m.to) }

func (m *move) set(pc uint64) error {
	if m.thread != nil {
		return m.thread.SetPC(pc)
	}
	_, err := m.memory.WriteAt(binary.LittleEndian.AppendUint64(nil, pc), int64(m.at))
	return err
}

// takeBack takes threads back that have been moved.
func takeBack(all []move) (err error) {
	for i := range all {
		if failed := all[i].set(all[i].from); !errors.Is(failed, unix.ESRCH) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// moves returns what takes the threads that are in the middle of what is to be written over to the same instructions in the
// moved code.
func (w *writer) moves(s *halt.Stopped) (all []move, err error) {
	to := make(map[uint64]uint64) // by the address of an instruction
	var over []span
	for i := range w.modules {
		for _, p := range w.modules[i].Patches {
			// Who is at the first byte will execute the jump.
			over = append(over, span{p.At + 1, p.At + uint64(len(p.New))})
			for _, moved := range p.Moved {
				to[moved.From] = moved.To
			}
		}
	}
	inside := newSpans(over)
	for _, t := range s.Threads() {
		r := t.Registers()
		found := []move{{thread: t, from: r.PC}}
		for _, i := range interruptions(w.memory, w.maps, r.SP, w.returns) {
			found = append(found, move{memory: w.memory, at: i.pcAt, from: i.pc})
		}
		for _, m := range found {
			if !inside.has(m.from) {
				continue
			}
			ok := false
			if m.to, ok = to[m.from]; !ok {
				return nil, errNotNow
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// mapCode maps room for the code of all modules, or none.
func (w *writer) mapCode(s *halt.Stopped) error {
	return s.Borrow(borrowFor(unix.SYS_MMAP, unix.SYS_MUNMAP), func(c *halt.Caller) error {
		for i := range w.modules {
			m := &w.modules[i]
			const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED_NOREPLACE
			at, err := c.Syscall(unix.SYS_MMAP, m.CodeAt, m.CodeBytes(), unix.PROT_READ|unix.PROT_EXEC, flags, ^uint64(0), 0)
			if err == nil && at != m.CodeAt { // a kernel before 4.17 does not know the flag
				_, _ = c.Syscall(unix.SYS_MUNMAP, at, m.CodeBytes())
				err = unix.EEXIST
			}
			if err == nil {
				err = w.record.SetState(w.ranges[i], undo.Mapped)
			}
			if err != nil {
				for j := range w.modules[:i] {
					_, _ = c.Syscall(unix.SYS_MUNMAP, w.modules[j].CodeAt, w.modules[j].CodeBytes())
				}
				switch {
				case errors.Is(err, unix.EEXIST):
					return errNotNow
				case errors.Is(err, unix.EAGAIN):
					return &Error{Cause: profile.Cause{Code: profile.NoLockedMemory}}
				}
				return &Error{Cause: profile.Cause{Code: profile.NoMemoryNear, Detail: err.Error()}}
			}
		}
		return nil
	})
}

func (w *writer) unmapCode(s *halt.Stopped) error {
	return s.Borrow(borrowFor(unix.SYS_MUNMAP), func(c *halt.Caller) (err error) {
		for i := range w.modules {
			_, failed := c.Syscall(unix.SYS_MUNMAP, w.modules[i].CodeAt, w.modules[i].CodeBytes())
			err = errors.Join(err, failed)
		}
		return err
	})
}

// writeEntries writes over all entries, or none.
func (w *writer) writeEntries() error {
	for i := range w.modules {
		for _, p := range w.modules[i].Patches {
			if _, err := w.memory.WriteAt(p.New, int64(p.At)); err != nil {
				return errors.Join(&Error{Cause: profile.Cause{Code: profile.CodeProtected, Detail: err.Error()}}, w.restoreEntries())
			}
		}
	}
	return nil
}

// restoreEntries puts back what was written over.
func (w *writer) restoreEntries() (err error) {
	for i := range w.modules {
		for _, p := range w.modules[i].Patches {
			if w.record.InForce(p.Change) {
				_, failed := w.memory.WriteAt(p.Old, int64(p.At))
				err = errors.Join(err, failed)
			}
		}
	}
	return err
}
