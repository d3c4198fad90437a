package holding

import (
	"encoding/binary"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// headers finds the words by which containers know how large the block is that they have, and how much
// of it they use:
//
//	begin, end, end of the block         a vector of C++, or what was written like one
//	pointer, length, capacity            a string of libstdc++: its block has a byte more than the capacity
//	capacity | 1, length, pointer        a string of libc++: the capacity is the block's size
//	capacity, pointer, length            a Vec of Rust, in the order that its compiler gives the fields; by the language they may
//	                                     stand in any other
//	capacity, pointer, head, length      a VecDeque of Rust
//
// They must have the first address of a block, and its size. Words that do so may be there by chance, as small numbers
// beside a pointer: so a Rust container's count only of blocks of which the type is known to be one, and others
// where neither type nor order are sure only if the block has nothing but zeroes behind what would be used. If two
// that are equally sure disagree, none counts.
type headers struct {
	index   *graph.Index
	blocks  []graph.Block
	kinds   *kinds
	shapes  []shape // of each point
	types   []Type
	low     uint64 // the first address of all blocks
	span    uint64 // how many bytes are from there to the end of the last one
	largest uint64 // size of the largest block
	claims  sizes  // what was found of each block
}

// What sizes has in headers.claims: nothing, that claims disagree, or else how many bytes are used, twice, and 1 if
// it is sure, and firstClaim.
const (
	unclaimed = iota
	weakConflict
	sureConflict
	firstClaim
)

// shape is which container's words lead to a block.
type shape uint8

const (
	anyShape shape = iota // not known
	noShape               // none of them
	vectorShape
	textShape
	vecShape
	rawVecShape // of a Vec or of a VecDeque
	dequeShape
)

// shapes are those of types, by what their names begin with; the first that fits.
var shapes = []struct {
	begin string
	shape shape
}{
	{"std::vector<", vectorShape},
	{"std::string", textShape},
	{"std::wstring", textShape},
	{"std::basic_string<", textShape},
	{"std::u8string", textShape},
	{"std::u16string", textShape},
	{"std::u32string", textShape},
	{"alloc::vec::Vec<", vecShape},
	{"alloc::string::String", vecShape},
	{"alloc::collections::binary_heap::BinaryHeap<", vecShape},
	{"std::ffi::os_str::OsString", vecShape},
	{"std::path::PathBuf", vecShape},
	{"bstr::bstring::BString", vecShape},
	{"alloc::raw_vec::RawVec<", rawVecShape},
	{"alloc::collections::vec_deque::VecDeque<", dequeShape},
	{"std::", noShape},
	{"alloc::", noShape},
}

func shapeOf(name string) shape {
	for _, s := range shapes {
		if strings.HasPrefix(name, s.begin) {
			return s.shape
		}
	}
	return anyShape
}

func newHeaders(in *Input, k *kinds, index *graph.Index) *headers {
	h := &headers{index: index, blocks: in.Blocks, kinds: k, types: in.Types, claims: newSizes(len(in.Blocks))}
	for _, t := range in.Types {
		h.shapes = append(h.shapes, shapeOf(t.Name))
	}
	for i := range in.Blocks {
		h.largest = max(h.largest, in.Blocks[i].Size)
	}
	if n := len(in.Blocks); n > 0 {
		h.low = in.Blocks[0].Addr
		h.span = in.Blocks[n-1].Addr + in.Blocks[n-1].Size - h.low
	}
	return h
}

// look looks through words, the first of which has an aligned address. They are not sure where they may
// be left over from before.
func (h *headers) look(b []byte, sure bool) {
	for i := 0; i+8 <= len(b); i += 8 {
		if p := binary.LittleEndian.Uint64(b[i:]); p-h.low < h.span && p&7 == 0 {
			h.pointer(b, i, p, sure)
		}
	}
}

// around is the words around a pointer; those that are missing are larger than any block.
type around struct{ before2, before, next, next2 uint64 }

func wordsAround(b []byte, i int) around {
	a := around{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	if i >= 8 {
		a.before = binary.LittleEndian.Uint64(b[i-8:])
	}
	if i >= 16 {
		a.before2 = binary.LittleEndian.Uint64(b[i-16:])
	}
	if i+16 <= len(b) {
		a.next = binary.LittleEndian.Uint64(b[i+8:])
	}
	if i+24 <= len(b) {
		a.next2 = binary.LittleEndian.Uint64(b[i+16:])
	}
	return a
}

// pointer looks whether the word p, at offset i, and those around it are of a container.
func (h *headers) pointer(b []byte, i int, p uint64, sure bool) {
	a := wordsAround(b, i)
	isBounds := a.next-p <= a.next2-p && a.next2-p <= h.largest && a.next2 != p
	// 2 more than the largest block: a capacity of libc++ has its lowest bit set.
	small := func(n uint64) bool { return n <= h.largest+1 }
	if !isBounds && !(small(a.next) && (small(a.next2) || small(a.before))) && !(small(a.before) && small(a.before2)) {
		return
	}
	block, ok := h.index.Find(p)
	if !ok || h.blocks[block].Addr != p || h.blocks[block].Size == 0 {
		return
	}
	of := target{h, block, h.blocks[block].Size, h.types[h.kinds.point(block)].Element, sure}
	switch shape := h.shapes[h.kinds.point(block)]; shape {
	case anyShape, vectorShape, textShape:
		if isBounds && shape != textShape {
			of.bounds(a.next-p, a.next2-p, shape == vectorShape)
		}
		if shape != vectorShape {
			of.text(a, shape == textShape)
		}
	case vecShape:
		of.vec(a, true)
	case rawVecShape:
		if !h.fitsDeque(b, i, a, of.size) {
			of.vec(a, true)
		}
	case dequeShape:
		if h.fitsDeque(b, i, a, of.size) && of.fits(a.before) {
			of.claim(a.next2*(of.size/a.before), true)
		}
	}
}

// fitsDeque reports whether the words around the one at an offset may be those of a VecDeque.
func (h *headers) fitsDeque(b []byte, i int, a around, size uint64) bool {
	return i+24 <= len(b) && a.before != 0 && a.before <= size && a.next2 <= a.before && (a.next < a.before || a.next == 0)
}

// target is a block to the beginning of which a pointer leads.
type target struct {
	headers       *headers
	block         int
	size, element uint64
	sure          bool // where the words are
}

// bounds looks at the offsets of an end and of the end of the capacity.
func (t *target) bounds(end, capacity uint64, sure bool) {
	if capacity != t.size || t.element != 0 && (capacity%t.element != 0 || end%t.element != 0) {
		return
	}
	// The iterators of a std::deque have their position before the bounds of its node.
	if !sure && end == 0 && t.size == dequeNode {
		return
	}
	t.claim(end, sure)
}

const dequeNode = 512 // bytes of a node of libstdc++'s std::deque, but of those of large elements

// text looks whether the words around are a string's.
func (t *target) text(a around, sure bool) {
	element := max(t.element, 1)
	used := func(length uint64) uint64 {
		if length == 0 {
			return 0
		}
		return (length + 1) * element // with the 0 at its end
	}
	if a.next <= a.next2 && a.next2 <= t.size && (a.next2+1)*element == t.size {
		t.claim(used(a.next), sure)
	}
	if element == 1 && sure && a.before2 == t.size|1 && t.size&1 == 0 && a.before < t.size {
		t.claim(used(a.before), sure)
	}
}

// vec looks whether the words around are a Vec's.
func (t *target) vec(a around, known bool) {
	if a.next <= a.before && t.fits(a.before) {
		t.claim(a.next*(t.size/a.before), known)
		return
	}
	for _, pair := range [][2]uint64{{a.before, a.next}, {a.next, a.next2}, {a.before2, a.before}} {
		if capacity, length := max(pair[0], pair[1]), min(pair[0], pair[1]); t.fits(capacity) {
			t.claim(length*(t.size/capacity), false)
		}
	}
}

// fits reports whether a capacity is that of the block, of a whole number of bytes an element.
func (t *target) fits(capacity uint64) bool {
	return capacity != 0 && capacity <= t.size && t.size%capacity == 0 && (t.element == 0 || t.size/capacity == t.element)
}

// claim notes that a container uses so many bytes of the block.
func (t *target) claim(used uint64, sure bool) {
	claims := &t.headers.claims
	old, claim := claims.get(t.block), used<<1+firstClaim
	conflict := uint64(weakConflict)
	if sure = sure && t.sure; sure {
		claim, conflict = claim+1, sureConflict
	}
	oldSure := old == sureConflict || old >= firstClaim && (old-firstClaim)&1 == 1
	switch {
	case old == unclaimed || sure && !oldSure:
		claims.set(t.block, claim)
	case sure == oldSure && old != claim:
		claims.set(t.block, conflict)
	}
}

// count adds what was found to the facts of points.
func (h *headers) count(n *inspector) {
	for i := range h.blocks {
		claim := h.claims.get(i)
		if claim < firstClaim {
			continue
		}
		used := (claim - firstClaim) >> 1
		if sure := (claim-firstClaim)&1 == 1; !sure && n.written.get(i) > used {
			continue
		}
		facts := &n.facts[h.kinds.point(i)]
		one := profile.Amount{Bytes: h.blocks[i].Size, Blocks: 1}
		facts.Counted.Add(one)
		facts.Used += used
		if used == 0 {
			facts.Empty.Add(one)
		}
	}
}

// lookAtRoots looks through the memory of roots.
func (h *headers) lookAtRoots(roots []graph.Root, memory graph.Memory) {
	buffer := make([]byte, 1<<16)
	for _, r := range roots {
		for at := r.Start; at < r.End; {
			b := buffer[:min(uint64(len(buffer)), r.End-at)]
			n, err := memory.ReadAt(b, at)
			h.look(b[:n], r.Stratum > graph.Loose)
			if at += uint64(len(b)); err != nil {
				break
			}
		}
	}
}
