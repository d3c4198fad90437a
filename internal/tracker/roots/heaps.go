package roots

import (
	"encoding/binary"
	"strings"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/graph"
)

// claimHeaps claims the memory of allocators: blocks in it are the graph's, and what lies between them is not
// the program's.
//
// Which it is, is known of what calls have mapped. Where they were not recorded it is told by blocks: the kernel shows mappings
// that touch as one, so that memory of the program's may be in the same as an allocator's.
func (f *finder) claimHeaps() {
	for _, m := range f.Mapped {
		if m.Purpose == ForAllocator {
			f.claimed.add(Range{m.Start, m.End})
		}
	}
	if f.Complete {
		return
	}
	blocks := f.Blocks
	for _, m := range f.Maps {
		for len(blocks) > 0 && blocks[0].Addr < m.Start {
			blocks = blocks[1:]
		}
		in := blocks
		for len(blocks) > 0 && blocks[0].Addr < m.End {
			blocks = blocks[1:]
		}
		f.claimHeap(m, in[:len(in)-len(blocks)])
	}
}

// claimHeap claims what of a mapping is an allocator's, as far as its blocks tell.
func (f *finder) claimHeap(m procfs.Mapping, blocks []graph.Block) {
	whole := Range{m.Start, m.End}
	switch {
	case m.Path == "[heap]":
		f.claimed.add(whole)
		return
	case m.Path != "" || len(blocks) == 0:
		return
	}
	for at := m.Start &^ (arenaBytes - 1); at < m.End; at += arenaBytes {
		if in := (Range{at, at + arenaBytes}).and(whole); in.Start == at && f.isArena(at) {
			f.claimed.add(in)
		}
	}
	const near = 64 << 10 // what lies so near a block is taken for the same allocator's
	for i := range blocks {
		b := &blocks[i]
		if f.claimed.has(b.Addr) && f.claimed.has(b.Addr+b.Size) {
			continue
		}
		in := f.mappedAlone(b)
		if in.isEmpty() {
			f.unsure = true
			in = Range{b.Addr &^ (near - 1), (b.Addr + b.Size + near - 1) &^ (near - 1)}
		}
		f.claimed.add(in.and(whole))
	}
}

// arenaBytes is the size and the alignment of the heaps of glibc's arenas, but for the first one (HEAP_MAX_SIZE).
const arenaBytes = 64 << 20

// isArena reports whether a heap of one of glibc's arenas begins at an address: with its arena's address (struct
// heap_info), which is right behind that in the arena's first heap.
func (f *finder) isArena(at uint64) bool {
	arena := f.word(at)
	first := arena &^ (arenaBytes - 1)
	behind := arena - first
	return arena != 0 && behind >= 4*8 && behind <= 8*8 && (first == at || f.word(first) == arena)
}

// mappedAlone returns the mapping that glibc has made for a block alone; nothing if it has not.
func (f *finder) mappedAlone(b *graph.Block) Range {
	const isMapped, flags = 2, 7
	var head [16]byte // before the block: how far the mapping goes before that, and how long the rest is
	if b.Addr < 16 || !f.read(head[:], b.Addr-16) {
		return Range{}
	}
	before, size := binary.LittleEndian.Uint64(head[:]), binary.LittleEndian.Uint64(head[8:])
	in := Range{b.Addr - 16 - before, b.Addr - 16 + size&^flags}
	if size&flags != isMapped || in.Start%page != 0 || in.End%page != 0 || before >= b.Addr || in.End < b.Addr+b.Size || in.End-in.Start > 1<<47 {
		return Range{}
	}
	return in
}

// IsAllocators reports whether a variable or a function is one of an allocator that is linked into a file with
// other code, by its linker's name or that which a person reads.
func IsAllocators(name string) bool {
	switch name {
	case "main_arena", "mp_": // glibc
		return true
	}
	for _, prefix := range []string{
		"je_", "_rjem_", "jemalloc_constructor", // jemalloc, and that of Rust's
		"mi_", "_mi_", // mimalloc
		"_ZN8tcmalloc", "tcmalloc::", // tcmalloc
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
