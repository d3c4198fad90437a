package heap

const (
	// leafSize is how many blocks a leaf has room for. It makes a leaf fill one
	// of the Go allocator's size classes, 1792 bytes, and is more than a power of
	// two: a stretch of 2 KiB that is full of malloc's smallest chunks of 32 bytes
	// is one leaf.
	leafSize = 78

	// leafChains is as many as there are multiples of 16 in 2 KiB.
	leafChains = 128
)

// leaf holds the blocks of an aligned stretch of a region. They are on chains
// by their addresses, most alone on one: finding a block takes no search whose
// length differs from block to block, which the processor would guess wrong again
// and again. Where blocks come and go at random, linear probing took twice as
// long.
//
// A slot is one element of each of the last three arrays. They count from 1:
// slot 0 ends a chain and never has a block.
type leaf struct {
	n    uint8 // blocks
	bits uint8 // the stretch has 1<<bits bytes

	// frozen is set for good when a second table comes to share the leaf.
	// Whichever table wants to change it takes a copy.
	frozen bool

	vacant uint8 // the first vacant slot; next leads to the others

	chains [leafChains]uint8 // the first slot on each
	next   [1 + leafSize]uint8

	// The blocks, without the part of the address that the region tells anyway.
	keys     [1 + leafSize]uint32
	contents [1 + leafSize]content
}

// content is all of a block but its key.
type content struct{ extent, birth uint64 }

// chainOf returns the number of the chain for an address in a leaf. Within 2 KiB each
// multiple of 16 has a chain of its own.
func chainOf(addr uint64) uint64 {
	return (addr>>4 ^ addr>>11*29) % leafChains
}

// block returns the block in a slot, which is at addr.
func (l *leaf) block(slot uint8, addr uint64) block {
	c := &l.contents[slot]
	return block{addr<<keyShift | uint64(l.keys[slot]&(1<<keyShift-1)), c.extent, c.birth}
}

// set stores b in a slot.
func (l *leaf) set(slot uint8, b block) {
	l.keys[slot], l.contents[slot] = uint32(b.key), content{b.extent, b.birth}
}

// find returns the slot of the block at addr, or 0, and the slot before it on
// its chain, or 0 if it is the first.
func (l *leaf) find(addr uint64) (slot, before uint8) {
	slot = l.chains[chainOf(addr)]
	// A chain without a block and a chain of one block at another address take the same
	// branches; only chains of two or more blocks, which are few, take others.
	for (l.keys[slot]>>keyShift^uint32(addr))%regionSize != 0 {
		before, slot = slot, l.next[slot]
		if slot == 0 {
			break
		}
	}
	return slot, before
}

// newLeaf returns an empty leaf.
func newLeaf(bits uint8) *leaf {
	l := &leaf{bits: bits, vacant: 1}
	for i := range l.next[1:leafSize] {
		l.next[1+i] = uint8(2 + i)
	}
	return l
}

// hasRoom reports whether the leaf, if there is one, can take another block.
func (l *leaf) hasRoom() bool { return l != nil && l.n < leafSize && !l.frozen }

// holds reports whether there is a block at addr.
func (l *leaf) holds(addr uint64) bool {
	slot, _ := l.find(addr)
	return slot != 0
}

// put stores b, which is at addr. The leaf must not hold it and have room for it.
func (l *leaf) put(addr uint64, b block) {
	slot, first := l.vacant, &l.chains[chainOf(addr)]
	l.vacant, l.next[slot], *first = l.next[slot], *first, slot
	l.set(slot, b)
	l.n++
}

// take vacates a slot. The slot, and before, the one before it on its chain, are those that
// find returned for addr.
func (l *leaf) take(addr uint64, slot, before uint8) {
	if before == 0 {
		l.chains[chainOf(addr)] = l.next[slot]
	} else {
		l.next[before] = l.next[slot]
	}
	l.next[slot] = l.vacant
	l.vacant = slot
	l.n--
}

// each calls f for each block. The leaf must be in the region that base is in.
func (l *leaf) each(base uint64, f func(block)) {
	for _, slot := range l.chains {
		for ; slot != 0; slot = l.next[slot] {
			f(l.block(slot, base&^(regionSize-1)|uint64(l.keys[slot])>>keyShift%regionSize))
		}
	}
}
