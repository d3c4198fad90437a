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
	Tables []graph.Range

	// What pointers are told by: see profile.Snapshot.
	Padded, Zeroed bool

	Skip     []graph.Range // memory in which no pointers are looked for
	Parallel int           // how many processors may be used; 0: all, up to four

	// MaxBytes is how much memory may be taken, in bytes; 0: as much as is needed.
	MaxBytes uint64
}

// Type is the type of a block.
type Type struct {
	Name    string // with all paths; "": not known
	Element uint64 // bytes of one of the elements that the block is full of; 0: not known, or of none
}

// ownBytes is how many bytes a block are taken besides the graph's: 20 while it is built, for hashes of contents and
// the like, and up to 36 then, when it has let go of most of its own.
const ownBytes = 24

// Make returns who held what. It reads the memory, and takes some seconds where there are millions of blocks. The
// same input makes the same snapshot, in which the order of each part is defined. It fails with graph.ErrTooLarge where
// not even what is lost can be told within MaxBytes.
func Make(in Input) (profile.Snapshot, error) {
	index, err := graph.NewIndex(in.Blocks)
	if err != nil {
		return profile.Snapshot{}, err
	}
	kinds := newKinds(&in)
	headers := newHeaders(&in, kinds, index)
	inspector := newInspector(&in, kinds, headers)
	most := in.MaxBytes
	if most > 0 {
		most -= min(most-1, ownBytes*uint64(len(in.Blocks)))
	}
	g, err := graph.Build(in.Blocks, in.Roots, in.Memory, graph.Options{
		Index: index, Skip: in.Skip, Visit: inspector.visit, MaxBytes: most, Parallel: in.Parallel,
	})
	if err != nil {
		return profile.Snapshot{}, err
	}
	headers.lookAtRoots(in.Roots, in.Memory)
	s := profile.Snapshot{
		Kind: in.Kind, Mark: in.Mark, Time: in.Time, Padded: in.Padded, Zeroed: in.Zeroed,
		LeaksOnly: g.LeaksOnly(), Unread: g.Unread(), Contents: inspector.contents(),
	}
	h := &heap{in: &in, kinds: kinds, graph: g}
	if !s.LeaksOnly {
		h.findOwners()
	}
	h.findGroups()
	for _, group := range h.groups {
		s.Live.Add(group.Live)
		switch group.Owner {
		case profile.SharedOwner:
			s.Shared.Add(group.Live)
		case profile.UnreachedOwner:
			s.Unreached.Add(group.Live)
		}
	}
	if !s.LeaksOnly {
		h.shared = s.Shared
		s.SharedTop = h.findTops()
		s.References = h.references()
		s.Deep = h.findSizes()
	}
	s.Owners, s.Groups = h.owners, h.groups
	return s, nil
}
