// Package tracker runs a program and records every allocation it makes.
//
// The way of the data: launch starts the program with the tracker library
// (package preload) in it; the library's threads write events into rings in
// shared memory (package wire); the reader merges the rings in the order of time
// and replays them into an account of the heap (package heap); beside it addresses
// are looked up already (package symbol), and at the end the stacks get names and
// all becomes a dhat.Profile.
package tracker

import (
	"fmt"
	"time"

	"heapprof/internal/dhat"
)

// MaxDepth is the most frames that a stack may have.
const MaxDepth = 1024

// Options says what to run and how to record it.
type Options struct {
	Args  []string // the program, to be found on PATH if it has no slash, and its arguments
	Depth int      // frames a stack has at most; deeper ones are cut at their outermost side

	// Children asks for the profiles of other processes too: of each one that the
	// program starts, and of each program that exec replaced. Run then waits for
	// all of them. Finished is called with each of them as it ends, by one
	// goroutine at a time; but not with those that allocated nothing, as a child
	// that was forked only to become another program.
	Children bool
	Finished func(Image)

	// Library is the tracker library to load; "" is the one that heapprof brings.
	// Tests have builds of it that check more.
	Library string

	// Naming, if not nil, is called from time to time while debug information
	// is read: done of all addresses have names.
	Naming func(done, all int)
}

// Image is a program that ran in one process from its exec, or its fork, to its
// end or the next exec.
type Image struct {
	Profile  *dhat.Profile
	PID      int
	Number   int  // of the images in this process before it: 0 for the first
	Replaced bool // by another program, which goes on in the process
}

// Result is what a run came to.
type Result struct {
	Profile *dhat.Profile

	PID      int
	ExitCode int           // if Signal is 0
	Signal   int           // the signal that ended the program, or 0
	Duration time.Duration // from the program's start to its end

	// Loaded says whether the library was loaded at all. If not, the profile
	// is empty because nothing could be seen, not because nothing was allocated.
	Loaded bool
	// Replaced lists the programs that ran in this process before the one that
	// the profile is of: each replaced itself by exec.
	Replaced []string
}

// A ProgramError says that the program cannot be run, or cannot be recorded.
type ProgramError struct {
	Program  string
	NotFound bool
	Cause    string
	Hint     string // what to do instead; may be empty
}

func (e *ProgramError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s: %s", e.Program, e.Cause)
	}
	return fmt.Sprintf("%s: %s; %s", e.Program, e.Cause, e.Hint)
}
