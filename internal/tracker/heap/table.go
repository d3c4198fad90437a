package heap

import "slices"

const (
	// A region is 4 MiB of the program's address space.
	regionBits = 22
	regionSize = 1 << regionBits

	// firstSweep is how many leaves there must be before any is looked at for
	// being empty.
	firstSweep = 64
)

// table holds the live blocks by address.
//
// Blocks that are neighbours in the program's memory are neighbours here, as
// allocators give out and take back neighbours together: a program that builds
// a big heap then touches this table line by line. A table that scatters blocks
// by a hash pays a cache and a TLB miss for each: allocating a million blocks
// one after the other took 227 ns each there and 74 ns here, side by side.
//
// Each region of the address space has a directory, which is indexed by the
// first bits of the offset and leads to leaves. A leaf holds the blocks of a
// stretch of the region. A full leaf is split in two
// halves of its stretch, and the directory doubles when it has to (as in
// extendible hashing by Fagin et al., 1979, but by address). So nothing is ever
// copied as a whole, and an event waits for a few leaves at most. Where blocks lie
// evenly, a leaf is at least half full, which makes 23 to 47 bytes a block. It is
// more where few blocks lie in a region: large ones, or the last of many.
//
// A removed block's slot is free for the next, so the cost of an access does not
// grow with time.
type table struct {
	regions []region // open addressing by number; a power of two of them
	used    int      // regions in use
	leaves  int
	sweepAt int // how many leaves there must be before empty ones are looked for
}

// region leads to the blocks of a region.
type region struct {
	number uint64  // 1 + the address divided by regionSize; 0 if the slot is free
	leaves []*leaf // each for 1<<bits bytes; adjacent ones may be one leaf, or nil
	bits   uint8
}

func newTable() table {
	return table{regions: make([]region, 8), sweepAt: firstSweep}
}

// region returns the region of an address, or the free slot where that region belongs.
func (t *table) region(addr uint64) *region {
	number := addr>>regionBits + 1
	for i := number * 0x9e3779b97f4a7c15 >> 32; ; i++ {
		r := &t.regions[i&uint64(len(t.regions)-1)]
		if r.number == number || r.number == 0 {
			return r
		}
	}
}

// leaf returns the leaf for an address, or nil.
func (r *region) leaf(addr uint64) *leaf {
	i := addr % regionSize >> (r.bits & 63)
	if i >= uint64(len(r.leaves)) {
		return nil // a free slot has no directory
	}
	return r.leaves[i]
}

// insert stores b in place of the block at the same address, which it returns,
// or a zero block if there was none.
func (t *table) insert(b block) (old block) {
	addr := b.addr()
	l := t.region(addr).leaf(addr)
	if !l.hasRoom() {
		l = t.makeRoom(addr)
	}
	if slot, _ := l.find(addr); slot != 0 {
		old = l.block(slot, addr)
		l.set(slot, b)
		return old
	}
	l.put(addr, b)
	return block{}
}

// find returns the block at addr, or a zero block.
func (t *table) find(addr uint64) block {
	if l := t.region(addr).leaf(addr); l != nil {
		if slot, _ := l.find(addr); slot != 0 {
			return l.block(slot, addr)
		}
	}
	return block{}
}

// remove removes and returns the block at addr. It returns a zero block, and
// removes nothing, where there is none or one that was born after stamp.
func (t *table) remove(addr, stamp uint64) block {
	l := t.region(addr).leaf(addr)
	if l == nil {
		return block{}
	}
	slot, before := l.find(addr)
	if slot == 0 {
		return block{}
	}
	b := l.block(slot, addr)
	if b.signedAge(stamp) < 0 {
		return block{}
	}
	if l.frozen {
		l = t.thaw(addr)
	}
	l.take(addr, slot, before)
	return b
}

// makeRoom returns a leaf that can take a block at addr.
func (t *table) makeRoom(addr uint64) *leaf {
	if t.region(addr).leaf(addr) == nil {
		return t.addLeaf(addr)
	}
	l := t.thaw(addr)
	for l != nil && l.n == leafSize {
		l = t.split(addr)
	}
	if l == nil { // all blocks were in the other half
		l = t.addLeaf(addr)
	}
	return l
}

// thaw makes the leaf for addr one that no other table shares.
func (t *table) thaw(addr uint64) *leaf {
	r := t.region(addr)
	l := r.leaf(addr)
	if l.frozen {
		own := *l
		own.frozen = false
		l = &own
		r.point(addr, l.bits, l)
	}
	return l
}

