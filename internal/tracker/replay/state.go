//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/heap"
)

// State is what an image has allocated and mapped, and through which stacks. A forked child
// begins with a copy of its parent's, but for its marks and events.
type State struct {
	Heap         *heap.Heap    // nil where blocks are sampled
	Sampled      *heap.Sampled // nil where they are not
	AddressSpace *AddressSpace
	Tree         *CallTree
	Modules      map[uint16]Module // by number
	Codes        map[uint32]Code   // functions of Python's, by number

	// Origin is what the caller keeps of the program that the process runs: a forked
	// child has its parent's. Only the caller knows what it means.
	Origin any

	events   events
	boundary Boundary // nil: everything counts
	afresh   bool     // the accounts of forked children begin with nothing
	forked   bool     // this one has begun so
	marks    markNames
	refusals refusals
	crossing *Crossing // that the tracker library has told of
	handed   StackID   // HandPlaces has handed over the stacks below it
}

// ProgramModule is the number of the executable: the loader lists it first.
const ProgramModule = 0

// Module is a file that is mapped into the image.
type Module struct {
	Path, BuildID    string // BuildID as bytes, empty if it has none
	Start, End, Bias uint64
	Proc             procfs.Process // that has it mapped, or had; 0: not known
	Program          bool           // whether it is the one that the process runs
	Bypasses         bool           // whether it allocates past the tracker library
}

// Code is a function of Python's: its name, as it calls itself, and its source file.
type Code struct{ Name, File string }

// NewState returns the state of an image that has done nothing yet, and whose blocks are
// sampled so many bytes apart on average; 0: each is recorded.
func NewState(sampleMean uint64) *State { return newState(sampleMean, heap.Options{}) }

// newAttachedState is NewState for an image that has blocks already.
func newAttachedState(sampleMean uint64) *State {
	return newState(sampleMean, heap.Options{Attached: true})
}

func newState(sampleMean uint64, o heap.Options) *State {
	s := &State{AddressSpace: newAddressSpace(), Tree: NewCallTree(), Modules: make(map[uint16]Module), Codes: make(map[uint32]Code), marks: make(markNames), handed: RootCount}
	if sampleMean != 0 {
		s.Sampled = heap.NewSampled(sampleMean, o)
	} else {
		s.Heap = heap.New(o)
	}
	return s
}

// account is what a Heap and a Sampled have in common, but for their events.
type account interface {
	NewSite() heap.SiteID
	Allocated() bool
	Own() heap.Own
	OwnPeak() uint64
	LiveBytes() uint64
	LiveBlocks() uint64
	Resident(stamp, rss uint64)
	Mark(stamp uint64, name string) bool
	Sums(stamp uint64) *heap.Result
	Finish(stamp uint64) *heap.Result
}

// account returns the account of the blocks.
func (s *State) account() account {
	if s.Sampled != nil {
		return s.Sampled
	}
	return s.Heap
}

// LiveBytes returns how many bytes live, where blocks are sampled an estimate.
func (s *State) LiveBytes() uint64 { return s.account().LiveBytes() }

// OwnPeak returns the Peak of Image.Own, in less time.
func (s *State) OwnPeak() uint64 { return s.account().OwnPeak() }

// copyAccount returns a copy of it, which goes its own way.
func (s *State) copyAccount() account {
	if s.Sampled != nil {
		return s.Sampled.Copy()
	}
	return s.Heap.Copy()
}

// Clone returns the state that a child forked at the moment stamp begins with. The two go
// their own ways from here.
func (s *State) Clone(stamp uint64) *State {
	c := &State{AddressSpace: s.AddressSpace.clone(stamp), Tree: s.Tree.clone(), Modules: maps.Clone(s.Modules), Codes: maps.Clone(s.Codes), Origin: s.Origin, boundary: s.boundary, marks: make(markNames), handed: s.handed}
	switch c.afresh = s.afresh; {
	case s.Sampled != nil:
		c.Sampled = s.Sampled.Clone(stamp)
	case s.afresh:
		c.Heap, c.forked = heap.New(heap.Options{}), true
		clear(c.Tree.sites)
	default:
		c.Heap = s.Heap.Clone(stamp)
	}
	return c
}

// Site returns the heap's site for a stack, which may be new.
func (s *State) Site(id StackID) heap.SiteID {
	site := s.Tree.sites[id]
	if site == 0 {
		site = s.account().NewSite() + 1
		s.Tree.sites[id] = site
	}
	return site - 1
}

// HandPlaces calls take with the places that were in no stack when take last took some, and
// reports whether take has taken them. The list does not change any more. Places that a
// forked child inherits are its parent's to hand over.
func (s *State) HandPlaces(take func([]Place) bool) {
	if places := s.Tree.placesFrom(s.handed); len(places) > 0 && take(places) {
		s.handed = StackID(s.Tree.Len())
	}
}
