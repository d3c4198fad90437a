package wire

// What Process.Plan is, if not 0.
const (
	PlanWanted = 1 // by the program, which waits
	PlanReady  = 2 // by the recorder
	PlanDone   = 3 // by the program, which has told in the plan what it did, and may ask again
)

// Plan is the head of a plan of patches: what the program is to write over the functions of
// the allocators in it, and where. The modules follow, then the patches, then each module's
// code.
type Plan struct {
	Modules, Patches uint32 // how many
	Page             uint32 // bytes of the kernel's pages
	_                uint32
}

// PlanModule is the part of a plan that is about one file.
type PlanModule struct {
	Bias         uint64 // what is added to an address in the file
	CodeAt       uint64 // the address where the code is to lie, a multiple of Page
	CodeBytes    uint32
	CodeOffset   uint32 // of the code in the plan
	BuildIDAt    uint64 // the address where the build-id must be; 0: the file has none
	BuildID      [MaxBuildID]byte
	BuildIDBytes uint32
	FirstPatch   uint32 // its number in the plan
	Patches      uint32 // how many
	Outcome      uint32 // one of those below, by the program; 0: it did not come to it
}

// What PlanModule.Outcome is.
const (
	Patched          = 1
	PatchOtherFile   = 2 // another file, or other code, is there than was planned for
	PatchNoRoom      = 3 // nothing can be mapped at CodeAt
	PatchForbidden   = 4 // the kernel does not let code be changed
	PatchShadowStack = 5 // it does what a shadow stack does not allow
	PatchNotAsked    = 6 // the loader did not bring it, or not just now
)

// PlanPatch is one patch of a plan.
type PlanPatch struct {
	Entry         uint64         // the function's address
	Expected      [MaxPatch]byte // what must be there
	Over          [MaxPatch]byte // what is written over the end of it
	ExpectedBytes uint8
	OverBytes     uint8
	MakesReturn   bool // the code that was moved away pushes a return address itself
	_             uint8
	Record        uint32 // offset of its PatchRecord in the code
}

// Weight is what the argument is that is the weight of a counted call. Above half a word anything
// may stand in a register.
type Weight uint8

// The kinds of weights.
const (
	WeightLong     Weight = 0 // a word
	WeightInt      Weight = 1 // half of one, with a sign
	WeightUnsigned Weight = 2 // half of one, without
	// Those of texts are the bytes that a copy takes, with its end.
	WeightText       Weight = 3
	WeightWideText   Weight = 4 // of characters of four bytes
	WeightTextWithin Weight = 5 // of so many bytes at most as the argument Count says, its end included
	WeightTextCut    Weight = 6 // the same, and an end behind them
)

// PatchRecord is what the hook of a patched function is handed: what the call means.
type PatchRecord struct {
	Shim     uint64 // address of the hook; by the program
	Original uint64 // address of the code that was moved away, which goes on in the function
	Action   Action

	Size, Count, Pointer, Out uint8 // the numbers of the arguments with these meanings, from 1 on; 0: none has
	Sized                     uint8 // likewise of the size of the block that it frees

	StackWords uint8 // of arguments on the stack that the original is handed, an even number
	Fresh      uint8 // 1: nobody has written to a block that it makes

	// A call of the entry by name from its own file's code is a part of that file's work, and
	// is not recorded.
	Entry, OwnStart, OwnBytes uint64

	// Of a function whose first entry is marked:
	Entered uint64 // its number, below MaxMarked; in the program the address of a byte, 0 until it is entered
	Mark    uint32 // the number of the name by which it is marked or counted

	Apart   uint8  // 1: no block that it makes begins where another one ends
	BuiltOn uint8  // 1: it may have its blocks from another allocator
	Weight  Weight // of a function that is counted: what the argument Size is
	Throws  uint8  // 1: it throws where there is no memory
}

// Shims is how many words Guest.Shims has.
const Shims = 2 * (uint64(ActionFrames) + 1)
