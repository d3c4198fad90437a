//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"

	"heapprof/internal/tracker/heap"
)

// stackID names a call stack: a node of the process's call tree. The roots come first.
type stackID uint32

// The roots: how a stack ends at its outer side.
const (
	rootWhole stackID = iota
	rootTruncated
	rootNoCFI
	rootUnsupported
	rootOutOfStack
	rootCount
)

// place is where a frame is executing: an address, and the module it lies in.
type place uint64

func makePlace(pc uint64, module uint16) place { return place(pc<<16 | uint64(module)) }

func (p place) pc() uint64     { return uint64(p) >> 16 }
func (p place) module() uint16 { return uint16(p) }

// stacks is the call tree of one process. Each thread's tree is a cache that
// forgets and repeats itself; here every (caller, place) is one node for good.
type stacks struct {
	parents []stackID
	places  []place
	sites   []heap.SiteID // site + 1 of the stack that ends here; 0: nothing was allocated here

	index []stackID // open addressing over parents and places; 0 is empty, since no node is a root
	bits  uint

	last stackID // that child returned, which is no root
}

func newStacks() *stacks {
	const bits = 12
	return &stacks{
		parents: make([]stackID, rootCount),
		places:  make([]place, rootCount),
		sites:   make([]heap.SiteID, rootCount),
		index:   make([]stackID, 1<<bits),
		bits:    bits,
		last:    rootCount - 1,
	}
}

func (s *stacks) clone() *stacks {
	c := *s
	c.parents, c.places, c.sites, c.index = slices.Clone(s.parents), slices.Clone(s.places), slices.Clone(s.sites), slices.Clone(s.index)
	return &c
}

func (s *stacks) hash(parent stackID, p place) uint64 {
	return (uint64(p) ^ uint64(parent)*0xff51afd7ed558ccd) * 0x9e3779b97f4a7c15 >> (64 - s.bits)
}

// child returns the stack of a frame at p that parent called.
func (s *stacks) child(parent stackID, p place) stackID {
	// A program that comes this way again announces its frames in the order in
	// which they were numbered the first time. The index is as good as random,
	// and mostly a miss of the cache.
	if id := s.last + 1; int(id) < len(s.parents) && s.places[id] == p && s.parents[id] == parent {
		s.last = id
		return id
	}
	s.last = s.search(parent, p)
	return s.last
}

// search does the work of child by the index.
func (s *stacks) search(parent stackID, p place) stackID {
	mask := uint64(len(s.index) - 1)
	for i := s.hash(parent, p); ; i = (i + 1) & mask {
		id := s.index[i&mask]
		if id == 0 {
			return s.add(parent, p, i&mask)
		}
		if s.places[id] == p && s.parents[id] == parent {
			return id
		}
	}
}

func (s *stacks) add(parent stackID, p place, at uint64) stackID {
	id := stackID(len(s.parents))
	s.parents = append(s.parents, parent)
	s.places = append(s.places, p)
	s.sites = append(s.sites, 0)
	s.index[at] = id
	if len(s.parents)*2 > len(s.index) {
		s.grow()
	}
	return id
}

func (s *stacks) grow() {
	s.bits++
	s.index = make([]stackID, 1<<s.bits)
	mask := uint64(len(s.index) - 1)
	for id := rootCount; int(id) < len(s.parents); id++ {
		i := s.hash(s.parents[id], s.places[id])
		for s.index[i] != 0 {
			i = (i + 1) & mask
		}
		s.index[i] = id
	}
}
