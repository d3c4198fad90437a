//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// A number may follow a name.
const _ = uint(wire.MaxMarkName - MaxMarkName - len(" 9999"))

// markPatience is how long a recorder has to make a mark: it looks every 50 ms at least.
const markPatience = 5 * time.Second

// snapshotPatience is how long a recorder has to copy a process, too: the kernel takes a tenth of a
// second a gigabyte. What else it takes until a profile is written is waited for as long as the recorder lives.
const snapshotPatience = 30 * time.Second

// Mark marks the present moment in the recording of a process, by its number in /proc: that of
// a program that is recorded, or of the heapprof that records, for all that it records. An
// error is a *MarkError.
func Mark(pid int, name string) (Marked, error) {
	m, _, err := mark(pid, name, wire.MarkNamed, markPatience)
	return m, err
}

// Snapshot does what Mark does and, of that moment, has a profile written and, if copies is true, a snapshot made of who holds
// the blocks. The profile is written also where there is no room for a further mark.
func Snapshot(pid int, name string, copies bool) (s Snapshotted, err error) {
	kind := uint32(wire.MarkDump)
	if copies {
		kind = wire.MarkSnapshot
	}
	var a answer
	s.Marked, a, err = mark(pid, name, kind, snapshotPatience)
	if err != nil {
		return s, err
	}
	s.Copied = copies && a.Outcome == wire.MarkMade
	if a.text != "" {
		s.Files = strings.Split(a.text, "\n")
	}
	if len(s.Files) == 0 && !s.Copied {
		return s, &MarkError{Code: MarkNotWritten}
	}
	return s, nil
}

// answer is what a recorder says of a mark.
type answer struct {
	shm.MarkAnswer
	text string
}

func mark(pid int, name string, kind uint32, patience time.Duration) (m Marked, a answer, err error) {
	p := procfs.Process(pid)
	r, err := process.FindRecording(p)
	if err != nil {
		code := whyNotFound(err)
		if code == MarkNoProcess && syscall.Kill(pid, 0) != syscall.ESRCH {
			code = MarkForbidden // /proc may hide it
		}
		return m, a, &MarkError{code, err}
	}
	defer r.Memory.Close()
	a.MarkAnswer, err = r.Memory.Ask(shm.MarkRequest{Kind: kind, Process: r.Image, Name: cutMarkName(name)}, patience)
	if err == nil && a.Text != 0 {
		a.text, err = r.Memory.Text(a.Text, markPatience)
	}
	switch {
	case err != nil:
		return m, a, &MarkError{whyNotFound(err), err}
	case a.Outcome == wire.MarkNoRoom:
		return m, a, &MarkError{Code: MarkTooMany}
	case a.Outcome != wire.MarkMade && a.Outcome != wire.MarkNoCopy:
		return m, a, &MarkError{Code: MarkTooLate}
	}
	m = Marked{Name: a.Name, Since: a.Since}
	if r.Image >= 0 {
		arguments, _ := p.Arguments()
		exe, _ := p.ExeName()
		m.Program = filepath.Base(cmp.Or(strings.Join(arguments[:min(1, len(arguments))], ""), exe))
	}
	return m, a, nil
}

// cutMarkName returns a name that is not longer than it may be, whole characters of it.
func cutMarkName(name string) string {
	if len(name) <= MaxMarkName {
		return name
	}
	return strings.ToValidUTF8(name[:MaxMarkName], "")
}

// whyNotFound returns the code of an error in finding a recording, or asking it for a mark.
func whyNotFound(err error) MarkErrorCode {
	for _, c := range []struct {
		err  error
		code MarkErrorCode
	}{
		{process.ErrNotRecorded, MarkNotRecorded},
		{process.ErrNotYetRecorded, MarkNotYetRecorded},
		{process.ErrRecorderUnseen, MarkUnseen},
		{shm.ErrNoMemory, MarkNotRecorded},
		{shm.ErrOtherVersion, MarkOtherVersion},
		{shm.ErrRecorderGone, MarkRecordingOver},
		{shm.ErrMarksFull, MarkQueueFull},
		{shm.ErrMarkNotTaken, MarkNoAnswer},
		{fs.ErrNotExist, MarkNoProcess},
		{os.ErrProcessDone, MarkNoProcess},
		{syscall.ESRCH, MarkNoProcess},
		{fs.ErrPermission, MarkForbidden},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return MarkUnknown
}

// marker asks for the marks that are for all that is recorded: those of time, and those of a
// signal that this process is sent.
type marker struct {
	memory  *shm.Memory
	each    time.Duration  // between two marks of time; 0: there are none
	signals chan os.Signal // that ask for marks
	closed  chan struct{}
}

// newMarker begins to keep the signals that ask for marks, even before the program runs.
func newMarker(memory *shm.Memory, o Options) *marker {
	k := &marker{memory: memory, each: o.MarkEvery, signals: make(chan os.Signal, 16), closed: make(chan struct{})}
	if o.MarkSignal.Number != 0 {
		signal.Notify(k.signals, syscall.Signal(o.MarkSignal.Number))
	}
	return k
}

// run asks for marks until close is called; those of time are counted from began on.
func (k *marker) run(began time.Time) {
	var due <-chan time.Time
	for n := time.Duration(1); ; {
		if due == nil && k.each > 0 {
			due = time.After(time.Until(began.Add(n * k.each)))
		}
		select {
		case <-due:
			k.memory.AskMark(shm.MarkRequest{Kind: wire.MarkNamed, Process: -1, Name: markName(n, k.each)})
			n, due = n+1, nil
		case <-k.signals:
			k.memory.AskMark(shm.MarkRequest{Kind: wire.MarkSignal, Process: -1})
		case <-k.closed:
			return
		}
	}
}

// close gives the signal its usual meaning again.
func (k *marker) close() {
	signal.Stop(k.signals)
	close(k.closed)
}

// markName returns what the mark is called that is n times each after the start, such as "10 s".
// All marks have the unit of the first.
func markName(n, each time.Duration) string {
	unit, name := time.Microsecond, "µs"
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Millisecond, "ms"}, {time.Second, "s"}, {time.Minute, "min"}, {time.Hour, "h"}} {
		if each%u.size == 0 {
			unit, name = u.size, u.name
		}
	}
	return strconv.FormatInt(int64(n*each/unit), 10) + " " + name
}

// since returns how much time is between two stamps; the first is that of the start where it is 0.
func (r *recording) since(from, to uint64) time.Duration {
	num, den := r.builder.clock.Rate()
	t := times{num, den, cmp.Or(from, r.builder.clock.Stamp)}
	return time.Duration(t.since(to)) * time.Microsecond
}
