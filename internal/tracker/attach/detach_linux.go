//go:build linux && (amd64 || arm64)

package attach

import (
	"encoding/binary"
	"errors"
	"os"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// DetachOptions say what is detached, and how.
type DetachOptions struct {
	Token  uint64        // of the record by which it is done; 0: whatever record is there
	Within time.Duration // how long is waited for threads that are in a hook; 0: 10 s
}

// Detached is what became of a process that was to be made what it was.
type Detached struct {
	Pauses   []time.Duration // how long its threads stood still, for each stop
	Children int             // forked ones that were made what they were, too
	// Left is how many processes keep the library mapped, which does nothing any more: all code is what it was, but for what
	// finds unwind information, which knows the library as long as that is there. Cause is why, of one of them.
	Left  int
	Cause profile.Cause
}

// Detach makes a process what it was before something was attached to it, by the record at an address, and all children that it has
// forked since. It may be called by any process that may trace it, and again: where there is no record, or another program has
// taken its place, there is nothing to be done.
func Detach(p procfs.Process, at uint64, o DetachOptions) (d Detached, err error) {
	token, err := d.one(p, at, o)
	if token == 0 {
		token = o.Token
	}
	if token == 0 {
		return d, err // there was nothing, and no children can be told
	}
	for tries := 0; tries < mostGenerations; tries++ {
		found := false
		for _, child := range carriers(at, token) {
			if child == p {
				continue
			}
			found = true
			before := d.Left
			_, failed := d.one(child, at, DetachOptions{Token: token, Within: o.Within})
			if err = errors.Join(err, failed); failed == nil && d.Left == before {
				d.Children++
			}
		}
		if !found || d.Left > 0 || err != nil {
			break
		}
	}
	return d, err
}

// mostGenerations is how often is looked for children that have been forked meanwhile.
const mostGenerations = 100

// carriers returns the processes that have a record at an address.
func carriers(at, token uint64) (found []procfs.Process) {
	all, err := procfs.Processes()
	if err != nil {
		return nil
	}
	for _, p := range all {
		memory, err := openMemory(p)
		if err != nil {
			continue
		}
		if r, err := undo.Open(memory, at); err == nil && r.Token == token {
			found = append(found, p)
		}
		memory.Close()
	}
	return found
}

// one makes one process what it was, and returns the token of its record; 0 for none.
func (d *Detached) one(p procfs.Process, at uint64, o DetachOptions) (token uint64, err error) {
	memory, err := openMemory(p)
	if err != nil {
		return 0, ifAlive(err)
	}
	defer memory.Close()
	record, err := undo.Open(memory, at)
	if errors.Is(err, undo.ErrNone) {
		return 0, d.unbegun(p, memory, at, o)
	}
	if err != nil || o.Token != 0 && record.Token != o.Token {
		return 0, err
	}
	token = record.Token
	r := &restorer{process: p, memory: memory, at: at}
	if maps, err := p.Maps(); err == nil {
		r.returns = signalReturns(memory, maps)
	}
	// A tracer that was killed a moment ago may trace it still.
	err = patience{within: o.Within, also: profile.TracingDenied}.retry(func() error {
		pause, err := stopped(p, r.restore)
		if pause > 0 {
			d.Pauses = append(d.Pauses, pause)
		}
		return err
	})
	if cause, ok := causeOf(err); ok {
		d.Left++
		d.Cause = cause
		return token, r.silence()
	}
	return token, ifAlive(err)
}

// unbegun unmaps the room for a record that has not been written, if that is there, and takes away what whoever was about to map it has
// left.
func (d *Detached) unbegun(p procfs.Process, memory *os.File, at uint64, o DetachOptions) error {
	isThere := func(s *halt.Stopped) bool {
		maps, err := s.Memory().Maps()
		return err == nil && isUntouched(memory, maps, undo.Range{At: at, Bytes: undo.Bytes})
	}
	if maps, err := p.Maps(); err != nil || o.Token == 0 || !halt.HasStray(p) && !isUntouched(memory, maps, undo.Range{At: at, Bytes: undo.Bytes}) {
		return nil
	}
	err := patience{within: o.Within, also: profile.TracingDenied}.retry(func() error {
		pause, err := stopped(p, func(s *halt.Stopped) error {
			if !isThere(s) {
				return s.RemoveStray()
			}
			return s.Borrow(borrowFor(unix.SYS_MUNMAP), func(c *halt.Caller) error {
				_, err := c.Syscall(unix.SYS_MUNMAP, at, undo.Bytes)
				return err
			})
		})
		if pause > 0 {
			d.Pauses = append(d.Pauses, pause)
		}
		return err
	})
	return ifAlive(err)
}

// ifAlive returns an error, but for one that says that the process has ended.
func ifAlive(err error) error {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// restorer makes a process what it was.
type restorer struct {
	process procfs.Process
	memory  *os.File
	at      uint64 // of the record
	returns []uint64
}

// silence has nothing be recorded any more, where the process cannot be stopped.
func (r *restorer) silence() error {
	record, err := undo.Open(r.memory, r.at)
	if err != nil {
		return nil
	}
	return r.end(record)
}

// end has the library record nothing any more.
func (r *restorer) end(record *undo.Record) error {
	if record.Ending != 0 || record.Guest == 0 {
		return nil
	}
	var g wire.Guest
	if err := structure(r.memory, record.Guest, &g); err != nil {
		return err
	}
	_, err := r.memory.WriteAt([]byte{1}, int64(g.Off))
	return err
}

// restore makes the process what it was as far as that can be done now, while it stands still. The error is one of a
// cause that passes if there is more to do.
func (r *restorer) restore(s *halt.Stopped) error {
	record, err := undo.Open(r.memory, r.at) // anew: the process may have had more noted meanwhile
	if errors.Is(err, undo.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	maps, err := s.Memory().Maps()
	if err != nil {
		return err
	}
	if err := errors.Join(r.end(record), r.restoreCode(record, false)); err != nil {
		return err
	}
	if record.Ending == 0 {
		if err := r.checkLeft(s, record, maps); err != nil {
			return err
		}
		if err := record.SetEnding(); err != nil {
			return err
		}
	}
	if err := r.restoreCode(record, true); err != nil {
		return err
	}
	return r.unmap(s, record, maps)
}

// restoreCode puts back the code that was written over, where what was written is still there: what is to be in force as long as a
// thread may be in a hook, or the rest.
func (r *restorer) restoreCode(record *undo.Record, last bool) error {
	changes, err := record.Changes()
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Last != last || !record.InForce(c) {
			continue
		}
		if _, err := r.memory.WriteAt(c.Old, int64(c.At)); err != nil {
			return err
		}
	}
	return nil
}

// checkLeft returns an error if a thread is in code of ours, or will return to it.
func (r *restorer) checkLeft(s *halt.Stopped, record *undo.Record, maps []procfs.Mapping) error {
	ours, err := r.ours(record)
	if err != nil {
		return err
	}
	p, err := newPresence(r.memory, maps, ours, record.Guest, r.returns)
	if err != nil {
		return err
	}
	if id := p.busy(s); id != 0 {
		return &Error{Cause: profile.Cause{Code: profile.ThreadInHook, Number: int64(id)}}
	}
	return nil
}

// ours returns all addresses that are ours.
func (r *restorer) ours(record *undo.Record) (spans, error) {
	ranges, err := record.Ranges()
	if err != nil {
		return nil, err
	}
	all := []span{{record.Own().At, record.Own().End()}}
	for _, one := range ranges {
		if one.State == undo.Mapped {
			all = append(all, span{one.At, one.End()})
		}
	}
	guest, err := r.guestMappings(record)
	for _, m := range guest {
		all = append(all, span{m.At, m.At + m.Bytes})
	}
	return newSpans(all), err
}

// guestMapping is what the library has mapped itself, and where it says so.
type guestMapping struct {
	wire.GuestMapping
	entry uint64
}

const guestMappingBytes = 16

// guestMappings returns what the library has mapped itself, as far as it is there still.
func (r *restorer) guestMappings(record *undo.Record) (all []guestMapping, err error) {
	if record.Guest == 0 {
		return nil, nil
	}
	var g wire.Guest
	if err := structure(r.memory, record.Guest, &g); err != nil {
		if record.Ending != 0 {
			return nil, nil // it is gone by now
		}
		return nil, err
	}
	// The one that a forked child has not lies in a page that is listed, too: so it comes first.
	var own wire.GuestMapping
	if err := structure(r.memory, g.Own, &own); err == nil && own.Bytes != 0 {
		all = append(all, guestMapping{own, g.Own})
	}
	err = entries(r.memory, g.Mappings, g.MappingPlaces, guestMappingBytes, func(entry []byte, at uint64) {
		m := wire.GuestMapping{At: binary.LittleEndian.Uint64(entry), Bytes: binary.LittleEndian.Uint64(entry[8:])}
		if m.Bytes != 0 {
			all = append(all, guestMapping{m, at})
		}
	})
	return all, err
}
