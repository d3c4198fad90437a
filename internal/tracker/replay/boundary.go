//go:build linux && (amd64 || arm64)

package replay

import (
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// Side is on which side of the boundary a function's callees are.
type Side uint8

// The sides.
const (
	Neither Side = iota // of what calls the function
	Inside              // they are counted
	Outside             // they are not
)

// Boundary leaves out of the accounts what a program's surroundings allocate, such as those of the tests that
// it has. A stack is on the side that the innermost of its functions has that has one; else it is outside if it is
// a whole one of the program's first thread, and inside in all others.
type Boundary interface {
	// Has reports whether a program has a boundary: with any other everything counts.
	Has(program Module) bool
	// Side returns the side of the function that has the code at an address of a module.
	Side(m Module, pc uint64) Side
}

// bounds reports whether the image has a boundary, once its program is known.
func (s *State) bounds() bool {
	if s.boundary == nil || s.Sampled != nil {
		return false
	}
	program, known := s.Modules[ProgramModule]
	return known && s.boundary.Has(program)
}

// isPart reports whether blocks that the image has are in no number.
func (s *State) isPart() bool { return s.forked || s.bounds() }

// counts reports whether blocks of a stack are counted, of the image's first thread or of another one.
func (s *State) counts(id StackID, first bool) bool {
	if !s.bounds() {
		return true
	}
	for ; !id.IsRoot(); id = s.Tree.Caller(id) {
		place := s.Tree.Place(id)
		m, ok := s.Modules[place.Module()]
		if !ok {
			continue
		}
		switch s.boundary.Side(m, place.PC()) {
		case Inside:
			return true
		case Outside:
			return false
		}
	}
	return !first || id != RootWhole
}

// isFirst reports whether the ring is of the image's first thread.
func (r *ring) isFirst() bool { return r.tid != 0 && r.tid == uint64(r.image.PID) }

// unseenSite returns 1 + the site of the block that the thread resizes through the stack of a number, if it was not seen
// being allocated; 0 where there is no such stack. One from before the recorder came is a block of that stack, another one has no
// stack.
func (r *ring) unseenSite(number uint64) heap.SiteID {
	switch {
	case r.image.isPart():
		return heap.Outside + 1 // most likely it was outside; one from before the recording was
	case r.image.Heap.ResizesUnseen(&r.thread):
		return r.site(number)
	}
	return r.site(wire.Root)
}
