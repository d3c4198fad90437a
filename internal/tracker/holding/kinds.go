package holding

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"heapprof/internal/tracker/graph"
)

// kinds tells blocks apart by their point and by the class whose table they begin with.
type kinds struct {
	of      []uint32 // of each block, an index into list
	list    []kind   // first each point without a class
	numbers map[kind]uint32

	classes []string          // the first is ""
	tables  map[uint64]uint32 // class, an index into classes, of each word in ranges that was looked up
	names   map[string]uint32
	ranges  []graph.Range
	class   func(addr uint64) string
}

// kind is a point and a class, an index into kinds.classes.
type kind struct{ point, class uint32 }

func newKinds(in *Input) *kinds {
	k := &kinds{
		of: make([]uint32, len(in.Blocks)), list: make([]kind, len(in.Types)), numbers: map[kind]uint32{},
		classes: []string{""}, tables: map[uint64]uint32{}, names: map[string]uint32{"": 0}, ranges: in.Tables, class: in.Class,
	}
	for i := range k.list {
		k.list[i].point = uint32(i)
	}
	for i := range in.Blocks {
		k.of[i] = uint32(in.Points[in.Blocks[i].Site])
	}
	return k
}

// point returns the point of a block.
func (k *kinds) point(block int) uint32 { return k.list[k.of[block]].point }

// name returns the class of a kind.
func (k *kinds) name(of uint32) string { return k.classes[k.list[of].class] }

// begins notes that a block begins with the bytes b.
func (k *kinds) begins(block int, b []byte) {
	if len(b) < 8 {
		return
	}
	word := binary.LittleEndian.Uint64(b)
	if len(k.ranges) == 0 || word < k.ranges[0].Start || word >= k.ranges[len(k.ranges)-1].End {
		return
	}
	class, ok := k.tables[word]
	if !ok {
		if at, _ := slices.BinarySearchFunc(k.ranges, word, func(r graph.Range, word uint64) int {
			if r.End <= word {
				return -1
			}
			return 1
		}); word < k.ranges[at].Start {
			return
		}
		class = k.look(word)
	}
	if class != 0 {
		k.of[block] = k.number(kind{k.point(block), class})
	}
}

// look looks a word up that may be the address of a class's table.
func (k *kinds) look(word uint64) uint32 {
	name := k.class(word)
	class, ok := k.names[name]
	if !ok {
		class = uint32(len(k.classes))
		k.classes, k.names[name] = append(k.classes, name), class
	}
	k.tables[word] = class
	return class
}

// compare puts kinds in the order of points, then of the names of classes.
func (k *kinds) compare(a, b uint32) int {
	return cmp.Or(cmp.Compare(k.list[a].point, k.list[b].point), strings.Compare(k.name(a), k.name(b)))
}

func (k *kinds) number(is kind) uint32 {
	number, ok := k.numbers[is]
	if !ok {
		number = uint32(len(k.list))
		k.list, k.numbers[is] = append(k.list, is), number
	}
	return number
}

// sizes is a number for each block, most of which take no more than 32 bits.
type sizes struct {
	small []uint32
	large map[int]uint64
}

const isLarge = 1<<32 - 1

func newSizes(blocks int) sizes { return sizes{make([]uint32, blocks), map[int]uint64{}} }

func (s *sizes) get(block int) uint64 {
	if n := s.small[block]; n != isLarge {
		return uint64(n)
	}
	return s.large[block]
}

func (s *sizes) set(block int, n uint64) {
	if n >= isLarge {
		s.small[block], s.large[block] = isLarge, n
		return
	}
	s.small[block] = uint32(n)
}
