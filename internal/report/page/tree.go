package page

import (
	"math/bits"

	"heapprof/internal/report/view"
)

// tree is the calls of all profiles, each within its caller, as far as they are shown. Node 0 is the root; parents
// come before their children.
type tree struct {
	parent   []int32
	function []uint32 // number of the function, as view.Joint has it
	line     []int32  // of the first call that was seen
	flags    []uint8  // NodePassed and the like
	index    pairIndex
}

// outer is a flag of nodes while the tree is made: the node is a site, or outward of one.
const outer = 1 << 7

func newTree() *tree {
	return &tree{parent: []int32{-1}, function: []uint32{0}, line: []int32{0}, flags: []uint8{outer}}
}

// child returns the node of a function within another one; isNew is set if it was not there.
func (t *tree) child(parent int32, function uint32, line int32) (node int32, isNew bool) {
	at, isNew := t.index.at(uint64(parent)<<32|uint64(function), len(t.parent))
	node = int32(at)
	switch {
	case isNew:
		t.parent, t.function = append(t.parent, parent), append(t.function, function)
		t.line, t.flags = append(t.line, line), append(t.flags, 0)
	case t.line[node] != line:
		t.flags[node] |= NodeMoreLines
	}
	return node, isNew
}

// known returns the node of a function within another one; ok is false if there is none.
func (t *tree) known(parent int32, function uint32) (node int32, ok bool) {
	n, ok := t.index.known(uint64(parent)<<32 | uint64(function))
	return int32(n), ok
}

// pairIndex gives keys numbers. Half a million stacks of thirty frames are looked up in it, one by one: it takes a third
// of the time of a map.
type pairIndex struct {
	keys    []uint64 // 0 where there is none: keys are kept one larger
	numbers []int32
	used    int
	shift   uint
}

// at returns the number of a key; next, which is then its number, if the key is new.
func (x *pairIndex) at(key uint64, next int) (number int, isNew bool) {
	if 2*x.used >= len(x.keys) {
		x.grow()
	}
	key++
	i := x.place(key)
	for x.keys[i] != 0 {
		if x.keys[i] == key {
			return int(x.numbers[i]), false
		}
		i = (i + 1) & (len(x.keys) - 1)
	}
	x.keys[i], x.numbers[i] = key, int32(next)
	x.used++
	return next, true
}

// known returns the number of a key that it has.
func (x *pairIndex) known(key uint64) (number int, ok bool) {
	if x.used == 0 {
		return 0, false
	}
	key++
	for i := x.place(key); x.keys[i] != 0; i = (i + 1) & (len(x.keys) - 1) {
		if x.keys[i] == key {
			return int(x.numbers[i]), true
		}
	}
	return 0, false
}

// place returns where a key is looked for first.
func (x *pairIndex) place(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> x.shift) }

func (x *pairIndex) grow() {
	old := *x
	n := max(1<<10, 2*len(old.keys))
	x.keys, x.numbers, x.shift = make([]uint64, n), make([]int32, n), uint(64-bits.TrailingZeros(uint(n)))
	for j, key := range old.keys {
		if key == 0 {
			continue
		}
		i := x.place(key)
		for x.keys[i] != 0 {
			i = (i + 1) & (n - 1)
		}
		x.keys[i], x.numbers[i] = key, old.numbers[j]
	}
}

// drawn returns the part of a stack that is in the tree, and which frame of it is the site: all that is outward of the
// allocation functions, without start-up code. The plumbing in it tells what a stack allocates
// where the type of its blocks is not known. It is empty where the stack is.
func drawn(s *view.Source, stack []uint32) (part []uint32, site int) {
	from, to := s.Frames.Trim(stack, false)
	if from < 0 {
		return nil, 0
	}
	if s.Frames.Frame(stack[from]).Runtime != nil {
		return stack[from:to], 0
	}
	part = s.Frames.BelowAllocator(stack[:to])
	return part, max(from-(to-len(part)), 0)
}
