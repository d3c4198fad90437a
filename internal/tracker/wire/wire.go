// Package wire is what a program that is recorded and its recorder have in common: the
// layout of the memory that they share, and the events that each thread of the program
// writes into its ring there. The tracker library has the same in preload/csrc: wire.h, which
// tells more of what each field means, and wire_event.h, which encodes the events that Words
// decodes. Tests compare the two, each constant, field and event.
//
// It imports nothing of heapprof's.
package wire

// Env names the environment variable that tells the tracker library where the memory is:
// "pid:descriptor", a process by its directory in /proc, and by which number that has the
// memory's file open.
const Env = "HEAPPROF_RECORDER"

// The first words of the memory. Both sides are of one build, so another version is a
// mistake, and no reason to be compatible.
const (
	Magic   = 0x666f727070616568 // "heapprof"
	Version = 8
)

// How much of what there may be.
const (
	MaxProcesses = 16384 // process images in one recording
	MaxRings     = 65536 // threads that record at the same time
	MaxDepth     = 1024  // frames of a stack
	MaxCounted   = 1024  // processes that are not counted twice (Control.Counted)
	MaxNames     = 392   // bytes of paths in Process.Names
	MaxBuildID   = 32    // bytes of a build-id in a plan of patches
	MaxPatch     = 32    // bytes of code that a patch looks at
	MaxMarks     = 256   // places for marks that the recorder has not made yet
	MaxMarked    = 32768 // functions whose entries are marked
	MaxMarkName  = 88    // bytes of a mark's name
	MaxTextParts = 256   // parts of a text that is told by names of marks
)

// Where in the file the parts of the memory lie, and how large they are, in bytes where
// nothing else is said.
const (
	Page         = 65536                          // the largest page of any kernel: what is mapped begins at a multiple
	ProcessesAt  = Page                           // behind the Control
	ControlBytes = ProcessesAt + MaxProcesses*512 // the Control and the table of processes
	RingsAt      = 9 << 20
	RingHeader   = Page                          // before a ring's words
	RingWords    = 32768                         // words of 8 bytes
	RingStride   = RingHeader + RingWords*8      // from one ring to the next
	Size         = RingsAt + MaxRings*RingStride // of all. It is sparse: what nobody has written to takes no memory
)

// Control is the first page. Most of it is written by one side, and both read it.
type Control struct {
	Magic       uint64
	Version     uint32
	Depth       uint32 // frames that a stack has at most
	Flags       uint32 // Children, Patch, Frees, Retained
	RecorderPID uint32

	Recorder uint32 // RecorderOn or RecorderGone
	Sleeping uint32 // 1 while the recorder waits on the doorbell

	Doorbell   uint32 // a futex, which a thread rings whose ring is half full
	RootPID    uint32 // of the program that was started
	Processes  uint32 // places of the process table that are in use
	Rings      uint32 // likewise rings
	Unprofiled uint32 // processes that found the memory and could not be recorded
	Forks      uint32 // numbers that were given to forks
	MaxRings   uint32 // that the file has room for

	RecorderLife uint32 // a robust futex that is held while the recorder lives; 0: there is none

	Asks   uint32 // a futex: how often a process has asked for a plan of patches
	Rounds uint32 // how often the recorder has read all rings
	Life   uint32 // descriptor of the file that is mapped by all who record

	MaxNodes uint32 // that the call tree of a process may have, up to the constant

	SampleMean uint64 // bytes from one sampled block to the next, on average; 0: every block is recorded

	// LimitBytes and LimitBlocks are how many may live in a process; 0: any number.
	LimitBytes, LimitBlocks uint64
	// FailFrom and FailEvery are which allocations are to fail, counted from 1: all from that one on,
	// and each so-manieth; 0: none.
	FailFrom, FailEvery uint64
	AtLimit             uint32 // LimitNote, LimitFail or LimitKill

	MarkSignal uint32 // the signal at which a program marks the moment; 0: there is none
	NextMark   uint32 // where in Marks the next one looks for a place first
	MarksAsked uint32 // how many have been asked for
	LostMarks  uint32 // that found no place

	FailTimes uint32 // so many allocations are to fail at most; 0: any number

	Asking [MaxProcesses / 32]uint32 // a bit for each process that waits for a plan

	Counted [MaxCounted]uint32 // numbers of the processes that Unprofiled has counted last

	Marks [MaxMarks]Mark
}

