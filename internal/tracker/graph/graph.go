// Package graph tells who holds the blocks of a heap: it looks through memory for words that are
// addresses of blocks, and from these tells which blocks are held, by what, and what would be freed with each.
//
// A word is a pointer to a block if it is an address in the block, also in its middle, or right behind its
// end: where another block begins there, it is one to this one, too, if nothing else holds it. Only words at addresses that are multiples of 8 are looked at. A pointer of a block to itself
// is none. Owners, what is outside all blocks and holds some, are roots: ranges of memory and words of registers. They
// stand in strata: a root of a higher stratum that leads to a block leaves those of lower ones, which lead to
// it too, no part in it.
//
// A block retains another one, or dominates it, if every chain of pointers from a root to that one goes
// through it; an owner retains a block if all of them begin with the owner. The chains are those of the block's own stratum:
// what is held by variables is not shared with a word of a stack that may be left over. Blocks that no root leads to
// have the lost blocks as their roots that no other lost block leads to, and those of cycles that nothing else leads to.
//
// The package imports nothing of ours; memory is read through an interface, so that it may be a
// process's, or what a file kept of one.
package graph

import (
	"cmp"
	"errors"
	"iter"
	"slices"
)

// Block is a block that lives.
type Block struct {
	Addr, Size uint64
	Site       uint32 // of what the caller counts its blocks by
}

// Memory is the memory in which blocks and roots lie.
type Memory interface {
	// ReadAt reads len(p) bytes that lie at an address. What was never written to is 0. Fewer are read, with an
	// error, only if what follows them cannot be. It is called by several goroutines at a time.
	ReadAt(p []byte, addr uint64) (n int, err error)
}

// Stratum is how sure it is that a root is in use.
type Stratum uint8

// Between Loose and Firm are variables of functions that run, of inner ones lower: most often they lead to what one
// of a function further out owns, or a global one. So it is with what lies at Loose and below.
const (
	Unreached Stratum = 0  // no root leads to it
	Loose     Stratum = 32 // up to here: words of stacks that are no variables, and registers; they may be left over from before
	Firm      Stratum = 64 // global variables, thread-local data and mappings
)

// Root is memory, or words, outside all blocks. What of its memory lies in blocks is theirs, and left out.
type Root struct {
	Owner      uint32 // of what the caller numbers owners by, from 0 on; several roots may have the same
	Stratum    Stratum
	Start, End uint64   // the memory: whole words, of aligned addresses; none where they are the same
	Words      []uint64 // of registers, say
}

// Range is the addresses from Start to before End.
type Range struct{ Start, End uint64 }

// Options are how a graph is built.
type Options struct {
	// Index is the blocks' index, if the caller has made it; nil: Build makes one.
	Index *Index
	// Skip is memory in which no pointer is looked for, in any order.
	Skip []Range
	// Visit, if not nil, is called with the bytes of each block as they are read, in order of address,
	// one call at a time; of large blocks with a piece at a time, from offset on. What could not be read is left
	// out, and of a block in which others lie, what is theirs. The bytes are valid until Visit returns.
	Visit func(block int, offset uint64, b []byte)
	// MaxBytes is the most memory that the graph may take while it is built, Build's arguments not counted; 0: any. Where
	// it does not suffice for all, the graph has LeaksOnly, and where not even for that, Build fails with ErrTooLarge.
	MaxBytes uint64
	// Parallel is how many goroutines read memory; 0: one for each processor, up to four. The result is the same.
	Parallel int
}

// What Build fails with.
var (
	ErrTooLarge = errors.New("the graph of the blocks takes more memory than it may")
	ErrOrder    = errors.New("blocks are not in order of their addresses")
)

// What Graph.Owner returns of blocks that no single owner retains.
const (
	Shared = -1 // several owners lead to it
	Lost   = -2 // no owner does
)

// Loss is how a block is lost.
type Loss uint8

const (
	Held    Loss = iota // it is not: a root leads to it
	Direct              // no lost block points to it
	Cyclic              // only lost blocks to which it leads itself lead to it
	Hanging             // other lost blocks lead to it
)

// Amount is a number of bytes in a number of blocks.
type Amount struct{ Bytes, Blocks uint64 }

