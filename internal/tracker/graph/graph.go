// Package graph tells who holds the blocks of a heap: it looks through memory for words that are
// addresses of blocks, and from these tells which blocks are held, by what, and what would be freed with each.
//
// A word is a pointer to a block if it is an address in the block, also in its middle; one right behind
// its end counts too where blocks are padded. Owners, what is outside all blocks and holds some, are roots: ranges of
// memory and words of registers. They stand in strata: a root of a higher stratum that leads to a block leaves
// those of lower ones, which lead to it too, no part in it.
//
// The package imports nothing of ours; memory is read through an interface, so that it may be a
// process's, or what a file kept of one.
package graph

// Block is a block that lives.
type Block struct {
	Addr, Size uint64
	Site       uint32 // of what the caller counts its blocks by
}

// Memory is the memory in which blocks and roots lie.
type Memory interface {
	// ReadAt reads len(p) bytes that lie at an address. What was never written to is 0. Fewer are read, with an
	// error, only if what follows them cannot be.
	ReadAt(p []byte, addr uint64) (n int, err error)
}

// Stratum is how sure it is that a root is in use.
type Stratum uint8

const (
	Unreached Stratum = iota // no root leads to it
	Loose                    // words of stacks that are no variables, and registers: they may be left over from before
	Firm                     // variables, thread-local data and mappings
)

// Root is memory, or words, outside all blocks.
type Root struct {
	Owner      uint32 // of what the caller numbers owners by, from 0 on; several roots may have the same
	Stratum    Stratum
	Start, End uint64   // the memory: whole words, of aligned addresses; none where they are the same
	Words      []uint64 // of registers, say
}