// What is done at the first allocation above a limit: Control.AtLimit.
const (
	LimitNote = 0 // it is told, and the program goes on
	LimitFail = 1 // it fails, and so does each one above the limit after it
	LimitKill = 2 // the process is ended
)

// Mark is a place for a mark: a named moment, which a program, the recorder itself or a
// command beside it asks for, and the recorder makes.
type Mark struct {
	// State is one of the states below and, in steps of MarkStep, how often the place has
	// been used. It is a futex, on which who asked may wait until it is another.
	State   uint32
	Kind    uint32 // MarkNamed, MarkSignal, MarkFunction, MarkExit, MarkSnapshot, MarkDump or MarkText
	Process uint32 // whose it is, by its place in the process table, plus 1; 0: it is for all that run
	Number  uint32 // of the function; of a MarkExit, the id of the thread that waits, as the process calls it; of the stack; of a MarkText, which part of which; in an answer, its text
	Stamp   uint64 // the moment; 0: when the recorder gets to it
	Since   uint64 // the answer: nanoseconds since the process, or the program, began
	Outcome uint32 // the answer: one of the values below

	NameBytes uint32
	Name      [MaxMarkName]byte // of a MarkNamed, MarkSnapshot or MarkDump
}

// What Mark.State is, but for the times that it was used.
const (
	MarkFree    = 0 // the answer of the time before may be read
	MarkClaimed = 1 // being filled in; if its thread ends meanwhile it stays so
	MarkAsked   = 2 // the recorder is to make it
	MarkStep    = 4
)

// What Mark.Kind is: what the mark is named after.
const (
	MarkNamed    = 1 // a name of its own
	MarkSignal   = 2 // Control.MarkSignal, and how many it makes
	MarkFunction = 3 // the function that the user has given the Number, from 0 on
	MarkExit     = 4 // none: the process is about to exit, and a thread waits until the mark is answered, or for some seconds
	MarkSnapshot = 5 // a name of its own, as a MarkNamed, the process is to be copied, and a profile of it to be written
	MarkDump     = 6 // a name of its own, and a profile is to be written
	MarkText     = 7 // none: a part of the text of an earlier answer is asked for, which is Number divided by MaxTextParts
	MarkStack    = 8 // none: an allocation through the stack of that Number, and a thread waits whether it is to fail: MarkMade, or another answer
)

// What Mark.Outcome is, where the recorder has answered.
const (
	MarkMade    = 1
	MarkTooLate = 2 // the process has ended
	MarkNoRoom  = 3 // it has as many marks as it may have
	MarkNoCopy  = 4 // the mark was made, and the process was not copied
	MarkTakenOn = 5 // it is not answered yet, and will be
)

// What Control.Recorder is.
const (
	RecorderOn   = 1
	RecorderGone = 2 // it has stopped reading: programs go on unrecorded
)

// The bits of Control.Flags.
const (
	Children     = 1  // children are recorded, too
	Patch        = 2  // a process that starts asks for its plan of patches
	Frees        = 4  // what frees a block is recorded with its stack, too
	Retained     = 8  // blocks are made so that it shows what holds them, and a process waits at its exit: see MarkExit
	Fails        = 16 // some stacks' allocations are to fail: see MarkStack
	FollowPython = 64 // stacks have the frames of Python's functions, too
	Attached     = 32 // the process ran already when the library came, and is to run on without it: see AttachedStart
)

