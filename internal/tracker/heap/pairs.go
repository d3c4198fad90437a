package heap

import (
	"math/bits"
	"slices"
)

// pairs counts what was freed for each pair of a site and a stack that has freed blocks of it: an
// open hash table, as each free looks one up.
type pairs struct {
	slots []freedPair // as many as a power of two; empty before the first
	used  int
	last  int // the slot that was found last
}

// freedPair fills a place of the table; one without blocks is empty.
type freedPair struct {
	site          SiteID
	stack         uint32
	bytes, blocks uint64
}

// maxPairs is how many pairs there are at most, which take 200 MB. A program has hardly more
// than it has stacks; beyond that all frees of a site are one pair.
const maxPairs = 6 << 20

// add counts a block of that site and size, freed through a stack.
func (p *pairs) add(site SiteID, stack uint32, size uint64) {
	if p.used > 0 {
		if s := &p.slots[p.last]; s.site == site && s.stack == stack {
			s.bytes += size
			s.blocks++
			return
		}
	}
	if p.used >= len(p.slots)/4*3 {
		p.grow()
	}
	at := p.find(site, stack)
	if p.slots[at].blocks == 0 && p.used >= maxPairs && stack != NoStack {
		p.add(site, NoStack, size)
		return
	}
	s := &p.slots[at]
	if s.blocks == 0 {
		s.site, s.stack = site, stack
		p.used++
	}
	s.bytes += size
	s.blocks++
	p.last = at
}

// find returns the slot of a pair, or the empty one where it belongs.
func (p *pairs) find(site SiteID, stack uint32) int {
	const golden = 0x9e3779b97f4a7c15
	mask := len(p.slots) - 1
	at := int((uint64(site)<<32 | uint64(stack)) * golden >> (64 - bits.Len(uint(mask))))
	for {
		s := &p.slots[at]
		if s.blocks == 0 || s.site == site && s.stack == stack {
			return at
		}
		at = (at + 1) & mask
	}
}

// grow doubles the table.
func (p *pairs) grow() {
	const first = 1 << 8
	old := p.slots
	p.slots = make([]freedPair, max(first, 2*len(old)))
	for _, s := range old {
		if s.blocks != 0 {
			p.slots[p.find(s.site, s.stack)] = s
		}
	}
	p.last = 0
}

// all returns all pairs.
func (p *pairs) all() []Pair {
	all := make([]Pair, 0, p.used)
	for _, s := range p.slots {
		if s.blocks != 0 {
			all = append(all, Pair{s.site, s.stack, s.bytes, s.blocks})
		}
	}
	return all
}

func (p *pairs) copy() pairs { return pairs{slots: slices.Clone(p.slots), used: p.used, last: p.last} }
