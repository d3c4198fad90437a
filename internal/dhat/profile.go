package dhat

import "time"

// Profile is one DHAT file: what a program allocated, by program point.
type Profile struct {
	Mode string // who measured what: "heap" (valgrind, heapprof), "copy", "ad-hoc", "rust-heap", "rust-ad-hoc", …
	Verb string // what happened to a block: "Allocated", "Copied", …

	HasLifetimes bool // bklt: lifetimes, own maxima, peak and end columns are present
	HasAccesses  bool // bkacc: read and write columns are present

	Units Units // what the columns count

	ShortLived uint64 // tuth: a lifetime below this many time units is short (only if HasLifetimes)
	Command    string // cmd
	PID        int64
	PeakTime   uint64 // tg: when the global peak was, in time units (only if HasLifetimes)
	EndTime    uint64 // te: when recording ended, in time units

	Points []Point
	Frames []string // ftbl; entry 0 is "[root]" and is never referenced

	Extra *Extra // heapprof's own keys; nil in a file that another tool wrote
}

// Units names what a profile counts.
type Units struct {
	Unit       string // bu: "byte"
	Units      string // bsu: "bytes"
	Blocks     string // bksu: "blocks"
	Time       string // tu: "µs" (heapprof, dhat-rs), "instrs" (valgrind)
	MegaTime   string // Mtu: "s", "Minstr": 10⁶ Time
	HasByUnits bool   // false where the file named no bu, bsu, bksu and the defaults above are assumed
}

// Point is one program point: everything allocated through one call stack.
// Bytes and blocks are exact counts; times are in the profile's time unit.
type Point struct {
	TotalBytes, TotalBlocks uint64 // tb, tbk

	TotalLifetime         uint64 // tl: summed lifetimes of the blocks
	MaxBytes, MaxBlocks   uint64 // mb, mbk: this point's own maximum
	PeakBytes, PeakBlocks uint64 // gb, gbk: at the global peak (t-gmax)
	EndBytes, EndBlocks   uint64 // eb, ebk: still live at the end

	ReadBytes, WrittenBytes uint64 // rb, wb

	Frames []uint32 // fs: indices into Profile.Frames, innermost first

	// Heapprof's own columns, meaningful only if Profile.Extra != nil.
	TemporaryBlocks uint64 // htbk: freed by the allocating thread before that thread allocated or resized another
	Reallocs        uint64 // hrbk: how many of TotalBlocks came from realloc of a live block

	// Chunks, hcs, tells the size of every block, in the order in which they were
	// allocated, of a point that may be an arena's or a pool's: of 2 blocks or more,
	// each of 256 bytes or more and none of them resized, that were all live when
	// the last was allocated, if they are 32 at most; or that are all live at the
	// end and of one size. It is empty for any other.
	Chunks []SizeRun
}

// SizeRun is a number of blocks of the same size, in bytes.
type SizeRun struct {
	Size, Blocks uint64
}

// Extra is what heapprof records and DHAT has no place for. It is written
// under the single top-level key "heapprof"; viewers ignore it.
type Extra struct {
	Version int // of this layout; 1

	Program  string    // the executable's path
	Host     string    // the machine's name
	Start    time.Time // when the program started
	ExitCode int       // the program's exit status, if Signal is 0
	Signal   int       // the signal that ended it, or 0

	// What the process had besides its blocks, to tell whether they explain its
	// memory; 0 where it is not known.
	AnonymousPeak uint64 // the most anonymous memory that was seen resident, in bytes
	StaticBytes   uint64 // of that, data of the modules; at least looked at where blocks leave 8 MiB unexplained
	StackBytes    uint64 // of that, the main stack; likewise
	Threads       uint64 // the most that allocated and lived at the same time

	Depth   uint64 // the most frames that a stack was to have, as --depth said; 0 where it is not known
	Deepest uint64 // frames of the deepest stack that was cut at that; more than 1,024: of so many at least; 0: not known

	Timeline []Sample    // evenly thinned, at most 2,000
	Sizes    []SizeClass // histogram of requested sizes, ascending
	Counts   Counts
	Unseen   []string // what of the program's allocation may be missing and why, a line each in plain words
	Modules  []Module
	Mappings *Mappings // nil where they were not recorded

	// MergedPoints counts the points that Normalize merged into others of the
	// same frames. Their own maxima need not have been at the same moment, so
	// that MaxBytes and MaxBlocks of the result are upper bounds.
	MergedPoints uint64

	// FrameModules says for each entry of Profile.Frames which module it lies
	// in: an index into Modules, or -1.
	FrameModules []int32
}

// Sample is the heap at one moment.
type Sample struct {
	Time   uint64 // since the start, in the profile's time unit
	Bytes  uint64 // live heap bytes
	Blocks uint64 // live blocks
	RSS    uint64 // resident bytes of the process; 0 where unknown
}

// SizeClass counts the blocks whose requested size is at most Max bytes and
// above the class before.
type SizeClass struct {
	Max    uint64
	Blocks uint64
	Bytes  uint64
}

// Counts says what was cut, skipped or lost while recording. All zero is a
// complete profile.
type Counts struct {
	TruncatedStacks  uint64 // distinct stacks cut at --depth
	TruncatedBlocks  uint64 // blocks allocated through them
	IncompleteStacks uint64 // distinct stacks whose outer part could not be unwound
	IncompleteBlocks uint64 // blocks allocated through them
	LostEvents       uint64 // allocator calls that were not recorded
	UnknownFrees     uint64 // frees of blocks that were not seen being allocated
	Unprofiled       uint64 // child processes that were not profiled
	UnplacedModules  uint64 // libraries of which nothing is known, for there were too many
}

// Module is one file mapped into the program.
type Module struct {
	Path    string
	BuildID string // lower-case hex; empty where the file has none
	Start   uint64 // first mapped address
	End     uint64 // one past the last mapped address
	Bias    uint64 // address in memory minus address in the file

	Nameless     string   // why none of its functions has a name, after "prog": "was deleted …"; empty where they have, or nothing is known
	MissingSplit []string // files of split DWARF (.dwo) that were looked for and not found
}