// Process is one process image that records: a place in the process table.
type Process struct {
	State     uint32 // ProcessReady, ProcessTaken or ProcessDone
	PID       uint32 // by its directory in the /proc through which it has found the recorder; 0: it is a forked child
	OwnPID    uint32 // as it calls itself
	Elsewhere uint16 // 1: it may be in another pid namespace
	Badge     uint16 // 1: it has a badge
	Start     uint64 // stamp of its first moment
	Lost      uint64 // allocator calls that were not recorded

	Parent uint32 // place of the image that it was forked from, plus 1; 0: it was not forked
	Fork   uint32 // number of that Fork; 0: it was not announced

	Plan      uint32 // a futex: PlanWanted, PlanReady or PlanDone
	PlanBytes uint32 // 0: there is nothing to patch
	PlanAt    uint64 // where in the file

	PlanFrom, PlanTo uint64         // addresses between which lies what it asks a plan for, both included
	Apart            uint32         // 1: where blocks are made fresh (Retained), none has begun where another one may end
	Unplaced         uint32         // libraries that nothing is known of, as there were too many
	Deepest          uint32         // frames of the deepest stack that was cut, above MaxDepth if it has more; 0: none; or DeepestUnknown
	NamesBytes       uint32         // 0: the paths are not known
	CopyAt           uint64         // where in the file the Copy lies that it is asked to make of itself; 0: none is asked for, or it is being made
	Lend             uint64         // address of its Lend; 0: it has none
	Guest            uint64         // address of its Guest; 0: it has none
	Python           uint32         // what it has of CPython: PythonNone, or what comes after it
	PythonVersion    uint32         // as CPython's PY_VERSION_HEX has it, of the releases before 3.11 the first two numbers alone; 0: there is none
	Names            [MaxNames]byte // paths of the files that it asks a plan for, each ended by a zero
}

// What Process.Python is.
const (
	PythonNone     = 0
	PythonFollowed = 1 // its functions are in stacks
	PythonUnknown  = 2 // they are not: it is a version whose layout is not known
	PythonUnlike   = 3 // they are not, or not any more: its memory does not look as the version's should
)

// Lend is where a thread is that the recorder has stopped, and makes make a system call. The recorder gives it back its
// registers afterwards; if it is killed meanwhile, the code does, from here.
type Lend struct {
	Code          uint64     // address of the code: a system call, what gives back, and in front of it LendMagic
	Mask          uint64     // the signals that the thread wanted none of
	Registers     [15]uint64 // on x86-64: r15 to r8, rbp, rbx, rax, rcx, rdx, rsi, rdi
	Flags, SP, PC uint64
	Taken         uint64 // 1: a thread has not been given back what is in it
}

// LendMagic is the word in front of Lend.Code.
const LendMagic = 0x666f727070616568

// AttachedModule is a module of a process that runs already: the difference between its addresses in memory and in its file,
// the address and number of its program headers, and the address of its name, as the loader has it.
type AttachedModule struct{ Bias, Headers, HeaderCount, Name uint64 }

// AttachedStart is what the recorder hands to the entry of a library that it has put into a process that runs.
type AttachedStart struct {
	Control              uint64 // where the first page of the memory is mapped
	Iterate              uint64 // address of the program's dl_iterate_phdr; 0: it has none
	Loader               uint64 // address of its struct r_debug; 0: it has none
	ErrnoAt              uint64 // address of its __errno_location; 0: it has none
	PID, OwnPID          uint32 // by its directory in the recorder's /proc, and as it calls itself
	Forbidden            uint32 // system calls that it may not make: bits of enum sys_call
	TIDAt                uint32 // how far behind the thread pointer the C library keeps the thread's id; 0: not known
	ModuleCount, Modules uint64 // Modules is the address of so many AttachedModules
}

// GuestMapping is something that a library has mapped that is to be gone without a trace. Bytes is 0 in an empty entry.
type GuestMapping struct{ At, Bytes uint64 }

// GuestThread is a thread that has called a hook.
type GuestThread struct {
	Pointer uint64 // its thread pointer; 0: an empty entry
	State   uint64
	TID     uint64 // the word at AttachedStart.TIDAt behind its thread pointer: another thread may have that later
	// The frame addresses of the outermost hook that is under way, and of the innermost, or 0. Either may have been left for
	// good: then the thread's stack pointer is above it, if it is on the same stack; and where the hook's call has put its
	// return address, HookCall, something else comes to lie than an address in the library.
	Outermost, Innermost uint64
	_                    [3]uint64
}

