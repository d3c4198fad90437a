package heap

import "math/bits"

const (
	segmentBits = 12
	segmentSize = 1 << segmentBits // 4096 blocks in 96 KiB, which is a whole number of Go's pages

	// segmentRoom is how many blocks a segment takes before it is split: at
	// four fifths full a run of occupied slots is still a dozen long.
	segmentRoom = segmentSize * 4 / 5
)

// segment is a hash table with open addressing and linear probing.
type segment [segmentSize]block

// table holds the live blocks by address.
//
// It is an extendible hash (Fagin et al., 1979): a directory indexed by the
// first bits of the hash leads to segments of one fixed size; a full segment
// is split in two by the next bit. So nothing is ever copied as a whole, no
// memory becomes garbage, and an event waits for one segment at most.
//
// With an even hash all segments would fill at the same time, and after they
// split the table would be four fifths empty of what it could hold. Therefore
// the hash is spread unevenly over the directory, densest at its beginning
// and half as dense at its end (the idea of Martin's spiral storage, 1979):
// segments split one after the other while the table doubles, and it is always
// about 0.58 full, which makes 42 bytes a block.
//
// A removed block's slot is filled by moving later blocks back, so there are
// no tombstones and the cost of an access does not grow with time.
type table struct {
	directory []segmentRef // 1<<depth of them
	depth     uint8

	room   []int32 // by segment: how many more blocks it takes before it is split; frozen if negative
	depths []uint8 // by segment: how many bits its blocks have in common
	sink   uint64
}

// frozen marks a segment that two tables share after a clone. Whichever table
// wants to change it first copies it.
const frozen = -1

// segmentRef leads to a segment. Many may lead to one segment.
type segmentRef struct {
	slots  *segment
	number uint32 // in table.room and table.depths
}

func newTable() table {
	return table{
		directory: []segmentRef{{new(segment), 0}},
		room:      []int32{segmentRoom},
		depths:    []uint8{0},
	}
}

// hash returns two independent hashes of an address: one for the place in the
// directory, of which the first bits count, and one for the place in the
// segment, of which the last bits count.
func hash(addr uint64) (prefix uint64, home uint64) {
	// Any odd constant without pattern does: this is 2⁶⁴ divided by the golden
	// ratio. Folding the product's halves mixes all bits of the address into
	// both ends.
	hi, lo := bits.Mul64(addr, 0x9e3779b97f4a7c15)
	h := hi ^ lo

	// x ↦ x·(2+x)/3 maps 0…1 to itself with a slope from 2/3 to 4/3: half as
	// many hashes fall on the end as on the beginning.
	x := h >> 32
	return x * (0xaaaaaaaa + x*0x55555555>>32), h % segmentSize
}

// ref returns the directory's entry for a hash prefix.
func (t *table) ref(prefix uint64) segmentRef {
	return t.directory[prefix>>1>>((63-t.depth)&63)]
}

// insert stores b in place of the block at the same address, which it returns,
// or a zero block if there was none.
func (t *table) insert(b block) (old block) {
	prefix, home := hash(b.addr())
	ref := t.ref(prefix)
	if t.room[ref.number] <= 0 {
		ref = t.makeRoom(prefix)
	}
	i := home
	for {
		slot := &ref.slots[i%segmentSize]
		if slot.key == 0 {
			*slot = b
			t.room[ref.number]--
			return block{}
		}
		if slot.key>>keyShift == b.key>>keyShift {
			old, *slot = *slot, b
			return old
		}
		i++
	}
}

// find returns the block at addr, or a zero block.
func (t *table) find(addr uint64) block {
	prefix, i := hash(addr)
	ref := t.ref(prefix)
	for {
		b := ref.slots[i%segmentSize]
		if b.key == 0 || b.addr() == addr {
			return b
		}
		i++
	}
}

// remove removes and returns the block at addr. It returns a zero block, and
// removes nothing, where there is none or one that was born after stamp.
func (t *table) remove(addr, stamp uint64) block {
	prefix, i := hash(addr)
	ref := t.ref(prefix)
	for {
		i %= segmentSize
		key := ref.slots[i].key
		if key>>keyShift == addr {
			break
		}
		if key == 0 {
			return block{}
		}
		i++
	}
	b := ref.slots[i]
	if b.signedAge(stamp) < 0 {
		return block{}
	}
	if t.room[ref.number] < 0 {
		ref = t.thaw(prefix)
	}
	t.room[ref.number]++
	ref.slots.vacate(i)
	return b
}

