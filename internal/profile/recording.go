package profile

import "time"

// MaxDepth is the most frames that heapprof's recorder keeps of a stack.
const MaxDepth = 1024

// MaxNodes is the most nodes that heapprof's recorder keeps of a process's call tree.
const MaxNodes = 1 << 27

// Recording is what only heapprof records of a program's run, besides the points.
type Recording struct {
	Program  string    // the executable's path
	Host     string    // the machine's name
	Start    time.Time // when the program started
	ExitCode int       // the program's exit status, if Signal is 0; below 0 where nobody knows it
	Signal   int       // the signal that ended it, or 0
	CPUTime  uint64    // microseconds of the processors that it took, recorded, and the children that it waited for; 0: not known

	// What the process had besides its blocks, to tell whether they explain its
	// memory; 0 where it is not known.
	AnonymousPeak uint64 // the most anonymous memory that was seen resident, in bytes
	StaticBytes   uint64 // bytes of that in data of the modules; known at least where blocks leave 8 MiB unexplained
	StackBytes    uint64 // bytes of that in the main stack; known when StaticBytes is
	Threads       uint64 // the most threads that had allocated and lived at the same time

	Dump        *Dump        // nil: the profile was made when the program had ended
	OutOfMemory *OutOfMemory // nil: nobody knows that the program was ended for want of memory
	Attached    *Attached    // nil: the program was recorded from its start on

	Depth   uint64 // the most frames that a stack was to have; 0 where it is not known
	Deepest uint64 // frames of the deepest stack that was cut at Depth; above MaxDepth it had at least so many; 0: not known

	// The call tree that the recorder made of the stacks. A node is a place called from
	// certain callers: all stacks that begin alike share their outer nodes.
	Nodes      uint64 // that it had; 0: not known
	NodeEvents uint64 // how often the program's threads told of one; more than Nodes where they did again
	MaxNodes   uint64 // the most that it was to have; 0: not known

	HasFacts  bool            // whether the points have facts: one without them has none to tell
	Sizes     []SizeClass     // histogram of requested sizes, ascending
	Lifetimes []LifetimeClass // histogram of the lifetimes of freed blocks, ascending
	ByThread  []Thread        // what each thread allocated, in the order in which they began; empty where it was not recorded

	// Allocator is the one whose rules tell how the sizes of most blocks are rounded, as package
	// sizeclass has it; "" where it is not known.
	Allocator string
	Resident  *Resident // nil where what is in RAM was not looked at

	Counts   Counts
	Notes    []Note    // what of the program's allocation is missing or may be
	Mappings *Mappings // nil where mappings were not recorded

	// Snapshots are who held the blocks at some moments, in the order of time; empty where nobody asked.
	Snapshots []Snapshot

	Frees *Frees // nil where it was not recorded where blocks were freed

	Limit    *Limit    // nil where there was none
	Refusals []Refusal // allocations that failed, in the order of the first of each; nil where nobody looked for them

	// MergedPoints counts the points that Normalize merged into others of the
	// same frames. Their own maxima need not have been at the same moment, so
	// that MaxBytes and MaxBlocks of the result are upper bounds.
	MergedPoints uint64

	Joint *Joint // what is known at one time of the processes of a merged profile; nil where it is nothing
}

// SizeClass counts the blocks whose requested size is at most Max bytes and above that of
// the class before.
type SizeClass struct {
	Max    uint64
	Blocks uint64
	Bytes  uint64
}

// Counts is how much was cut, skipped or lost while recording. All are zero for a complete
// profile.
type Counts struct {
	TruncatedStacks  uint64 // distinct stacks cut at the recording's depth
	TruncatedBlocks  uint64 // blocks allocated through them
	IncompleteStacks uint64 // distinct stacks whose outer part could not be unwound
	IncompleteBlocks uint64 // blocks allocated through them
	StacklessBlocks  uint64 // blocks whose stack is not known, as the call tree had no room for it
	LostEvents       uint64 // allocator calls that were not recorded
	UnknownFrees     uint64 // frees of blocks that were not seen being allocated
	Unprofiled       uint64 // child processes that were not profiled
	UnplacedModules  uint64 // libraries of which nothing is known, for there were too many
	OtherRefusals    uint64 // allocations that failed and are in no Refusal, for there were too many
}
