package patch

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/isa"
)

// Symbols are the symbols of one function, all of the same address.
type Symbols []string

// Refusal is a function that is not hooked, because it cannot be, or need not be.
type Refusal struct {
	Name    string   // of the symbol
	Aliases []string // other symbols of the same address
	Reason  *Reason
}

// Reason is why a function is not hooked: a code, and what shows it.
type Reason struct {
	Code ReasonCode
	// What the code says besides:
	Obstacle  *isa.Obstacle
	Function  Symbols  // another function, or the first of them
	Functions []string // of Rust's compiler, as allocator.RustNames has them
	Count     int
	Link      *Link
	Ends      []End
	Cause     *Reason // of another refusal, or one that does no harm
}

// ReasonCode tells reasons apart, and says which fields of each have a meaning.
type ReasonCode uint8

// Why functions cannot be hooked.
const (
	// ChosenAtStart is an indirect function (IFUNC): it has no code of its own.
	ChosenAtStart ReasonCode = iota + 1
	// HasObstacle is a function whose code has the Obstacle.
	HasObstacle
	// LabelInside is one where the Function begins where the jump would be.
	LabelInside
	// NeedsRoom is one whose first instructions become Count bytes, more than a plan has
	// room for.
	NeedsRoom
	// SharesCode is one that does nothing, and has the same code as the Function, which is
	// called for something else.
	SharesCode
	// ArgumentsNotTaken is one that does not show that it takes Count arguments.
	ArgumentsNotTaken
	// MethodUnknown is one of Rust's allocator, of which the Function, a method below, does
	// not show what its arguments are.
	MethodUnknown
	// Inlined is one of Rust's allocator, of which the Functions have no code of their own.
	Inlined
	// NothingFrees is one of an allocator in a file that has no function that frees.
	NothingFrees
	// FamilyBroken is one of an allocator of which the Function cannot be hooked.
	FamilyBroken
	// HookedOtherwise is one of Options.Entries that is hooked for what it allocates, maps or
	// frees.
	HookedOtherwise
	// NamedTwice is one of Options.Entries that an entry before it names as well.
	NamedTwice
	// LinkedToBroken is one of an allocator that the Link ties to another, of which the
	// Function cannot be hooked, for the Cause.
	LinkedToBroken
)

// Why functions need no hook.
const (
	// CallsMalloc is a function that gets its blocks from malloc.
	CallsMalloc ReasonCode = iota + 1<<6
	// OfCxxLibrary is one of the C++ library's, which calls malloc.
	OfCxxLibrary
	// OnlyResizes is one that resizes blocks of another file's, where that is recorded.
	OnlyResizes
	// NotWhole is one of Rust's allocator that does not meet all blocks; the allocator that
	// it calls does.
	NotWhole
	// CallsFirst is one that does nothing before it calls the Function, which is recorded.
	CallsFirst
	// KeepsNothing is one that keeps no blocks and calls only what is recorded.
	KeepsNothing
	// JumpsTo is one that jumps to one of the Ends.
	JumpsTo
	// PassesBlocksTo is one that passes its blocks on to the Ends.
	PassesBlocksTo
	// BehindPreloaded is one that is exported by a library, so that calls of it arrive at
	// the preloaded one. It cannot be hooked for the Cause.
	BehindPreloaded
	// CallsRecorded is one of Rust's allocator over another, which is recorded. It cannot be
	// hooked for the Cause.
	CallsRecorded
)

// isOfOthers reports whether a function could be hooked, but is not because of others.
func (r *Reason) isOfOthers() bool {
	return r != nil && (r.Code == NothingFrees || r.Code == FamilyBroken || r.Code == LinkedToBroken)
}

// Link is what the blocks of one allocator have to do with another.
type Link struct {
	Function Symbols // a function of the other; of both allocators, if it calls none
	Calls    Symbols // the one that makes blocks which it calls; nil for none
	Family   string  // the other allocator
}

// End is a function at which calls arrive at last that another function passes on.
type End struct {
	Name string  // of the symbol
	Left *Reason // why it needs no hook; nil: it is hooked
}

// Unseen is an allocator that a file has of its own, whose blocks are not seen.
type Unseen struct {
	// Allocators are its family, or the function that the user named, and the families of
	// those that are not hooked because of it.
	Allocators []string
	Code       UnseenCode
	// What the code says besides:
	Functions []string // of Rust's compiler, as allocator.RustNames has them
	Refusal   *Refusal // the first function that cannot be hooked
	Links     []Link   // what the other allocators have to do with it
	Remedy    profile.Remedy
}

// UnseenCode is why an allocator is unseen.
type UnseenCode uint8

const (
	// UnseenInlined is Rust's allocator, of which the Functions have no code of their own.
	UnseenInlined UnseenCode = iota + 1
	// UnseenRefused is one that cannot be hooked because of the Refusal.
	UnseenRefused
	// UnseenStripped is one that seems to be there, but whose functions have no names.
	UnseenStripped
)

// Partial is an allocator that is hooked, of whose blocks some may not be seen, because
// the compiler made it a part of its callers in places.
type Partial struct {
	Allocator string   // its family
	Functions []string // of Rust's compiler that are nowhere else, as allocator.RustNames has them
	Remedy    profile.Remedy
}
