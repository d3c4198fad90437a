//go:build linux && (amd64 || arm64)

package attach

import (
	"os"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/undo"
)

// Target is a process that is to be recorded though it ran before anybody thought of that. Its methods may be called by one
// goroutine at a time, but for those of which something else is said.
type Target struct {
	PID  int            // in the pid namespace of this process
	Proc procfs.Process // the same, by its directory in /proc

	// Undo is the address at which the record of what is changed in it lies, once there is one, and Token the record's.
	Undo, Token uint64

	Loader uint64 // address of its struct r_debug, from Inject on; 0: it has none
	Guest  uint64 // address of its wire.Guest, from Inject on
	Image  int    // its place in the process table, from Inject on
	Moved  int    // how many threads Patch found where it was about to write, or that would have returned there
	Began  uint64 // when all that is to be changed was, by the clock of the events

	places  places
	control uint64 // where the first page of the shared memory is mapped; 0: nowhere yet
	memory  *shm.Memory
	pauses  []time.Duration
	image   *os.File // the memory that the process had when it was opened: see Blame
}

// Pauses returns how long all threads of the process stood still, for each stop so far.
func (t *Target) Pauses() []time.Duration { return t.pauses }

func (t *Target) notePause(d time.Duration) {
	if d > 0 {
		t.pauses = append(t.pauses, d)
	}
}

// places are where in the process there is to be what. They are apart, so that each is a line of its own in maps, and what is written
// behind the end of one is no other's.
type places struct {
	undo, control, stack, image, start uint64
}

const (
	apart      = 64 << 10
	stackBytes = 256 << 10 // for the library's start
	startBytes = 4 << 20   // that what the library is told at its start may take at most
	imageBytes = 32 << 20  // that the library may take at most
	placeBytes = undo.Bytes + controlBytes + stackBytes + imageBytes + startBytes + 6*apart
)

// lay returns the places from an address on.
func lay(at uint64) places {
	next := func(bytes uint64) uint64 {
		here := at + apart
		at = here + bytes
		return here
	}
	return places{undo: next(undo.Bytes), control: next(controlBytes), stack: next(stackBytes), image: next(imageBytes), start: next(startBytes)}
}
