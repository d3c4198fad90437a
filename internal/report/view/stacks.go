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
	ids    []uint32 // keys of frames; nil where the stack is of keys already
	frames []uint32 // indices into ids
}

func newStackIndex() *stackIndex { return &stackIndex{first: map[uint64]int32{}} }

// number returns the number of a stack, from 0 in the order of first use.
func (x *stackIndex) number(ids, frames []uint32) int {
	r := stackRef{ids, frames}
	h := uint64(len(frames))
	for i := range frames {
		// The multiplication of wyhash: each bit of the key moves all of h's.
		hi, lo := bits.Mul64(h^uint64(r.key(i))^0x9e3779b97f4a7c15, 0xe7037ed1a0b428db)
		h = hi ^ lo
	}
	head, ok := x.first[h]
	if !ok {
		head = -1
	}
	for n := head; n >= 0; n = x.next[n] {
		if x.known[n].equal(&r) {
			return int(n)
		}
	}
	n := int32(len(x.known))
	x.known = append(x.known, r)
	x.next = append(x.next, head)
	x.first[h] = n
	return int(n)
}

// key returns the key of a frame of the stack.
func (r *stackRef) key(i int) uint32 {
	if r.ids == nil {
		return r.frames[i]
	}
	return r.ids[r.frames[i]]
}

func (r *stackRef) equal(o *stackRef) bool {
	if len(r.frames) != len(o.frames) {
		return false
	}
	for i := range r.frames {
		if r.key(i) != o.key(i) {
			return false
		}
	}
	return true
}

// keys returns the keys of the stack's frames.
func (r *stackRef) keys() []uint32 {
	keys := make([]uint32, len(r.frames))
	for i := range r.frames {
		keys[i] = r.key(i)
	}
	return keys
}
