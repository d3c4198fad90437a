//go:build linux && (amd64 || arm64)

package replay

import (
	"cmp"
	"slices"

	"heapprof/internal/tracker/heap"
)

// StackID names a call stack: a node of the image's call tree. The roots come first.
type StackID uint32

// The roots of a call tree say how a stack ends at its outer side.
const (
	RootWhole       StackID = iota // at the thread's first frame
	RootTruncated                  // at the limit of depth
	RootNoCFI                      // at a frame without unwind information
	RootUnsupported                // at a frame whose unwind information is of a kind that is not followed
	RootOutOfStack                 // at a frame that seems to lie outside the stack
	RootFull                       // nothing is known of the stack: the process's call tree had no room for it
	RootCount                      // how many roots there are
)

// IsRoot reports whether a stack has no frame.
func (id StackID) IsRoot() bool { return id < RootCount }

// Place is where a frame is executing: an address, and the module that it lies in.
type Place uint64

// MakePlace returns the place at an address of 48 bits in the module of the given number.
func MakePlace(pc uint64, module uint16) Place { return Place(pc<<16 | uint64(module)) }

// PC returns the address of the place in the process.
func (p Place) PC() uint64 { return uint64(p) >> 16 }

// Module returns the number of the module, or wire.NoModule.
func (p Place) Module() uint16 { return uint16(p) }

// Compare orders places by module and then by address.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Module(), q.Module()), cmp.Compare(p, q))
}

// Stacks are the call stacks of an image by StackID, to be read. Callers come before what
// they call.
type Stacks struct {
	parents []StackID
	places  []Place
}

// Len returns one more than the highest StackID.
func (s Stacks) Len() int { return len(s.parents) }

// Caller returns the stack without its innermost frame; a root for a root.
func (s Stacks) Caller(id StackID) StackID { return s.parents[id] }

// Place returns where the innermost frame of a stack is executing. It means nothing for a
// root.
func (s Stacks) Place(id StackID) Place { return s.places[id] }

// placesFrom returns the places of the innermost frames of the stacks from id on.
func (s Stacks) placesFrom(id StackID) []Place { return s.places[id:len(s.places):len(s.places)] }

// CallTree holds all call stacks of one image. The process may tell of a stack more than once,
// such as where two threads walk it for the first time at once; here each pair of a caller and
// a place is one node.
type CallTree struct {
	Stacks
	sites []heap.SiteID // site + 1 of the stack that ends here; 0: nothing was allocated here

	index []StackID // open addressing over parents and places; 0 is empty, since no node is a root
	bits  uint

	last StackID // that Child returned, which is no root
}

// NewCallTree returns a tree that has only its roots.
func NewCallTree() *CallTree {
	const bits = 12
	return &CallTree{
		Stacks: Stacks{parents: make([]StackID, RootCount), places: make([]Place, RootCount)},
		sites:  make([]heap.SiteID, RootCount),
		index:  make([]StackID, 1<<bits),
		bits:   bits,
		last:   RootCount - 1,
	}
}

// view returns the stacks that there are now. It does not change when others come.
func (t *CallTree) view() Stacks {
	n := len(t.parents)
	return Stacks{t.parents[:n:n], t.places[:n:n]}
}

func (t *CallTree) clone() *CallTree {
	c := *t
	c.parents, c.places, c.sites, c.index = slices.Clone(t.parents), slices.Clone(t.places), slices.Clone(t.sites), slices.Clone(t.index)
	return &c
}

func (t *CallTree) hash(parent StackID, p Place) uint64 {
	return (uint64(p) ^ uint64(parent)*0xff51afd7ed558ccd) * 0x9e3779b97f4a7c15 >> (64 - t.bits)
}

// Child returns the stack of a frame at p that parent called, which may be new.
func (t *CallTree) Child(parent StackID, p Place) StackID {
	// A forked child tells of its parent's stacks anew, mostly in the order in which
	// they were numbered the first time. The index is as good as random, and mostly
	// a miss of the cache.
	if id := t.last + 1; int(id) < len(t.parents) && t.places[id] == p && t.parents[id] == parent {
		t.last = id
		return id
	}
	t.last = t.search(parent, p)
	return t.last
}

// search does the work of Child by the index.
func (t *CallTree) search(parent StackID, p Place) StackID {
	mask := uint64(len(t.index) - 1)
	for i := t.hash(parent, p); ; i = (i + 1) & mask {
		id := t.index[i&mask]
		if id == 0 {
			return t.add(parent, p, i&mask)
		}
		if t.places[id] == p && t.parents[id] == parent {
			return id
		}
	}
}

func (t *CallTree) add(parent StackID, p Place, at uint64) StackID {
	id := StackID(len(t.parents))
	t.parents = append(t.parents, parent)
	t.places = append(t.places, p)
	t.sites = append(t.sites, 0)
	t.index[at] = id
	if len(t.parents)*2 > len(t.index) {
		t.grow()
	}
	return id
}

func (t *CallTree) grow() {
	t.bits++
	t.index = make([]StackID, 1<<t.bits)
	mask := uint64(len(t.index) - 1)
	for id := RootCount; int(id) < len(t.parents); id++ {
		i := t.hash(t.parents[id], t.places[id])
		for t.index[i] != 0 {
			i = (i + 1) & mask
		}
		t.index[i] = id
	}
}
