package holding

import (
	"math/bits"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// sets are up to 64 sets of blocks that are looked at together: bit i of a mask stands for set i. Masks are handed on
// from block to block until none changes.
type sets struct {
	graph   *graph.Graph
	blocks  []graph.Block
	order   []uint32 // all blocks, most of them before those that they lead to
	entries []uint32 // those that are held from outside, and those of the lost ones by which one comes to all
	masks   []uint64 // of each block
	changed []uint64 // bits of the blocks the masks of which have changed since they were handed on

	// After two rounds in order the few that still change wait in a ring: lists that lead back take
	// as many steps as they are long.
	ring        []uint32
	head, count int
	ringed      bool
}

func newSets(g *graph.Graph, blocks []graph.Block) *sets {
	n := len(blocks)
	s := &sets{graph: g, blocks: blocks, masks: make([]uint64, n), changed: make([]uint64, (n+63)/64), ring: make([]uint32, n)}
	for block := range g.Entries() {
		s.entries = append(s.entries, uint32(block))
	}
	s.sort()
	return s
}

// sort finds the order: the reverse of that in which a depth-first search leaves blocks.
func (s *sets) sort() {
	n := len(s.blocks)
	s.order = make([]uint32, n)
	at := n
	type visit struct{ block, target uint32 }
	var path []visit
	enter := func(block uint32) {
		if word, bit := &s.changed[block/64], uint64(1)<<(block%64); *word&bit == 0 {
			*word |= bit
			path = append(path, visit{block: block})
		}
	}
	search := func(from uint32) {
		enter(from)
		for len(path) > 0 {
			last := &path[len(path)-1]
			targets := s.graph.Targets(int(last.block))
			if int(last.target) < len(targets) {
				last.target++
				enter(uint32(targets[last.target-1]))
				continue
			}
			at--
			s.order[at] = last.block
			path = path[:len(path)-1]
		}
	}
	for _, block := range s.entries {
		search(block)
	}
	for block := 0; at > 0; block++ {
		search(uint32(block))
	}
	clear(s.changed)
}

// add adds bits to the mask of a block, which is to be handed on then.
func (s *sets) add(block int, bits uint64) {
	if s.masks[block]|bits == s.masks[block] {
		return
	}
	s.masks[block] |= bits
	word, bit := &s.changed[block/64], uint64(1)<<(block%64)
	if *word&bit == 0 {
		*word |= bit
		if s.ringed {
			s.push(block)
		}
	}
}

func (s *sets) push(block int) {
	at := s.head + s.count
	if at >= len(s.ring) {
		at -= len(s.ring)
	}
	s.ring[at] = uint32(block)
	s.count++
}

// take reports whether the mask of a block has changed, and takes it as handed on.
func (s *sets) take(block int) bool {
	word, bit := &s.changed[block/64], uint64(1)<<(block%64)
	has := *word&bit != 0
	*word &^= bit
	return has
}

// handOn calls hand for each block the mask of which has changed, until no mask does.
func (s *sets) handOn(hand func(block int)) {
	for range 2 {
		for _, block := range s.order {
			if s.take(int(block)) {
				hand(int(block))
			}
		}
	}
	for _, block := range s.order {
		if s.changed[block/64]&(1<<(block%64)) != 0 {
			s.push(int(block))
		}
	}
	s.ringed = true
	for s.count > 0 {
		block := int(s.ring[s.head])
		if s.head++; s.head == len(s.ring) {
			s.head = 0
		}
		s.count--
		s.take(block)
		hand(block)
	}
	s.ringed = false
}

// reached returns what each set leads to, itself included. seed calls add for blocks that are in sets.
func (s *sets) reached(seed func(add func(block int, bits uint64))) [64]profile.Amount {
	clear(s.masks)
	seed(s.add)
	s.handOn(func(block int) {
		mask := s.masks[block]
		for _, to := range s.graph.Targets(block) {
			if s.masks[to]|mask != s.masks[to] {
				s.add(int(to), mask)
			}
		}
	})
	return s.sum()
}

// shared returns what each set leads to of the blocks that are shared: only by blocks of one stratum, as they are held.
func (s *sets) shared(isShared func(block int) bool, seed func(add func(block int, bits uint64))) [64]profile.Amount {
	clear(s.masks)
	seed(s.add)
	s.handOn(func(block int) {
		mask, stratum := s.masks[block], s.graph.Stratum(block)
		for _, to := range s.graph.Targets(block) {
			if s.masks[to]|mask != s.masks[to] && s.graph.Stratum(int(to)) == stratum {
				s.add(int(to), mask)
			}
		}
	})
	for block := range s.masks {
		if !isShared(block) {
			s.masks[block] = 0
		}
	}
	return s.sum()
}

// sum returns the amounts of the sets: of the blocks whose masks have their bits.
func (s *sets) sum() (amounts [64]profile.Amount) {
	// Many blocks have the same mask: they are added up first, in a table by masks in which each drives out another one.
	var table [1 << 10]struct {
		mask uint64
		profile.Amount
	}
	add := func(mask uint64, a profile.Amount) {
		for ; mask != 0; mask &= mask - 1 {
			set := &amounts[bits.TrailingZeros64(mask)]
			set.Add(a)
		}
	}
	for block, mask := range s.masks {
		if mask == 0 {
			continue
		}
		at := &table[mask*0x9e3779b97f4a7c15>>54]
		if at.mask != mask {
			add(at.mask, at.Amount)
			at.mask, at.Amount = mask, profile.Amount{}
		}
		at.Add(profile.Amount{Bytes: s.blocks[block].Size, Blocks: 1})
	}
	for _, at := range table {
		add(at.mask, at.Amount)
	}
	return amounts
}
