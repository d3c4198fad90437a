//go:build linux && (amd64 || arm64)

package replay

import (
	"slices"

	"heapprof/internal/tracker/wire"
)

// Refusal is what of one stack's allocations was refused, by one who did.
type Refusal struct {
	Stack StackID
	By    uint32 // wire.RefusedByAllocator and its kin
	Times uint64
	Last  uint64 // stamp of the last of them

	LeastBytes, MostBytes uint64 // that one of them asked for; where that is more than an address can tell, ^uint64(0)

	// Of the first of them:
	Bytes                 uint64 // that it asked for
	Stamp                 uint64
	Mark                  string // the name of the mark that was made; "": none was
	LiveBytes, LiveBlocks uint64 // at that moment
}

const (
	// maxRefusals is how many refusals there are at most: what looks for memory by way of ever new
	// stacks is not to fill the profile.
	maxRefusals = 1000

	// maxRefusalMarks is of how many the first is marked.
	maxRefusalMarks = 16

	// refusedMark is what these marks are named after.
	refusedMark = "refused"
)

// refusals are those of an image. A forked child begins with none.
type refusals struct {
	all     []Refusal
	index   map[refusalKey]int
	leftOut uint64 // calls that were refused for which there was no room

	// told are how many bytes the last calls asked for that were refused, 0 for none: what is called where an
	// allocation has failed tells of those again. Those of several threads may come between the two.
	told     [16]uint64
	nextTold uint8
}

// toldOf reports whether one of the last calls that were refused has asked for so many bytes. It is told of once.
func (r *refusals) toldOf(bytes uint64) bool {
	i := slices.Index(r.told[:], bytes)
	if i < 0 {
		return false
	}
	r.told[i] = 0
	return true
}

type refusalKey struct {
	stack StackID
	by    uint32
}

// Refusals returns what was refused, in the order of the first of each, and how many calls more
// were for which there was no room.
func (s *State) Refusals() (all []Refusal, leftOut uint64) {
	return slices.Clone(s.refusals.all), s.refusals.leftOut
}

// refuse counts a call that was refused, through a stack. crosses: it is the one that cross was told of.
func (s *State) refuse(c wire.Call, stack StackID, crosses bool) {
	if crosses && s.crossing != nil && s.crossing.Bytes == 0 {
		s.crossing.Bytes = c.Amount
	}
	r, key := &s.refusals, refusalKey{stack, c.Number}
	if c.What == wire.CallRefused {
		r.told[r.nextTold%uint8(len(r.told))] = c.Amount
		r.nextTold++
	}
	if i, ok := r.index[key]; ok {
		known := &r.all[i]
		known.Times++
		known.Last = c.Stamp
		known.LeastBytes, known.MostBytes = min(known.LeastBytes, c.Amount), max(known.MostBytes, c.Amount)
		return
	}
	if len(r.all) == maxRefusals {
		r.leftOut++
		return
	}
	if r.index == nil {
		r.index = make(map[refusalKey]int)
	}
	r.index[key] = len(r.all)
	refused := Refusal{
		Stack: stack, By: c.Number, Times: 1, Last: c.Stamp, LeastBytes: c.Amount, MostBytes: c.Amount,
		Bytes: c.Amount, Stamp: c.Stamp, LiveBytes: s.account().LiveBytes(), LiveBlocks: s.account().LiveBlocks(),
	}
	switch {
	case crosses && s.crossing != nil:
		refused.Mark, refused.LiveBytes, refused.LiveBlocks = s.crossing.Mark, s.crossing.LiveBytes, s.crossing.LiveBlocks
	case len(r.all) < maxRefusalMarks:
		refused.Mark = s.mark(c.Stamp, refusedMark)
	}
	r.all = append(r.all, refused)
}

// mark makes a mark of what the recorder itself has found, and returns its name; "" where there is no
// room for it.
func (s *State) mark(stamp uint64, wanted string) string {
	name := s.marks.next(wanted, false)
	if !s.account().Mark(stamp, name) {
		return ""
	}
	s.marks.take(wanted, name)
	return name
}
