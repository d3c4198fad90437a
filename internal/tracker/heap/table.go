package heap

import (
	"cmp"
	"slices"
)

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
// evenly, a leaf is at least half full, which makes 21 to 43 bytes a block. It is
// more where few blocks lie in a region: large ones, or the last of many.
//
// A removed block's place is free for the next, so the cost of an access does not
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
	shared []*leaf // likewise those that another table has, too, which must not be changed; empty if there are none
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

// leaf returns the leaf for an address, if it is the table's own and may be changed, or nil.
func (r *region) leaf(addr uint64) *leaf {
	i := addr % regionSize >> (r.bits & 63)
	if i >= uint64(len(r.leaves)) {
		return nil // a free slot has no directory
	}
	return r.leaves[i]
}

// anyLeaf returns the leaf for an address, to be read, or nil.
func (r *region) anyLeaf(addr uint64) *leaf {
	if l := r.leaf(addr); l != nil || len(r.shared) == 0 {
		return l
	}
	return r.shared[addr%regionSize>>r.bits]
}

// insert stores b in place of the block at the same address, which it returns,
// or a zero block if there was none.
func (t *table) insert(b block) (old block) {
	addr := b.addr
	l := t.ownLeaf(addr)
	if l == nil {
		l = t.addLeaf(addr)
	} else if at, i := l.find(addr); i != lineBlocks {
		old = at.block(i, addr)
		at.set(i, b)
		return old
	}
	for !l.put(b) {
		if l = t.split(addr); l == nil { // all blocks were in the other half
			l = t.addLeaf(addr)
		}
	}
	return block{}
}

// find returns the block at addr, or a zero block.
func (t *table) find(addr uint64) block {
	if l := t.region(addr).anyLeaf(addr); l != nil {
		if at, i := l.find(addr); i != lineBlocks {
			return at.block(i, addr)
		}
	}
	return block{}
}

// remove removes and returns the block at addr. It returns a zero block, and
// removes nothing, where there is none or one that was born after stamp.
func (t *table) remove(addr, stamp uint64) block {
	l := t.region(addr).leaf(addr)
	if l == nil {
		if t.find(addr).addr == 0 {
			return block{}
		}
		l = t.ownLeaf(addr)
	}
	at, i := l.find(addr)
	if i >= lineBlocks {
		return block{}
	}
	b := at.block(i, addr)
	if b.signedAge(stamp) < 0 {
		return block{}
	}
	l.take(addr, at, i)
	return b
}

