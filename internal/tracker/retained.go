package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/holding"
)

// Retained asks for snapshots of who holds the blocks. The zero value asks for none.
type Retained struct {
	Peak  bool // at the peak, or as near to it as a copy of the process is made
	Exit  bool // when the program asks for its end
	Marks bool // at each mark

	// Memory is how many bytes the making of a snapshot may take; 0: a quarter of the machine's memory.
	// A snapshot that would take more tells leaks only.
	Memory uint64

	// TypesOf tells what the blocks of each point of a profile are of. nil: it is known of none.
	TypesOf func(*profile.Profile) []BlockType

	// Making is called when the making of a snapshot of so many blocks begins, which takes some seconds where there are
	// millions. nil: nobody wants to know.
	Making func(number, of int, blocks uint64)
}

// BlockType is what blocks are of.
type BlockType = holding.Type

// IsWanted reports whether any snapshot is asked for.
func (r Retained) IsWanted() bool { return r.Peak || r.Exit || r.Marks }

// MaxMarkSnapshots is how many snapshots at marks are kept of a process at most.
const MaxMarkSnapshots = 8
