package heap

import "math/bits"

const (
	// A leaf has 32 lines of 3 blocks. It fills one of the Go allocator's size classes,
	// 2 KiB, and each line fills one of the processor's.
	leafLines  = 32
	lineBlocks = 3

	// reach is how many lines there are in which a block may lie: from its home on.
	reach = 4
)

// leaf holds the blocks of an aligned stretch of a region. Each has a home, which is a line;
// nearly every block lies in its home, so that an event needs that line of the leaf and no
// other memory. Where the home has no room, a block lies in one of the lines behind it.
type leaf struct {
	lines [leafLines]line
}

// line is a part of a leaf.
type line struct {
	keys     [lineBlocks]uint32 // see lineKey; 0 where there is no block
	fill     uint8              // a bit for each block, and odd times the odd ones
	bits     uint8              // of a leaf's first line: the stretch has 1<<bits bytes
	contents [lineBlocks]content
}

const (
	// full is the fill of a line that has no room.
	full = 1<<lineBlocks - 1

	// odd is what a line's fill has more for each block whose home is this line and that
	// lies in another one, and for each of its own of 4 GiB and more. So a fill below full
	// tells that the line has room, and that line.find finds each block whose home it is.
	odd = 1 << lineBlocks
)

// content is what a line has of a block besides its key. Sizes of 4 GiB and more have the
// lower of the bits that do not fit in the high byte of birth, and the others in the key.
type content struct {
	what  uint64 // size (32 bits) · block.mark (32)
	birth uint64
}

// A key tells an address from every other of the region: one bit for that there is a block,
// the offset in the region (22 bits), and a byte that is 0 but for blocks of 4 GiB and more.
const (
	occupied = 1 << 31
	keyShift = 8
	keyAddr  = occupied | (regionSize-1)<<keyShift

	markShift = 32
)

// lineKey returns the key of a block at addr that has less than 4 GiB.
func lineKey(addr uint64) uint32 { return uint32(addr<<keyShift)&keyAddr | occupied }

// keyOffset returns the offset in its region of the block with that key.
func keyOffset(key uint32) uint64 { return uint64(key) >> keyShift % regionSize }

// what returns the beginning of a block's content.
func what(size uint64, mark uint32) uint64 { return size&(1<<markShift-1) | uint64(mark)<<markShift }

// home returns the number of the line that is the home of a block at addr.
func home(addr uint64) uint64 {
	// Blocks of any one size, side by side, take the lines by turns with this factor, and
	// so do most pages; what is as good as random would fill some lines twice as much as others.
	return addr * 0xe05f13 >> 20 % leafLines
}

// find returns the number of the block with that key, which none of 4 GiB and more has, or
// lineBlocks. It takes no branches, which the processor would guess wrong again and again
// where blocks come and go at random.
func (l *line) find(key uint32) uint {
	not0, not1, not2 := notZero(l.keys[0]^key), notZero(l.keys[1]^key), notZero(l.keys[2]^key)
	neither := not0 & not1
	return not0 + neither + neither&not2
}

// findAny is find for blocks of any size.
func (l *line) findAny(key uint32) uint {
	not0, not1, not2 := notZero((l.keys[0]^key)&keyAddr), notZero((l.keys[1]^key)&keyAddr), notZero((l.keys[2]^key)&keyAddr)
	neither := not0 & not1
	return not0 + neither + neither&not2
}

// notZero returns 0 for 0, and 1 for every other number.
func notZero(n uint32) uint { return uint(-uint64(n) >> 63) }

// room returns the number of the first block that there is not, or lineBlocks.
func (l *line) room() uint { return uint(bits.TrailingZeros8(^(l.fill & full))) }

// remove removes block i.
func (l *line) remove(i uint) {
	l.keys[i] = 0
	l.fill &^= 1 << (i & 7)
}

// add adds the block with that key. There must be room.
func (l *line) add(key uint32, c content) {
	i := l.room() % 4
	l.fill |= 1 << i
	l.keys[i] = key
	l.contents[i] = c
}

