package tracker

import (
	"cmp"
	"errors"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/allocator"
)

// AttachOptions are which process that runs is to be recorded, and how.
type AttachOptions struct {
	PID int // of the process, in the pid namespace of this one

	// Duration is how long it is recorded; 0: until somebody wants it to end (Live.Stop, or a signal that would
	// end this process), or the process ends.
	Duration time.Duration

	// Waiting is called when the process cannot be come to at the moment, with the cause, again with each other
	// one. Began is called when the recording has begun: every call from then on counts. Both may be nil.
	Waiting func(profile.Cause)
	Began   func()

	// Children asks for the children too that the process forks meanwhile. There are profiles of all, as with
	// AllChildren; they end with that of the process at the latest.
	Children bool

	// What these are Options says.
	Finished      func(Image)
	Depth         int
	MaxNodes      int
	Sample        uint64
	NoCommandLine bool
	NoPython      bool // leaves the frames of Python's functions out of stacks
	Functions     []allocator.Function
	Missing       func(names []string)
	Dumps         Dumps
	Naming        func(done, all int)
	Live          func(*Live)
}

// ErrNotBegun is the error of a recording that was to end before it had begun.
var ErrNotBegun = errors.New("the recording was to end before it had begun")

// AttachError is the error for a process that cannot be attached to. Nothing has changed in it.
type AttachError struct {
	PID   int
	Cause profile.Cause
}

func (e *AttachError) Error() string { return e.Cause.String() }

// NamedProcess is a process that runs, and what its program is called.
type NamedProcess struct {
	PID  int
	Name string
}

// options returns how the recording goes, as Run knows it.
func (o *AttachOptions) options() Options {
	all := Options{
		Finished: o.Finished, Depth: o.Depth, MaxNodes: cmp.Or(o.MaxNodes, DefaultNodes), Sample: o.Sample, NoCommandLine: o.NoCommandLine, NoPython: o.NoPython,
		Functions: o.Functions, Missing: o.Missing, Dumps: o.Dumps, Naming: o.Naming, Live: o.Live,
	}
	if o.Children {
		all.Children, all.Started = AllChildren, true
	}
	return all
}