// ownLeaf returns the leaf for addr, which is the table's own afterwards, or nil.
func (t *table) ownLeaf(addr uint64) *leaf {
	r := t.region(addr)
	l := r.leaf(addr)
	if l != nil {
		return l
	}
	if l = r.anyLeaf(addr); l != nil {
		own := *l
		l = &own
		r.point(addr, l.stretchBits(), l)
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
		forgetEmpty(r.leaves)
		forgetEmpty(r.shared)
		if isVacant(r.shared) {
			r.shared = nil
		}
		if isVacant(r.leaves) && r.shared == nil && r.number != 0 {
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
	bits := l.stretchBits()
	if bits == r.bits {
		r.double()
	}
	bits--
	bit := uint64(1) << bits
	// Each block has room where it was, since its home is the same in every leaf.
	lower, upper := *l, *l
	lower.keep(addr&^bit, bits)
	upper.keep(addr|bit, bits)
	switch {
	case upper.isEmpty():
		*l = lower
		r.point(addr|bit, bits, nil)
	case lower.isEmpty():
		*l = upper
		r.point(addr&^bit, bits, nil)
	default:
		*l = lower
		added := upper // only now on the heap: mostly a new half is empty
		r.point(addr|bit, bits, &added)
		t.leaves++
	}
	return r.leaf(addr)
}

// stretch returns the part of a directory of the region for the stretch around addr of
// 1<<bits bytes.
func (r *region) stretch(leaves []*leaf, addr uint64, bits uint8) []*leaf {
	n := uint64(1) << (bits - r.bits)
	first := addr % regionSize >> r.bits &^ (n - 1)
	return leaves[first : first+n]
}

// point leads the stretch around addr to l, a leaf of the table's own, or to none.
func (r *region) point(addr uint64, bits uint8, l *leaf) {
	fill(r.stretch(r.leaves, addr, bits), l)
	if len(r.shared) != 0 {
		fill(r.stretch(r.shared, addr, bits), nil)
	}
}

func fill(leaves []*leaf, l *leaf) {
	for i := range leaves {
		leaves[i] = l
	}
}

// vacant reports whether the stretch around addr has no leaf.
func (r *region) vacant(addr uint64, bits uint8) bool {
	return isVacant(r.stretch(r.leaves, addr, bits)) && (len(r.shared) == 0 || isVacant(r.stretch(r.shared, addr, bits)))
}

func isVacant(leaves []*leaf) bool {
	return !slices.ContainsFunc(leaves, func(l *leaf) bool { return l != nil })
}

// forgetEmpty drops the leaves that have no block.
func forgetEmpty(leaves []*leaf) {
	for i, l := range leaves {
		if l != nil && i > 0 && l == leaves[i-1] {
			continue
		}
		if l != nil && l.isEmpty() {
			leaves[i] = nil
		}
	}
}

// double makes the directory finer by one bit.
func (r *region) double() {
	r.leaves, r.shared = doubled(r.leaves), doubled(r.shared)
	r.bits--
}

// doubled returns each leaf twice.
func doubled(leaves []*leaf) []*leaf {
	d := make([]*leaf, 0, 2*len(leaves))
	for _, l := range leaves {
		d = append(d, l, l)
	}
	return d
}

// each calls f for each leaf, with an address in its region.
func (t *table) each(f func(base uint64, l *leaf)) { t.eachIn(func(uint64) bool { return true }, f) }

// eachIn is each for the regions that are wanted, by their first addresses.
func (t *table) eachIn(wanted func(base uint64) bool, f func(base uint64, l *leaf)) {
	for i := range t.regions {
		if r := &t.regions[i]; r.number != 0 && wanted(r.base()) {
			r.each(f)
		}
	}
}

// eachInOrder is each in the order of the leaves' addresses.
func (t *table) eachInOrder(f func(base uint64, l *leaf)) {
	var used []*region
	for i := range t.regions {
		if r := &t.regions[i]; r.number != 0 {
			used = append(used, r)
		}
	}
	slices.SortFunc(used, func(a, b *region) int { return cmp.Compare(a.number, b.number) })
	for _, r := range used {
		r.each(f)
	}
}

// base returns the first address of a region that is in use.
func (r *region) base() uint64 { return (r.number - 1) << regionBits }

// each calls f for each leaf of the region, in the order of their addresses.
func (r *region) each(f func(base uint64, l *leaf)) {
	for offset := uint64(0); offset < regionSize; {
		l := r.anyLeaf(offset)
		if l == nil {
			offset += 1 << r.bits
			continue
		}
		f(r.base(), l)
		offset += 1 << l.stretchBits()
	}
}

// blocks calls f for each block, in no useful order.
func (t *table) blocks(f func(block)) {
	t.each(func(base uint64, l *leaf) { l.each(base, f) })
}

// clone returns a table with the same blocks. Both share each leaf until one of
// them changes it: a child that goes on to exec costs little.
func (t *table) clone() table {
	c := *t
	c.regions = slices.Clone(t.regions)
	for i := range t.regions {
		r := &t.regions[i]
		if len(r.shared) == 0 {
			r.shared = make([]*leaf, len(r.leaves))
		}
		for j, l := range r.leaves {
			if l != nil {
				r.leaves[j], r.shared[j] = nil, l
			}
		}
		c.regions[i].leaves, c.regions[i].shared = make([]*leaf, len(r.leaves)), slices.Clone(r.shared)
	}
	return c
}
