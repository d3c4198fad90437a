// Package wire is what a program that is recorded and its recorder have in common: the
// layout of the memory that they share, and the events that each thread of the program
// writes into its ring there. The tracker library has the same in preload/csrc: wire.h, which
// tells what each field of the layout means, and wire_event.h, which encodes the events that
// Words decodes. Tests compare the two, each constant, field and event.
//
// It imports nothing of heapprof's.
package wire

const (
	Magic   = 0x666f727070616568 // "heapprof"
	Version = 2

	Page         = 65536
	MaxProcesses = 16384
	MaxCounted   = 1024
	MaxRings     = 65536
	MaxDepth     = 1024
	ProcessesAt  = Page
	ControlBytes = ProcessesAt + MaxProcesses*512
	RingsAt      = 9 << 20
	RingWords    = 32768
	RingHeader   = Page
	RingStride   = RingHeader + RingWords*8

	// Size of the whole memory, in bytes. It is sparse: only what a thread
	// has written to takes memory.
	Size = RingsAt + MaxRings*RingStride
)

// What the recorder does (Control.Recorder).
const (
	RecorderOn   = 1
	RecorderGone = 2
)

// Control.Flags
const (
	Children = 1 // children are to be recorded too
	Patch    = 2 // a process that starts asks for its plan of patches
)

// Control is the first page.
type Control struct {
	Magic       uint64
	Version     uint32
	Depth       uint32
	Flags       uint32
	RecorderPID uint32

	Recorder uint32
	Sleeping uint32

	Doorbell   uint32
	RootPID    uint32
	Processes  uint32
	Rings      uint32
	Unprofiled uint32
	Forks      uint32
	MaxRings   uint32

	RecorderLife uint32

	Asks   uint32
	Rounds uint32
	Life   uint32
	_      uint32
	Asking [MaxProcesses / 32]uint32

	Counted [MaxCounted]uint32
}

// Process.State
const (
	ProcessReady = 1 // filled in
	ProcessTaken = 2 // the recorder has seen it
	ProcessDone  = 3 // and reads its rings no more
)

// DeepestUnknown, as Process.Deepest, says that not all stacks were looked at that were cut.
const DeepestUnknown = 1<<32 - 1

// MaxNames is the most bytes of paths that a process says.
const MaxNames = 428

// Process is one process image that records.
type Process struct {
	State     uint32
	PID       uint32
	OwnPID    uint32
	Elsewhere uint16
	Badge     uint16
	Start     uint64
	Lost      uint64

	Parent uint32
	Fork   uint32

	Plan      uint32
	PlanBytes uint32
	PlanAt    uint64

	PlanFrom, PlanTo uint64
	Unplaced         uint32
	Deepest          uint32 // frames of the deepest stack that was cut, of MaxDepth + 1 or more; 0: none
	NamesBytes       uint32
	Names            [MaxNames]byte
}

// BadgePlaces is how many places a badge may have in the file, and how many lengths.
const BadgePlaces = 128

// BadgeAt is where in the file the badge of process i lies, and BadgeBytes how long it is.
func BadgeAt(i int) uint64    { return uint64(i%BadgePlaces) * Page }
func BadgeBytes(i int) uint64 { return uint64(i/BadgePlaces+1) * Page }

// Process.Plan
const (
	PlanWanted = 1
	PlanReady  = 2
	PlanDone   = 3
)

// Plan is the head of a plan of patches.
type Plan struct {
	Modules, Patches uint32
	Page             uint32
	_                uint32
}

// MaxBuildID is the most bytes of a build-id that a plan has room for.
const MaxBuildID = 32

// PlanModule is the part of a plan that is about one file.
type PlanModule struct {
	Bias         uint64
	CodeAt       uint64
	CodeBytes    uint32
	CodeOffset   uint32
	BuildIDAt    uint64
	BuildID      [MaxBuildID]byte
	BuildIDBytes uint32
	FirstPatch   uint32
	Patches      uint32
	Outcome      uint32
}

// PlanModule.Outcome
const (
	Patched          = 1
	PatchOtherFile   = 2
	PatchNoRoom      = 3
	PatchForbidden   = 4
	PatchShadowStack = 5
	PatchNotAsked    = 6
)

// MaxPatch is the most bytes that a patch looks at.
const MaxPatch = 32

// PlanPatch is one patch of a plan.
type PlanPatch struct {
	Entry         uint64
	Expected      [MaxPatch]byte
	Over          [MaxPatch]byte
	ExpectedBytes uint8
	OverBytes     uint8
	MakesReturn   bool
	_             uint8
	Record        uint32
}

// PatchRecord tells a patched function's hook what the call means.
type PatchRecord struct {
	Shim                      uint64
	Original                  uint64
	Action                    Action
	Size, Count, Pointer, Out uint8
	StackWords                uint8
	_                         [2]uint8
	Entry, OwnStart, OwnBytes uint64
	_                         [16]uint8
}

// Ring is the header of one thread's ring.
type Ring struct {
	Head uint64
	_    [7]uint64
	Tail uint64
	_    [7]uint64

	Process uint32
	Open    uint32
	Waiting uint32
	_       [13]uint32
}

// Env names the environment variable that tells the library where the memory
// is: "pid:descriptor" of the recorder.
const Env = "HEAPPROF_RECORDER"
