package patch

import (
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
)

// target is a function that may be hooked, with all its names, and what becomes of it.
type target struct {
	allocator.Known
	names  Symbols
	groups []group // of which it is, by any of its names
	entry  uint64
	size   uint64 // bytes
	body   *isa.Body

	exported        bool // other files may call it, so that it has the arguments that it was written with
	behindPreloaded bool // calls arrive at the preloaded library, which calls it
	isLibc          bool // it is the C library's
	isInner         bool // it has no name, and is what a named one jumps to: see innerFunction

	hook    *isa.Hook
	refused *Reason // why it cannot be hooked
	left    *Reason // why it need not be hooked, whatever becomes of others
	// metElsewhere is why it need not be hooked as things stand: what it jumps to, or passes
	// its blocks on to, is hooked or left.
	metElsewhere *Reason
	refusedWith  *target // the function that cannot be hooked, where this one is refused for that
}

// planner makes the plan of a file.
type planner struct {
	flow.Analysis
	targets    []*target          // by address
	byEntry    map[uint64]*target // but those that are chosen when the program is loaded
	entered    []*enteredTarget   // by address: functions whose entries are to be hooked, whatever they do; none of targets
	noTargets  []Refusal          // functions that need no hook because of what the file is
	foundUsers map[string]bool    // those of the user's functions that the file has

	importedFamilies map[string]bool // the families of which the file imports functions
	hasFree          bool            // there is a function of an allocator that frees
	// importsSystem reports whether the file imports what Rust's own allocator calls for a large
	// alignment: it allocates through the C library, if through no other allocator.
	importsSystem   bool
	allocatesInRust bool  // there is the function that Rust's library calls when there is no memory
	isStatic        bool  // a program that the C library is a part of
	emptiesCache    Range // allocator.EmptiesCache, in a static program

	methods     map[uint64]*method // of Rust's allocators, by entry; nil where they were not looked for
	methodSlots map[uint64]uint64  // the entries of methods, by the address of a slot that holds one
	// partlyInlined reports whether something besides the functions of Rust's allocator does what
	// they do, because they were inlined.
	partlyInlined bool
}