// Graph is who holds which blocks. Blocks are told by their places in the list that Build was called with,
// owners by their numbers. Its methods may be called by several goroutines at a time.
type Graph struct {
	blocks []Block
	edges  edges  // of each block
	heads  []head // in order: firm ones, then loose ones, by owners
	held   edges  // of each head
	owners int

	stratum []Stratum
	strata  []Stratum // of heads, from the highest on
	loss    []Loss    // nil: nothing is lost
	before  []int32   // the block before it on the shortest way; ^head if there is none; none: it is lost
	tree    tree
	back    backward

	lost      Amount
	leaksOnly bool
	unread    uint64
}

// head is the roots of one owner and one stratum: a node above blocks. No kept edge leads from one stratum to another,
// so an owner with roots in both is two of them, and retains what both retain.
type head struct {
	owner   uint32
	stratum Stratum
}

// Build tells who holds the blocks, which are in order of their addresses. Blocks may overlap: an address belongs to
// the one that begins last, and a block in which another one begins is held by that one, too.
func Build(blocks []Block, roots []Root, m Memory, o Options) (*Graph, error) {
	index := o.Index
	if index == nil {
		var err error
		if index, err = NewIndex(blocks); err != nil {
			return nil, err
		}
	}
	g := &Graph{blocks: blocks}
	s := newScanner(index, m, o)
	var err error
	if g.edges, err = s.blocks(); err != nil {
		return nil, err
	}
	g.root(s, roots)
	g.unread = s.unread
	g.leaksOnly = s.limit.short
	if g.leaksOnly {
		g.reach()
		if err := g.holdByEnds(s, roots); err != nil {
			return nil, err
		}
		g.lose()
		return g, nil
	}
	if !g.weaken(s) {
		g.reach()
	}
	if err := g.holdByEnds(s, roots); err != nil {
		return nil, err
	}
	g.dominate(g.lose())
	return g, nil
}

// LeaksOnly reports whether only Stratum, Loss, Previous and the pointers are known: all else would have taken more memory
// than Options.MaxBytes. What is held has the owner Shared then, and retains nothing.
func (g *Graph) LeaksOnly() bool { return g.leaksOnly }

// Unread returns how many bytes of blocks and roots could not be read, so that pointers may be missing.
func (g *Graph) Unread() uint64 { return g.unread }

// Lost returns the blocks that no root leads to.
func (g *Graph) Lost() Amount { return g.lost }

// Owners returns how many owners there are: one more than the largest number.
func (g *Graph) Owners() int { return g.owners }

// Stratum returns the highest stratum of a root that leads to a block.
func (g *Graph) Stratum(block int) Stratum { return g.stratum[block] }

// Loss returns how a block is lost.
func (g *Graph) Loss(block int) Loss {
	if g.loss == nil {
		return Held
	}
	return g.loss[block]
}

// Previous returns the block before one on a shortest way to it from a root, and -1 if a root itself points to
// it: then also which owner's; else owner is -1. Of a lost block both are -1.
func (g *Graph) Previous(block int) (previous, owner int) {
	switch b := g.before[block]; {
	case b == none:
		return -1, -1
	case b < 0:
		return -1, int(g.heads[^b].owner)
	default:
		return int(b), -1
	}
}

// Pointers yields the blocks that one points to, each once, and with how many words.
func (g *Graph) Pointers(block int) iter.Seq2[int, int] { return g.edges.pointers(block) }

// OwnerPointers yields the blocks that an owner points to, each once for each of its strata, and with how many words.
func (g *Graph) OwnerPointers(owner int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for h := range g.headsOf(owner) {
			for block, words := range g.held.pointers(h) {
				if !yield(block, words) {
					return
				}
			}
		}
	}
}

// headsOf yields the nodes of an owner.
func (g *Graph) headsOf(owner int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, stratum := range g.strata {
			h, ok := slices.BinarySearchFunc(g.heads, head{uint32(owner), stratum}, compareHeads)
			if ok && !yield(h) {
				return
			}
		}
	}
}

// compareHeads puts firm heads first, then those of each stratum by their owners.
func compareHeads(a, b head) int {
	return cmp.Or(cmp.Compare(b.stratum, a.stratum), cmp.Compare(a.owner, b.owner))
}
