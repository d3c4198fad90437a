package patch

import (
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
)

// target is a function to hook, with all its names, and what becomes of it.
type target struct {
	allocator.Known
	groups []group // that it is of, by any of its names
	entry  uint64
	size   uint64
	// exported says that other files may call it: it has the arguments that it was written with.
	exported bool
	behind   bool // calls arrive at the preloaded library, which calls it
	isLibc   bool
	inner    bool // the code of a named one, which is hooked instead where this cannot be
	names    Symbols
	body     *isa.Body
	hook     *isa.Hook
	refused  *Reason // why it cannot be hooked
	left     *Reason // why it need not be, whatever becomes of others
	// elsewhere is why it need not be: what it jumps to, or passes its blocks on to, is
	// hooked or recorded.
	elsewhere   *Reason
	refusedWith *target // the one that cannot be hooked, where that is why this one is not
}

// planner makes a plan of a module.
type planner struct {
	flow.Analysis
	targets []*target // by address
	byEntry map[uint64]*target
	left    []Refusal // functions that are no targets
	found   map[string]bool
	imports map[string]bool // families of which the file imports functions
	frees   bool            // there is a function of an allocator that frees
	// usesSystem says that what Rust's own allocator calls for a large alignment is
	// imported: the file allocates through the C library, if through no other.
	usesSystem bool
	methods    map[uint64]*method // of Rust's allocators, by entry; nil where they were not looked for
	slots      map[uint64]uint64  // by address: those that hold the address of a method, and which
	inlined    bool               // some of what these do is done elsewhere, too, or by the methods, which are hooked then
	// allocatesInRust says that there is what Rust's standard library calls when there
	// is no memory.
	allocatesInRust bool
	emptiesCache    Range // that function, in a static program
}
