package holding

import (
	"iter"

	"heapprof/internal/profile"
)

// walker goes from blocks to all that they lead to.
type walker struct {
	heap    *heap
	sets    *sets
	stamps  []uint32 // the walk in which each block was met last
	stamp   uint32
	pending []int32
	common  *common
}

// common is what one block leads to, and what leads to that block: all of these lead to the same, and then to what they
// have besides. Where blocks know what they are part of, each leads to nearly all there are.
type common struct {
	all    profile.Amount
	inside bitset // what the block leads to
	before bitset // blocks that lead to it
}

// bitset is a bit for each block.
type bitset []uint64

func (b bitset) has(block int32) bool { return b[block/64]&(1<<(block%64)) != 0 }

func (b bitset) set(block int32) { b[block/64] |= 1 << (block % 64) }

func (h *heap) newWalker(s *sets) *walker {
	return &walker{heap: h, sets: s, stamps: make([]uint32, len(h.in.Blocks))}
}

// walk returns what blocks lead to, themselves included, and how many blocks and pointers it went through. It reports
// whether that is all: it stops where these are more than most.
func (w *walker) walk(from iter.Seq[int], most int) (all profile.Amount, work int, ok bool) {
	w.stamp++
	w.pending = w.pending[:0]
	var inside profile.Amount // of what is in common
	joined := false           // all that is in common is part of it
	meet := func(block int32) {
		work++
		if w.stamps[block] == w.stamp {
			return
		}
		w.stamps[block] = w.stamp
		w.pending = append(w.pending, block)
		if w.common != nil && w.common.inside.has(block) {
			inside.Add(w.heap.amount(int(block)))
		} else {
			all.Add(w.heap.amount(int(block)))
		}
		joined = joined || w.common != nil && w.common.before.has(block)
	}
	for block := range from {
		meet(int32(block))
	}
	for len(w.pending) > 0 {
		if work > most {
			return all, work, false
		}
		block := w.pending[len(w.pending)-1]
		w.pending = w.pending[:len(w.pending)-1]
		if joined && w.common.inside.has(block) {
			continue
		}
		for _, to := range w.heap.graph.Targets(int(block)) {
			meet(to)
		}
	}
	if joined {
		inside = w.common.all
	}
	all.Add(inside)
	return all, work, true
}

// one is walk of one block. The first that leads to more than most makes out what is common.
func (w *walker) one(block int, most int) (all profile.Amount, work int, ok bool) {
	from := func(yield func(int) bool) { yield(block) }
	all, work, ok = w.walk(from, most)
	if ok || w.common != nil {
		return all, work, ok
	}
	all, _, _ = w.walk(from, 1<<62)
	c := &common{all: all, inside: make(bitset, (len(w.stamps)+63)/64), before: make(bitset, (len(w.stamps)+63)/64)}
	for b, stamp := range w.stamps {
		if stamp == w.stamp {
			c.inside.set(int32(b))
		}
	}
	c.before.set(int32(block))
	w.leadTo(c.before)
	w.common = c
	return all, work, true
}

// rounds is how often all blocks are gone through for those that lead to one. What is not found then is only
// walked from for nothing.
const rounds = 4

// leadTo adds blocks that lead to those that are in a set.
func (w *walker) leadTo(in bitset) {
	for range rounds {
		changed := false
		for i := len(w.sets.order) - 1; i >= 0; i-- {
			block := int32(w.sets.order[i])
			if in.has(block) {
				continue
			}
			for _, to := range w.heap.graph.Targets(int(block)) {
				if in.has(to) {
					in.set(block)
					changed = true
					break
				}
			}
		}
		if !changed {
			return
		}
	}
}