// touch loads the slot where the search for addr will begin.
func (t *table) touch(addr uint64) {
	prefix, i := hash(addr)
	t.sink ^= t.ref(prefix).slots[i%segmentSize].key
}

// vacate empties slot i and moves back the blocks behind it that would not be
// found otherwise (Knuth, TAOCP 3, 6.4, algorithm R).
func (s *segment) vacate(i uint64) {
	j := i
	for {
		j = (j + 1) % segmentSize
		key := s[j].key
		if key == 0 {
			break
		}
		_, home := hash(key >> keyShift)
		if (j-home)%segmentSize >= (j-i)%segmentSize {
			s[i%segmentSize] = s[j]
			i = j
		}
	}
	s[i%segmentSize].key = 0
}

// makeRoom gets the segment of a hash prefix ready for one more block.
func (t *table) makeRoom(prefix uint64) segmentRef {
	ref := t.ref(prefix)
	if t.room[ref.number] < 0 {
		ref = t.thaw(prefix)
	}
	for t.room[ref.number] == 0 {
		t.split(prefix)
		ref = t.ref(prefix)
	}
	return ref
}

// split divides the segment of a hash prefix in two by the next bit.
func (t *table) split(prefix uint64) {
	ref := t.ref(prefix)
	depth := t.depths[ref.number]
	if depth == t.depth {
		t.doubleDirectory()
	}
	depth++
	upper := segmentRef{new(segment), uint32(len(t.room))}
	t.depths[ref.number] = depth
	t.depths = append(t.depths, depth)
	t.room = append(t.room, segmentRoom)

	refs := t.refs(prefix, depth-1)
	refs = refs[len(refs)/2:]
	for i := range refs {
		refs[i] = upper
	}

	// Take the blocks out in the order of their runs, beginning after a gap,
	// and put each back as if it were new: those that stay only move towards
	// their home.
	s := ref.slots
	start := uint64(0)
	for s[start%segmentSize].key != 0 {
		start++
	}
	moved := int32(0)
	for k := range uint64(segmentSize) {
		i := (start + k) % segmentSize
		b := s[i]
		if b.key == 0 {
			continue
		}
		s[i].key = 0
		prefix, home := hash(b.addr())
		if prefix>>(64-depth)&1 == 0 {
			s.put(home, b)
		} else {
			upper.slots.put(home, b)
			moved++
		}
	}
	t.room[ref.number] += moved
	t.room[upper.number] -= moved
}

// put stores b, whose address the segment must not hold and have room for.
func (s *segment) put(home uint64, b block) {
	for s[home%segmentSize].key != 0 {
		home++
	}
	s[home%segmentSize] = b
}

// refs returns the part of the directory whose first depth bits are those of
// prefix.
func (t *table) refs(prefix uint64, depth uint8) []segmentRef {
	n := 1 << (t.depth - depth)
	first := int(prefix>>1>>(63-t.depth)) &^ (n - 1)
	return t.directory[first : first+n]
}

func (t *table) doubleDirectory() {
	doubled := make([]segmentRef, 0, 2*len(t.directory))
	for _, ref := range t.directory {
		doubled = append(doubled, ref, ref)
	}
	t.directory = doubled
	t.depth++
}

// all calls yield for each block until it returns false, in no useful order.
func (t *table) all(yield func(block) bool) {
	for i := 0; i < len(t.directory); {
		ref := t.directory[i]
		for _, b := range ref.slots {
			if b.key != 0 && !yield(b) {
				return
			}
		}
		i += 1 << (t.depth - t.depths[ref.number])
	}
}

// clone returns a table with the same blocks. Both share their segments until
// one of them changes a segment: a child that goes on to exec costs nothing.
func (t *table) clone() table {
	for i := range t.room {
		t.room[i] = frozen
	}
	c := *t
	c.directory = append([]segmentRef(nil), t.directory...)
	c.room = append([]int32(nil), t.room...)
	c.depths = append([]uint8(nil), t.depths...)
	return c
}

// thaw replaces the shared segment of a hash prefix by a copy of its own.
func (t *table) thaw(prefix uint64) segmentRef {
	ref := t.ref(prefix)
	own := *ref.slots
	room := int32(segmentRoom)
	for i := range own {
		if own[i].key != 0 {
			room--
		}
	}
	t.room[ref.number] = room
	ref.slots = &own
	refs := t.refs(prefix, t.depths[ref.number])
	for i := range refs {
		refs[i] = ref
	}
	return ref
}