// block returns block i. The region is the one that base is in.
func (l *line) block(i uint, base uint64) block {
	key, c := l.keys[i], l.contents[i]
	b := block{
		addr:  base&^(regionSize-1) | keyOffset(key),
		size:  c.what % (1 << markShift),
		birth: c.birth,
		mark:  uint32(c.what >> markShift),
	}
	if above := uint64(key % (1 << keyShift)); above != 0 {
		b.size |= (above-1)<<40 | b.birth>>56<<32
		b.birth &= 1<<56 - 1
	}
	return b
}

// set stores b as block i.
func (l *line) set(i uint, b block) {
	key, c := lineKey(b.addr), content{what(b.size, b.mark), b.birth}
	if b.size>>32 != 0 {
		key |= uint32(b.size>>40) + 1
		c.birth = c.birth&(1<<56-1) | b.size>>32<<56
	}
	l.fill -= odd * isLarge(l.keys[i])
	l.fill += odd * isLarge(key)
	l.fill |= 1 << i
	l.keys[i], l.contents[i] = key, c
}

// isLarge returns 1 for the key of a block of 4 GiB and more, else 0.
func isLarge(key uint32) uint8 { return uint8(notZero(key % (1 << keyShift))) }

// find returns where the block at addr lies: block i of line at. It returns lineBlocks for i
// if there is none.
func (l *leaf) find(addr uint64) (at *line, i uint) {
	first, key := home(addr), lineKey(addr)
	at = &l.lines[first]
	if i = at.findAny(key); i == lineBlocks && at.fill >= odd {
		return l.findSpilled(first, key)
	}
	return at, i
}

// findSpilled is find for a block that is not in its home, which is the first line.
func (l *leaf) findSpilled(first uint64, key uint32) (at *line, i uint) {
	for next := first + 1; next < first+reach; next++ {
		at = &l.lines[next%leafLines]
		if i = at.findAny(key); i < lineBlocks {
			return at, i
		}
	}
	return at, lineBlocks
}

// put stores b, which the leaf must not hold. It reports false if there is no room for it.
func (l *leaf) put(b block) bool {
	at, ok := l.makeRoom(home(b.addr))
	if ok {
		at.set(at.room(), b)
	}
	return ok
}

// makeRoom returns a line that has room for a block whose home is the first line, and where
// it will be put. It reports false if there is none.
func (l *leaf) makeRoom(first uint64) (at *line, ok bool) {
	for next := first; next < first+reach; next++ {
		at = &l.lines[next%leafLines]
		if at.fill&full != full {
			if next != first {
				l.lines[first].fill += odd
			}
			return at, true
		}
	}
	return nil, false
}

// take removes the block at addr, which find has returned the place of.
func (l *leaf) take(addr uint64, at *line, i uint) {
	at.fill -= odd * isLarge(at.keys[i])
	at.remove(i)
	if own := &l.lines[home(addr)]; at != own {
		own.fill -= odd
	}
}

// keep removes the blocks whose addresses have another bit than addr, the bit at place bits,
// and makes the stretch the half of 1<<bits bytes that addr is in.
func (l *leaf) keep(addr uint64, bits uint8) {
	for n := range l.lines {
		at := &l.lines[n]
		for i, key := range at.keys {
			if other := addr&^(regionSize-1) | keyOffset(key); key != 0 && (other^addr)>>bits&1 != 0 {
				l.take(other, at, uint(i))
			}
		}
	}
	l.lines[0].bits = bits
}

// newLeaf returns an empty leaf.
func newLeaf(bits uint8) *leaf {
	l := new(leaf)
	l.lines[0].bits = bits
	return l
}

// stretchBits returns the number of bits of an address in the leaf's stretch.
func (l *leaf) stretchBits() uint8 { return l.lines[0].bits }

// isEmpty reports whether there is no block.
func (l *leaf) isEmpty() bool {
	for i := range l.lines {
		if l.lines[i].fill%odd != 0 {
			return false
		}
	}
	return true
}

// each calls f for each block. The leaf must be in the region that base is in.
func (l *leaf) each(base uint64, f func(block)) {
	for n := range l.lines {
		at := &l.lines[n]
		if at.fill&full == 0 {
			continue // of most lines where most blocks were freed
		}
		for i, key := range at.keys {
			if key != 0 {
				f(at.block(uint(i), base))
			}
		}
	}
}