// HookCall returns where on x86-64 the return address of a hook's call lies, below the frame address of its shim.
func HookCall(frame uint64) uint64 { return (frame-96)&^15 - 8 }

// Guest is where in a process the recorder finds what a library that is to go away has there. A forked child has its own.
type Guest struct {
	Start, End              uint64 // of the library
	Mappings, MappingPlaces uint64 // Mappings is the address of so many GuestMappings
	Threads, ThreadPlaces   uint64 // Threads is the address of so many GuestThreads
	Placeless               uint64 // address of a word: so many hooks are under way in threads for which the table had no place
	Own                     uint64 // address of one GuestMapping more, which a forked child does not have: there it is empty
	Off                     uint64 // address of a byte that is 1 where nothing is recorded any more: hooks only pass calls on
	// For patches that the recorder writes itself. Shims is the address of as many words as the constant Shims says: what goes
	// into PatchRecord.Shim, at twice its action, and one more for what allocates by an out argument or frees another argument
	// than its first. Entered and Exits are what goes into PatchRecord.Entered: the address of a byte for each number of a mark,
	// and that of the byte for an exit.
	Shims, Entered, Exits uint64
}

// What Process.State is, if not 0.
const (
	ProcessReady = 1 // filled in
	ProcessTaken = 2 // the recorder has seen it
	ProcessDone  = 3 // the recorder takes it to have ended, and reads its rings no more
)

// Copy is a copy of a process that it has made of itself, in the file: a page, and behind it what was read last.
type Copy struct {
	State   uint32 // a futex: 0 until somebody makes it, then CopyTaken, CopyMade or CopyFailed
	Sibling uint32 // 1: the process is the recorder's own child, and the copy is to be so, too

	PID           uint32 // the copy's
	Failed        uint32 // why there is none, an errno
	Thread        uint32 // that has made it
	_             uint32
	Stamp         uint64     // the moment
	Made          uint64     // when the kernel was done with it
	PC            uint64     // of the thread
	ThreadPointer uint64     // of the thread
	General       [33]uint64 // its registers by their DWARF numbers, 0 but for those that a call leaves alone

	From            uint64 // the address to read from
	Bytes, Got      uint32 // how many are to be read, and could be
	Asked, Answered uint32 // futexes: the number of the last reading that was asked for, and made
}

// What Copy.State is, if not 0.
const (
	CopyTaken  = 1 // somebody makes it
	CopyMade   = 2 // it waits for what is to be read
	CopyFailed = 3 // there is none
)

const (
	CopyReadBytes = 256 << 10 // that can be read at once
	CopyBytes     = Page + CopyReadBytes
)

// DeepestUnknown is Process.Deepest where not all stacks were looked at that were cut.
const DeepestUnknown = 1<<32 - 1

// BadgePlaces is how many places a badge may have in the file, and how many lengths.
//
// A badge is a mapping of the file that is there to be seen in /proc/PID/maps: its place
// and its length tell a process image from every other.
const BadgePlaces = 128

// BadgeAt returns where in the file the badge of the image at place i of the table lies.
func BadgeAt(i int) uint64 { return uint64(i%BadgePlaces) * Page }

// BadgeBytes returns how long the badge of the image at place i of the table is.
func BadgeBytes(i int) uint64 { return uint64(i/BadgePlaces+1) * Page }

// Ring is the header of one thread's ring. Head and Tail have a cache line each.
type Ring struct {
	Head uint64 // words that the thread has written
	_    [7]uint64
	Tail uint64 // words that the recorder has read; the low half is a futex
	_    [7]uint64

	Process uint32 // place in the process table
	Open    uint32 // 1: the ring may be read
	Waiting uint32 // 1 while the thread waits for room
	_       [13]uint32

	Countdown Countdown
}

// Countdown is what a thread counts where blocks are sampled.
type Countdown struct {
	Left   uint64 // bytes until the next sample
	Blocks uint64 // that were allocated
	Drawn  uint64 // bytes that were allocated, and Left

	InnerBytes, InnerBlocks uint64 // of these, what was allocated within calls of allocators that are built on others
	Doubtful                uint64 // 1: these numbers may be wrong
	_                       [2]uint64
}
