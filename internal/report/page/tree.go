package page

import (
	"math/bits"

	"heapprof/internal/report/view"
)

// tree is the calls of all profiles, each within its caller, as far as they are shown. Node 0 is the root; parents
// come before their children.
type tree struct {
	nodes []node
	table []int32 // of places by hashes: a node; 0: none
}

// node is a function in its caller.
type node struct {
	parent   int32
	function uint32 // its number, as view.Joint has it
	line     int32  // see vote
	lines    bool   // it was called through several
	outer    bool   // it is the site of a stack, or outward of one
	votes    uint64
}

func newTree() *tree {
	t := &tree{nodes: []node{{parent: -1, outer: true}}}
	t.grow()
	return t
}

// add returns the node of a stack, which is new if the stack is; functions and lines are of each frame, and site is an index
// into the stack. So many bytes were allocated through it.
func (t *tree) add(stack []uint32, site int, functions []uint32, lines []int32, bytes uint64) int32 {
	n := int32(0)
	for i := len(stack) - 1; i >= 0; i-- {
		f := stack[i]
		n = t.child(n, functions[f], lines[f])
		t.nodes[n].vote(lines[f], bytes)
		if i == site {
			t.nodes[n].outer = true
		}
	}
	return n
}

// markOuter marks what is outward of sites.
func (t *tree) markOuter() {
	for i := len(t.nodes) - 1; i > 0; i-- {
		if n := &t.nodes[i]; n.outer {
			t.nodes[n.parent].outer = true
		}
	}
}

// child returns the node of a function within another one.
//
// Half a million stacks of thirty frames are looked up here, frame by frame: a node is looked at anyway, and a table of numbers alone
// stays in the processor's cache.
func (t *tree) child(parent int32, function uint32, line int32) int32 {
	at := t.find(parent, function)
	if n := t.table[at]; n != 0 {
		return n
	}
	n := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{parent: parent, function: function, line: line})
	t.table[at] = n
	if 2*len(t.nodes) > len(t.table) {
		t.grow()
	}
	return n
}

// known returns the node of a function within another one; ok is false if there is none.
func (t *tree) known(parent int32, function uint32) (n int32, ok bool) {
	n = t.table[t.find(parent, function)]
	return n, n != 0
}

// find returns where in the table a node is, or is to be.
func (t *tree) find(parent int32, function uint32) int {
	mask := len(t.table) - 1
	// The multiplication of wyhash: each bit of the key moves all of the hash.
	hi, lo := bits.Mul64((uint64(parent)<<32|uint64(function))^0x9e3779b97f4a7c15, 0xe7037ed1a0b428db)
	at := int(hi^lo) & mask
	for {
		n := t.table[at]
		if n == 0 || t.nodes[n].parent == parent && t.nodes[n].function == function {
			return at
		}
		at = (at + 1) & mask
	}
}

func (t *tree) grow() {
	t.table = make([]int32, max(1<<10, 2*len(t.table)))
	for i := 1; i < len(t.nodes); i++ {
		t.table[t.find(t.nodes[i].parent, t.nodes[i].function)] = int32(i)
	}
}

// vote notes that so many bytes were allocated through a call at a line. The node's line is then that with more than half of
// all bytes, if there is one: each vote for another line takes away one of its.
func (n *node) vote(line int32, bytes uint64) {
	switch {
	case n.line == line:
		n.votes += bytes
		return
	case n.votes >= bytes:
		n.votes -= bytes
	default:
		n.line, n.votes = line, bytes-n.votes
	}
	n.lines = true
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
