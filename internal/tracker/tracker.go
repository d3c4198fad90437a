// Package tracker runs a program and records every allocation it makes.
//
// The way of the data: package launch starts the program with the tracker library (package
// preload) in it; the library's threads write events into rings in shared memory (package
// shm; wire is its layout) and ask which functions are to be patched, which package patcher
// answers; package replay merges the rings in the order of time and replays them into an
// account of the heap (package heap) and of what is mapped (package mappings); beside it
// addresses get their names already (package naming), and at the end all becomes a
// profile.Profile. This package puts these together: see recording.
package tracker

import (
	"os"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patcher"
	"heapprof/internal/tracker/wire"
)

// MaxDepth is the most frames that a stack may have: what the tracker library can record
// and what the model says are one number, or this does not compile.
const MaxDepth = profile.MaxDepth

var _ [MaxDepth]struct{} = [wire.MaxDepth]struct{}{}

// DefaultNodes is a good value for Options.MaxNodes: some 400 MB of a process's memory.
const DefaultNodes = 1 << 24

// MaxNodes is the most nodes that a process's call tree may have, likewise.
const MaxNodes = profile.MaxNodes

var _ [MaxNodes]struct{} = [wire.MaxNodes]struct{}{}

// Options are which program to run and how to record it.
type Options struct {
	Args  []string    // the program, to be found on PATH if it has no slash, and its arguments
	Files [3]*os.File // its standard input, output and error; nil: this process's
	Depth int         // frames a stack has at most; deeper ones are cut at their outermost side

	// MaxNodes is how many nodes the call tree of a process has at most: see
	// profile.Recording. Stacks for which there is no room are not known. 0: DefaultNodes.
	MaxNodes int

	// Children says which other processes than the started one are recorded, and Finished is
	// called with each image whose profile is made besides the Result's, by one goroutine
	// at a time; but not with those that allocated nothing, as a child that was forked only
	// to become another program.
	Children Children
	Finished func(Image)
	// Started asks for a profile of the last image of the process that is started, however little that
	// matters beside others.
	Started bool

	// Mappings asks for the calls of mmap, munmap, mremap and brk, too: see
	// profile.Recording.Mappings, which is nil where the C library could not be patched for
	// that, as with NoPatch.
	Mappings bool
	// Frees asks for the stacks through which blocks are freed, too: see
	// profile.Recording.Frees.
	Frees bool
	// Sample is how many bytes are allocated from one block that is recorded to the next,
	// on average; 0: every block is recorded. See profile.Sampling.
	Sample uint64
	// Retained asks for snapshots of who holds the blocks; it cannot be had where blocks are sampled.
	Retained Retained
	// Limit is how much may live in each process, and what is done above that; it cannot be had where
	// blocks are sampled. See profile.Recording.Limit.
	Limit profile.Limit
	// Failing says which allocations are to fail; likewise.
	Failing Failing
	// NoPatch leaves the functions alone that the loader cannot wrap: those of an
	// allocator that is linked into the program.
	NoPatch bool
	// NoPython leaves the frames of Python's functions out of stacks, and CPython's own allocator in its place: else
	// programs find PYTHONMALLOC=malloc in their environment, unless that is set already.
	NoPython bool
	// NoCommandLine keeps the programs' arguments, which may hold secrets, out of the
	// profiles; the programs themselves are named all the same.
	NoCommandLine bool

	// Functions are of an allocator that the user knows: their blocks are recorded
	// as well. Missing is called once with those that the program has not, before it runs; it may be nil.
	Functions []allocator.Function
	Missing   func(names []string)

	// Boundary says of the symbols of functions on which side of a boundary is what they call, as a harness and
	// the tests that it runs: what is outside is in no number. nil: everything counts, as it does of programs
	// without a function that is Inside.
	Boundary func(symbol string) Side

	// Afresh has the account of a forked child begin with nothing: what it inherits is in no number, also where it
	// frees or resizes that.
	Afresh bool

	// MarkEvery makes a mark each time that so much time is over since the start, in all that
	// is recorded then; 0: none is made.
	MarkEvery time.Duration

	// MarkFunctions are names of functions, the first entry of each of which is marked. Unmarked is
	// called once with those that the program has not, or that cannot be, before it runs; it may
	// be nil.
	MarkFunctions []string
	Unmarked      func([]Unhooked)

	// Events are functions whose calls are counted: see Image.Events. Uncounted is called once with those
	// that the program has not, or that cannot be, before it runs; it may be nil.
	Events    []allocator.Function
	Uncounted func([]Unhooked)
	// OnlyCalled asks for the profiles of those processes alone in which one of Events was called.
	OnlyCalled bool

	// Copies asks for Image.Copies: the calls of glibc's functions that copy bytes. Uncopied is called once with
	// those that cannot be counted, before the program runs, or with none if it begins with no such library; it may be nil.
	Copies   bool
	Uncopied func([]Unhooked)

	// MarkSignal is a signal at which a mark is made: in a program that is sent it, which does
	// not get it unless it sets a handler of its own, and if this process is sent it in all that is
	// recorded then. Number 0: there is none.
	MarkSignal Signal

	// Dumps is when profiles are written while the program runs.
	Dumps Dumps

	// Live is called when recording has begun, by a goroutine of its own, with the recording under way. When that has ended, Run
	// waits until it has returned. nil: nobody looks.
	Live func(*Live)

	// Library is the tracker library to load; "" is the one that heapprof brings.
	// Tests have builds of it that check more.
	Library string

	// Naming, if not nil, is called from time to time while debug information
	// is read: done of all addresses have names.
	Naming func(done, all int)
}