// addLeaf adds a leaf for addr, which must not have one, for the largest aligned stretch
// around addr that has no leaf.
func (t *table) addLeaf(addr uint64) *leaf {
	if t.leaves >= t.sweepAt {
		t.sweep()
	}
	r := t.region(addr)
	if r.number == 0 {
		r = t.addRegion(addr)
	}
	bits := r.bits
	for bits < regionBits && r.vacant(addr^1<<bits, bits) {
		bits++
	}
	l := newLeaf(bits)
	r.point(addr, bits, l)
	t.leaves++
	return l
}

// addRegion adds the region of addr, without a leaf.
func (t *table) addRegion(addr uint64) *region {
	if 2*t.used >= len(t.regions) {
		t.rebuild(2 * len(t.regions))
	}
	r := t.region(addr)
	*r = region{number: addr>>regionBits + 1, leaves: make([]*leaf, 1), bits: regionBits}
	t.used++
	return r
}

// rebuild puts the regions into a new array of the given size.
func (t *table) rebuild(size int) {
	old := t.regions
	t.regions = make([]region, size)
	for _, r := range old {
		if r.number != 0 {
			*t.region((r.number - 1) << regionBits) = r
		}
	}
}

// sweep drops the leaves without a block and the regions without a leaf: what
// remains of parts of the address space that the program has left.
func (t *table) sweep() {
	for i := range t.regions {
		r := &t.regions[i]
		inUse := false
		for j, l := range r.leaves {
			if l != nil && l.n == 0 {
				r.leaves[j] = nil
			}
			inUse = inUse || r.leaves[j] != nil
		}
		if !inUse && r.number != 0 {
			*r = region{}
			t.used--
		}
	}
	t.rebuild(len(t.regions))
	t.leaves = 0
	t.each(func(uint64, *leaf) { t.leaves++ })
	t.sweepAt = 2*t.leaves + firstSweep
}

// split halves the stretch of the full leaf for addr, and returns the leaf that
// is then for addr: nil if no block lies in that half.
func (t *table) split(addr uint64) *leaf {
	r := t.region(addr)
	l := r.leaf(addr)
	if l.bits == r.bits {
		r.double()
	}
	l.bits--
	bit := uint64(1) << l.bits
	lower, upper := newLeaf(l.bits), newLeaf(l.bits)
	l.each(addr, func(b block) {
		if b.addr()&bit != 0 {
			upper.put(b.addr(), b)
		} else {
			lower.put(b.addr(), b)
		}
	})
	switch {
	case upper.n == 0:
		r.point(addr|bit, l.bits, nil)
	case lower.n == 0:
		r.point(addr&^bit, l.bits, nil)
	default:
		*l = *lower
		added := *upper // only now on the heap: mostly a new half is empty
		r.point(addr|bit, l.bits, &added)
		t.leaves++
	}
	return r.leaf(addr)
}

// stretch returns the part of the directory for the stretch around addr of
// 1<<bits bytes.
func (r *region) stretch(addr uint64, bits uint8) []*leaf {
	n := uint64(1) << (bits - r.bits)
	first := addr % regionSize >> r.bits &^ (n - 1)
	return r.leaves[first : first+n]
}

// point leads the stretch around addr to l.
func (r *region) point(addr uint64, bits uint8, l *leaf) {
	leaves := r.stretch(addr, bits)
	for i := range leaves {
		leaves[i] = l
	}
}

// vacant reports whether the stretch around addr has no leaf.
func (r *region) vacant(addr uint64, bits uint8) bool {
	for _, l := range r.stretch(addr, bits) {
		if l != nil {
			return false
		}
	}
	return true
}

// double makes the directory finer by one bit.
func (r *region) double() {
	doubled := make([]*leaf, 0, 2*len(r.leaves))
	for _, l := range r.leaves {
		doubled = append(doubled, l, l)
	}
	r.leaves = doubled
	r.bits--
}

// each calls f for each leaf, with an address in its region.
func (t *table) each(f func(base uint64, l *leaf)) {
	for _, r := range t.regions {
		for i := 0; i < len(r.leaves); {
			l := r.leaves[i]
			if l == nil {
				i++
				continue
			}
			f((r.number-1)<<regionBits, l)
			i += 1 << (l.bits - r.bits)
		}
	}
}

// blocks calls f for each block, in no useful order.
func (t *table) blocks(f func(block)) {
	t.each(func(base uint64, l *leaf) { l.each(base, f) })
}

// clone returns a table with the same blocks. Both share each leaf until one of
// them changes it: a child that goes on to exec costs little.
func (t *table) clone() table {
	t.each(func(_ uint64, l *leaf) {
		if !l.frozen { // else another goroutine may be reading it
			l.frozen = true
		}
	})
	c := *t
	c.regions = slices.Clone(t.regions)
	for i := range c.regions {
		c.regions[i].leaves = slices.Clone(c.regions[i].leaves)
	}
	return c
}
