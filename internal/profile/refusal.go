package profile

// Limit is how much of a process was allowed to live: see Refusal for what came of it.
type Limit struct {
	Bytes, Blocks uint64 // that may live at the same time; 0: any number
	Action        LimitAction

	Crossed *Crossing // the first allocation that came above it; nil: none did
}

// LimitAction is what is done at the first allocation above a limit.
type LimitAction string

// The actions.
const (
	LimitNotes LimitAction = "note" // it is told, and the program goes on
	LimitFails LimitAction = "fail" // it fails, and so does each one above the limit after it
	LimitKills LimitAction = "kill" // the process is ended
)

// Crossing is an allocation that came above a limit.
type Crossing struct {
	Stack  []uint32 // as in Point
	Bytes  uint64   // that it asked for
	Blocks bool     // whether it is the limit of blocks that it crossed
	Time   uint64   // since the start, in the profile's time unit
	Mark   string   // the name of the moment, of those in Profile.Moments; "" where there was no room for it

	LiveBytes, LiveBlocks uint64 // without this block
}

// Refusal is what of one stack's allocations failed, for one reason.
type Refusal struct {
	Stack []uint32 // as in Point
	By    RefusedBy
	Times uint64 // how many calls failed

	// Bytes are what the first of them asked for, and MostBytes the most that one did.
	Bytes, MostBytes uint64

	// Of the first of them:
	Time                  uint64 // since the start, in the profile's time unit
	Mark                  string // the name of the moment, of those in Profile.Moments; "" where it has none
	LiveBytes, LiveBlocks uint64 // at that moment
}

// RefusedBy is who refused an allocation.
type RefusedBy string

// Who refuses.
const (
	RefusedByAllocator RefusedBy = "allocator" // the program's own, or the system behind it
	RefusedByLimit     RefusedBy = "limit"     // Recording.Limit
	RefusedByOrder     RefusedBy = "order"     // the user wanted this allocation to fail
)
