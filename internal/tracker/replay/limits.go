//go:build linux && (amd64 || arm64)

package replay

import (
	"slices"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// limitMark is what the mark is named after of the first block that comes above a limit.
const limitMark = "limit"

// Limit is how much may live in a process; 0: any number. Where nothing is refused for it, the Reader
// looks for the first block that comes above it. Otherwise the tracker library tells.
type Limit struct {
	Bytes, Blocks uint64
	Refuses       bool
}

// Crossing is the first allocation of an image that came above its limit.
type Crossing struct {
	Stack                 StackID
	Stamp                 uint64
	Bytes                 uint64 // that it asked for; 0: the process has ended before it said
	OfBlocks              bool   // whether it is the limit of blocks that it came above
	Mark                  string // the name of the mark that was made; "": there was no room
	LiveBytes, LiveBlocks uint64 // before
}

// watch begins to look for what comes above a limit.
func (s *State) watch(l Limit) {
	if l.Refuses || l.Bytes == 0 && l.Blocks == 0 || s.Heap == nil {
		return
	}
	s.Heap.Watch(heap.Limit{Bytes: l.Bytes, Blocks: l.Blocks}, s.marks.next(limitMark, false))
	s.marks.take(limitMark, limitMark)
}

// cross takes in that an allocation came above the limit, through a stack. How many bytes it asked for the
// next event of the ring tells.
func (s *State) cross(c wire.Call, stack StackID) {
	if s.crossing != nil {
		return
	}
	// What the tracker library has counted is exact; the account may lack others' blocks that have been let in
	// already.
	ofBlocks, blocks := c.Crossed()
	s.crossing = &Crossing{Stack: stack, Stamp: c.Stamp, OfBlocks: ofBlocks, Mark: s.mark(c.Stamp, limitMark), LiveBytes: c.Amount, LiveBlocks: blocks}
}

// Crossing returns the first allocation that came above the limit; nil: none did.
func (s *State) Crossing() *Crossing {
	if s.crossing != nil {
		made := *s.crossing
		return &made
	}
	if s.Heap == nil || s.Heap.Crossed() == nil {
		return nil
	}
	c := s.Heap.Crossed()
	made := &Crossing{
		Stack: StackID(slices.Index(s.Tree.sites, c.Site+1)), Stamp: c.Stamp, Bytes: c.Bytes, OfBlocks: c.OfBlocks,
		LiveBytes: c.LiveBytes, LiveBlocks: c.LiveBlocks,
	}
	if c.Marked {
		made.Mark = limitMark
	}
	return made
}

// answerStack tells a thread that waits whether allocations through a stack are to fail.
func (r *Reader) answerStack(d dueMark) {
	a := shm.MarkAnswer{Outcome: wire.MarkNoRoom}
	if i := r.running[d.process]; i != nil && r.options.Fails != nil {
		r.begin(i)
		id, ok := i.stack(uint64(d.number))
		if !ok {
			r.lookAhead(i)
			id, ok = i.stack(uint64(d.number))
		}
		if ok && r.options.Fails(i, id) {
			a.Outcome = wire.MarkMade
		}
	}
	shm.AnswerMark(d.place, d.asked, a)
}