// Failing is which allocations of a process are to fail though there is memory, by their numbers: from
// 1 on, in the order in which the process makes them. A block that is resized is one more.
type Failing struct {
	From  uint64 // that one and all after it; 0: none
	Every uint64 // each so-manieth; 0: none
	Times uint32 // so many at most; 0: any number

	// At are functions: all allocations with one of them on their stack fail, inlined or not. A function is named as a
	// report shows it, without arguments if one likes, or by the end of that. Those that were on no stack
	// are Result.NeverFailed.
	At []string
}

// IsWanted reports whether any are to fail.
func (f Failing) IsWanted() bool { return f.From != 0 || f.Every != 0 || len(f.At) > 0 }

// Children is which other processes are recorded than the one that was started, and which
// programs that exec replaced.
type Children int

const (
	// NoChildren: the started process alone, and in it the last program.
	NoChildren Children = iota
	// MainChildren: all, and profiles are made of those that matter: of the image with the
	// largest peak, which is the Result's, and of up to seven more that had at least a tenth
	// of it. What a forked child has from its parent is not counted for its peak, and another
	// process than the started one must have a quarter more to be the Result's. Run returns
	// when the started process has ended. Finished is called at the end.
	MainChildren
	// AllChildren: likewise, and profiles are made of all. Run waits for all processes, and
	// Finished is called as they end.
	AllChildren
)

// Unhooked is a function whose entry was to be marked or counted and is not; Entry is its index
// in Options.MarkFunctions or Options.Events, or of none in particular for Options.Copies.
type Unhooked = patcher.Unhooked

// Side is on which side of Options.Boundary what a function calls is: that of the innermost function of a
// stack that has one. Stacks without any are outside if they are the first thread's.
type Side uint8

// The sides.
const (
	Neither Side = iota
	Inside
	Outside
)

// Signal is a signal of the system, and what it is called.
type Signal struct {
	Number int
	Name   string
}

// Image is a program that ran in one process from its exec, or its fork, to its
// end or the next exec.
type Image struct {
	Profile *profile.Profile
	// Events are the calls of Options.Events by stack, with their weights, in DHAT's mode ad-hoc; nil where
	// there are no such options. The innermost frame of each stack is the function that was called.
	Events *profile.Profile
	Called []Called // the same by function, by index in Options.Events
	// Copies are the copies by stack, with their bytes, in DHAT's mode copy; nil without Options.Copies, and where
	// no function that copies could be hooked.
	Copies *profile.Profile

	PID      int
	Number   int  // of the images in this process before it: 0 for the first
	Started  bool // it is the last image of the process that was started
	Forked   bool // it began as a copy of another image, with what that had live
	Replaced bool // by another program, which goes on in the process
	LivesOn  bool // the recording has ended before it did
}

// Called is what a function that is counted was called, in one image.
type Called struct {
	Calls    uint64
	Weight   uint64 // the sum
	Negative uint64 // calls whose weight was below 0, which counts as 0
	TooLarge bool   // the sum is more than Weight, which is as large as it may be

	// Frames are the innermost of the calls' stacks, as Image.Events has them: an option may mean several functions.
	Frames []profile.Frame
}

// Others are images of which no profile was made, because they matter little.
type Others struct {
	Processes     int      // those that exec replaced are not counted, as what replaced them is
	Programs      []string // paths of some
	Peak          uint64   // bytes: the largest of their peaks, without what they inherited
	Bytes, Blocks uint64   // that they have allocated in all
	Events        uint64   // how many calls of Options.Events they made
	LiveOn        int      // how many of them the recording has ended before
}

// Allocator is an allocator that is linked into a file of the program's, and how many of
// its functions were hooked.
type Allocator = patcher.Allocator

// Unrecorded is a program that could not be recorded, and the cause.
type Unrecorded struct {
	Program string
	Cause   profile.Cause
	Times   uint64 // that it was begun
}

// Result is what a run came to.
type Result struct {
	// Image is the one whose profile matters most: that of the started program, or with
	// Options.Children the one with the largest peak.
	Image
	Others Others // with MainChildren

	// Of the process that was started:
	ExitCode int           // if Signal is 0
	Signal   int           // the signal that ended it, or 0
	Duration time.Duration // from its start to its end

	OutOfMemory *profile.OutOfMemory // nil: nobody knows that it was ended for want of memory

	Allocators []Allocator // whose functions were patched in the profile's program, in no order

	// NotEntered are the functions of Options.MarkFunctions that had hooks and of which none
	// was entered, each with the cause if their file was not patched.
	NotEntered []Unhooked
	// NotCounted are likewise those of Options.Events, and functions of the profile's program that could not be
	// counted, of a name that others have as well.
	NotCounted []Unhooked
	// NotCopied are functions of Options.Copies that could not be counted in the profile's program, of which others
	// that do the same were.
	NotCopied []Unhooked
	LostMarks uint64 // marks for which there was no room

	// Stays is why not all could be taken out of a process that was attached to, or of a child of it; no cause where
	// nothing stays. What stays does nothing, and the next Attach removes it.
	Stays profile.Cause

	NeverFailed []string // functions of Failing.At that no allocation had on its stack

	// Loaded reports whether the started program loaded the library at all. If not, its
	// profile is empty because nothing could be seen, not because nothing was allocated.
	Loaded bool
	// Last is the path of the program that ran in the started process at the end, where exec
	// had begun it; "" where none had. Where LastUnrecorded is a cause, it was not
	// recorded for that, and the last image is of the program before it.
	Last           string
	LastUnrecorded profile.Cause
	// Earlier lists the programs that ran in this process before the last one that was
	// recorded: each replaced itself by exec.
	Earlier []string
	// Unrecorded are the programs that children began and that were not recorded; only
	// with Options.Children.
	Unrecorded []Unrecorded
}

// ProgramError is the error for a program that cannot be run, or cannot be recorded.
type ProgramError = launch.ProgramError
