// Package parked copies a process as it is at one moment: a child of the kernel's making that shares
// its memory until either writes to it, never runs, and is read as long as somebody wants. The process
// itself is stopped for the time that the kernel takes for the copy, and sees nothing of it: no child, no
// descriptor, no signal; and no system call that fails, but for the few that cannot be made again after a stop: connect on a
// socket with a time limit, close, and some of drivers.
//
// All threads are stopped by package halt. One of them is made to clone a helper, which shares the process's memory,
// and is itself again at once. The helper makes the copy, which takes the time, and ends. Should this process
// be killed meanwhile, the kernel kills helper and copy with it, and lets the threads go on.
//
// A process that may not be traced is asked to copy itself, by the memory that it shares with this one, and its copy
// then reads its own memory for this process ([Copier.Ask]).
//
// Of ours the package imports halt; procfs; profile, for why a process cannot be copied; and shm and wire for that memory, and for what the
// tracker library lends.
package parked

import (
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/halt"
)

// Copy is the memory of a process at one moment. Its methods may be called by any goroutine.
type Copy struct {
	PID     int            // of the copy
	Stamp   uint64         // the moment, by the clock of the program's events
	Threads []Thread       // the process's first one first, if it lives
	Maker   int            // the thread that has made the copy, within the tracker library; 0: it was made from outside
	Of      procfs.Process // the process, by the number of a thread that it had: the first one may have ended before
	Kept    procfs.Kept    // what the kernel kept for the process

	// What it took: how long the process was stopped, and how long a processor was busy
	// with copying.
	Paused, CPU time.Duration

	release func()                                         // ends the copy
	read    func(p []byte, addr uint64) (n int, err error) // how its memory is read; nil: by the system
}

// Thread is a thread that the process had.
type Thread struct {
	ID        int // the kernel's number of it
	Name      string
	Registers Registers

	// SignalStack is where it has the stack that the kernel was told of by sigaltstack(2); 0: it has none, or that is not known.
	SignalStack uint64
}

// Registers is what a thread's registers held.
type Registers = halt.Registers

// Error is why a process was not copied. It goes on as if nothing had been tried.
type Error struct{ Cause profile.Cause }

// Error returns the cause's code with its evidence. The command line has better words for a person.
func (e *Error) Error() string { return e.Cause.String() }
