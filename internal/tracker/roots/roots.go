// Package roots finds what of a process's memory may hold its blocks from outside: variables of its modules and
// of its threads, frames of its stacks, registers, and what the program has mapped itself; and says of each
// what it is, an owner.
//
// What belongs to an allocator is none of that, as it leads to blocks whether anybody needs them or
// not, nor is what heapprof has in the process. Whatever is not known for sure to be one of these is a root: a block that
// is held by what is none is a leak that is not found, but one that nothing is seen to hold would be called
// lost.
package roots

import (
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/parked"
)

// Subject is a process at one moment.
type Subject struct {
	Memory  graph.Memory
	Maps    []procfs.Mapping // in ascending order
	Pages   Pages
	Threads []parked.Thread
	Modules []Module

	// Shared is those pages of mappings shared with others that the process has touched, in ascending order: see
	// SharedPages. A copy does not know them.
	Shared []Range

	// Kept is what the kernel kept for the process.
	Kept procfs.Kept

	// Blocks are those that live, by address.
	Blocks []graph.Block

	// Mapped is what calls have mapped of which the stacks are known, in ascending order; none overlap. Complete
	// reports whether it has all that the C library has mapped since the program began: what is not in it is
	// then no allocator's.
	Mapped   []Mapped
	Complete bool

	Own Own
}

// Pages tells which pages of a process have anything in them.
type Pages interface {
	// Each calls f for the pages from start up to end that may hold anything but what their file
	// has, or zeroes, in ascending order: a run of pages at a time.
	Each(start, end uint64, f func(start, end uint64)) error
}

// Module is a file that the process has loaded.
type Module struct {
	Path             string
	Start, End, Bias uint64
	Symbols          Symbols // nil: none are known

	// Allocator reports whether the file is an allocator, so that its data is one's.
	Allocator bool
}

// Symbols is what a file's symbols and its debug information tell. All addresses are the file's own. A
// [symbol.Module] is one.
type Symbols interface {
	Variables() []symbol.Variable
	ThreadLocals() []symbol.Variable
	Locals(pc uint64) []symbol.Local
}

// Mapped is memory that one call has mapped.
type Mapped struct {
	Start, End uint64
	Purpose    Purpose
	Site       uint32 // of what the caller counts stacks by
}

// Purpose is what memory was mapped for.
type Purpose uint8

const (
	ForProgram   Purpose = iota // for itself; or it is not known
	ForAllocator                // for an allocator
	ForStack                    // for the stack of a thread that was about to begin, with the C library's
)

// Own is what heapprof has in the process.
type Own struct {
	Library string // path of the tracker library
	Memory  string // with what the path of a mapping begins that is of the memory that the recorder shares with it
	Code    []Code // that the process was given for its patches

	// Asker is the thread that has asked for the copy and waits for it in the tracker library; 0:
	// none has. The frames that it waits in are left out.
	Asker int
}

// Code is where some code lies.
type Code struct{ Start, End uint64 }

// Found is the roots of a process.
type Found struct {
	Roots  []graph.Root
	Owners []Owner // by their numbers in Roots
	Bytes  uint64  // of memory in Roots
}

// Owner is what may hold blocks. Its name is for who knows symbols.
type Owner struct {
	Kind profile.OwnerKind

	// Module is an index into Subject.Modules: whose data it is, or whose code a frame runs; -1: none.
	Module int

	// Variable is that of a GlobalOwner, and of a ThreadLocalOwner; nil: what a thread has besides its variables.
	Variable *symbol.Variable

	// Local is the variable of a LocalOwner, and PC where its function is: an address of the module's file,
	// as [symbol.Module.Frames] takes it. A FrameOwner has it, too; 0: what lies outside of all frames.
	Local *symbol.Local
	PC    uint64

	Thread int    // an index into Subject.Threads; -1: none
	Range         // where it lies; none of a variable in registers
	Path   string // of a MappingOwner's file, or what the kernel calls it; "": neither; of a KernelOwner, for which of its calls
	Mapped int    // an index into Subject.Mapped, of a MappingOwner; -1: not known
}
