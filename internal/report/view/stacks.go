package view

import "math/bits"

// stackIndex gives equal stacks, of one or more profiles, one number. Stacks are
// equal where their frames have the same keys: see keys. It keeps no copies:
// half a million stacks of thirty frames are common.
type stackIndex struct {
	first map[uint64]int32 // hash → a stack with that hash
	next  []int32          // of each stack: another with the same hash, or -1
	known []stackRef
}

type stackRef struct {
	side   *side
	frames []uint32 // indices into the side's frame table
}

func newStackIndex() *stackIndex { return &stackIndex{first: map[uint64]int32{}} }

// number returns the number of a stack, from 0 in the order of first use.
func (x *stackIndex) number(s *side, frames []uint32) int {
	h := uint64(len(frames))
	for _, f := range frames {
		// The multiplication of wyhash: each bit of the key moves all of h's.
		hi, lo := bits.Mul64(h^uint64(s.ids[f])^0x9e3779b97f4a7c15, 0xe7037ed1a0b428db)
		h = hi ^ lo
	}
	head, ok := x.first[h]
	if !ok {
		head = -1
	}
	for n := head; n >= 0; n = x.next[n] {
		if x.known[n].equal(s, frames) {
			return int(n)
		}
	}
	n := int32(len(x.known))
	x.known = append(x.known, stackRef{s, frames})
	x.next = append(x.next, head)
	x.first[h] = n
	return int(n)
}

func (r *stackRef) equal(s *side, frames []uint32) bool {
	if len(r.frames) != len(frames) {
		return false
	}
	for i, f := range frames {
		if s.ids[f] != r.side.ids[r.frames[i]] {
			return false
		}
	}
	return true
}

// keys returns the keys of the stack's frames.
func (r *stackRef) keys() []uint32 {
	keys := make([]uint32, len(r.frames))
	for i, f := range r.frames {
		keys[i] = r.side.ids[f]
	}
	return keys
}
