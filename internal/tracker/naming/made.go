//go:build linux && (amd64 || arm64)

package naming

import (
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol/madecode"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// Made names code that programs make while they run, by the files in which their runtimes tell of it: perf maps
// and jitdump files. While a program runs it is told of the addresses in it (See), as its root directory can be
// seen only then, and as one piece of code may take the place of another.
type Made struct {
	begun time.Time // what is older is no file of a program that was started since

	mu sync.Mutex
	of map[imageKey]*maker
}

// imageKey tells an image from all others: an index in the process table may be used again.
type imageKey struct {
	index int
	start uint64
}

func keyOf(f replay.Facts) imageKey { return imageKey{f.Index, f.Start} }

// NewMade returns a Made that knows of no program.
func NewMade() *Made { return &Made{begun: time.Now(), of: make(map[imageKey]*maker)} }

// maker is a process that has run code which lies in no module.
type maker struct {
	mu     sync.Mutex
	seen   map[uint64]moment // by address
	files  madeFiles
	closed bool             // nobody wants it any more
	parts  []procfs.Mapping // code in files that are mapped, when that was last looked at
	next   time.Time        // when it is time to look at the process again
	nap    time.Duration    // from then to the time after
}

// moment is when an address was seen first: by then its code had been made.
type moment struct {
	mapped uint64        // bytes of the perf map; 0: it was not open
	time   time.Duration // of the clock that jitdump files go by
}

// The most processes whose files are kept open, and addresses that are kept of one; and how often a process is
// looked at.
const (
	mostMakers = 256
	mostSeen   = 1 << 18

	firstLook = 20 * time.Millisecond
	lastLook  = 2 * time.Second
)

// See takes places of an image that runs: those that are new, and perhaps others. It does not wait for anything.
func (m *Made) See(f replay.Facts, places []replay.Place) {
	if f.Proc == 0 || !slices.ContainsFunc(places, isMade) {
		return
	}
	m.mu.Lock()
	of := m.of[keyOf(f)]
	if of == nil && len(m.of) < mostMakers {
		of = &maker{seen: make(map[uint64]moment), nap: firstLook}
		m.of[keyOf(f)] = of
	}
	m.mu.Unlock()
	if of != nil && of.see(places) {
		go of.look(f.Proc)
	}
}

// isMade reports whether a place lies in no module.
func isMade(at replay.Place) bool { return at.Module() == wire.NoModule }

// see notes the addresses that are new among places, and reports whether it is time to look at the process.
func (k *maker) see(places []replay.Place) bool {
	if !k.mu.TryLock() {
		return false // its files are opened or read, which may take a while: of these it is not known when they were seen
	}
	defer k.mu.Unlock()
	now, isNew := moment{k.files.mapped(), monotonic()}, false
	for _, at := range places {
		if !isMade(at) || len(k.seen) == mostSeen {
			continue
		}
		if _, ok := k.seen[at.PC()]; !ok {
			k.seen[at.PC()], isNew = now, true
		}
	}
	if t := time.Now(); isNew && !t.Before(k.next) {
		k.next = t.Add(k.nap)
		k.nap = min(2*k.nap, lastLook)
		return true
	}
	return false
}

// monotonic returns the time of the clock that the kernel calls so.
func monotonic() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// look opens the files that a process has by now, and notes what code it has mapped.
func (k *maker) look(p procfs.Process) {
	mappings, err := p.Maps()
	if err != nil {
		return // it has ended
	}
	parts := slices.DeleteFunc(slices.Clone(mappings), func(m procfs.Mapping) bool {
		return !strings.HasPrefix(m.Path, "/") || !strings.Contains(m.Protection, "x")
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	k.files.open(p, mappings)
	k.parts = parts
}

// close closes the files of a process, and has none opened any more.
func (k *maker) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.files.close()
}

// take returns what is known of the code at addresses of an image, of each that is known, and what code of files
// was mapped in its process.
func (m *Made) take(f replay.Facts, pcs []uint64) (made map[uint64]madecode.Found, parts []procfs.Mapping) {
	m.mu.Lock()
	k := m.of[keyOf(f)]
	m.mu.Unlock()
	if k == nil {
		k = &maker{}
		defer k.close()
	}
	if f.Proc != 0 {
		k.look(f.Proc)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.files.theMap == nil && !k.closed {
		k.files.theMap = openOwn(f.PID, m.begun)
	}
	return k.files.read(k.seen, pcs), k.parts
}

// Forget lets go of an image whose profile is made, or is not wanted.
func (m *Made) Forget(f replay.Facts) {
	m.mu.Lock()
	k := m.of[keyOf(f)]
	delete(m.of, keyOf(f))
	m.mu.Unlock()
	if k != nil {
		k.close()
	}
}

// madeFrame returns the frame for a place in code that a runtime tells of.
func madeFrame(pc uint64, found *madecode.Found) profile.Frame {
	f := madecode.ParseName(found.Name)
	frame := profile.Frame{Addr: pc, Function: f.Name, File: f.File, Line: f.Line, Column: f.Column, Language: f.Language}
	// The lines of V8's are not to be trusted: of code that is optimised they are also those of functions that were inlined, which
	// lie in other files, and of its baseline code they go by something else than addresses.
	if l := found.LineAt(pc); l.Line != 0 && f.Language != profile.JavaScript {
		frame.File, frame.Line, frame.Column = l.File, l.Line, 0
	}
	if f.Language != profile.UnknownLanguage {
		frame.Addr = 0 // the same function is compiled anew, elsewhere, and an address in it tells nobody anything
	}
	return frame
}

// made returns what is known of the places among those in slots that lie in no module, by address. Those that lie in a file's
// further mapping it moves to the module that is that file.
func (n *Names) made(slots []uint32) map[uint64]madecode.Found {
	if n.options.Made == nil {
		return nil
	}
	var pcs []uint64
	for _, slot := range slots {
		if at := n.places[slot]; isMade(at) {
			pcs = append(pcs, at.PC())
		}
	}
	if len(pcs) == 0 {
		return nil
	}
	found, parts := n.options.Made.take(n.state.Facts, pcs)
	for _, slot := range slots {
		at := n.places[slot]
		if _, ok := found[at.PC()]; ok || !isMade(at) {
			continue
		}
		if in, ok := n.inModule(at.PC(), parts); ok {
			n.places[slot] = in
		}
	}
	return found
}

// inModule returns an address in the image's modules at which the same part of the same file lies as at pc, which is in no
// module: a program may map parts of its file once more. ok is false where there is none.
func (n *Names) inModule(pc uint64, parts []procfs.Mapping) (at replay.Place, ok bool) {
	here, ok := procfs.MappingAt(parts, pc)
	if !ok {
		return 0, false
	}
	offset := here.Offset + pc - here.Start
	for _, p := range parts {
		if p.Path != here.Path || p.Start == here.Start || offset-p.Offset >= p.End-p.Start {
			continue
		}
		there := p.Start + offset - p.Offset
		for number, m := range n.state.Modules {
			if m.Path == p.Path && m.Start <= there && there < m.End {
				return replay.MakePlace(there, number), true
			}
		}
	}
	return 0, false
}
