// Package sizeclass knows how allocators round the sizes of blocks, by their published rules:
// how many bytes of memory a block of some size takes. It measures nothing; tests
// compare it with what the allocators themselves say, but for musl's, which does not tell. It imports nothing of ours.
package sizeclass

import "math/bits"

// Allocator is an allocator whose rules are known.
type Allocator string

// The allocators. Those of versions that round in another way are not told apart.
const (
	Glibc    Allocator = "glibc"    // ptmalloc, on 64-bit machines
	Jemalloc Allocator = "jemalloc" // 4 and 5, with a quantum of 16 bytes
	Mimalloc Allocator = "mimalloc" // 1 and 2, without padding
	Tcmalloc Allocator = "tcmalloc" // gperftools', with pages of 8 KiB
	Musl     Allocator = "musl"     // mallocng, of 1.2.1 and later
)

const page = 4096

// IsKnown reports whether there are rules for the allocator.
func (a Allocator) IsKnown() bool {
	switch a {
	case Glibc, Jemalloc, Mimalloc, Tcmalloc, Musl:
		return true
	}
	return false
}

// Taken returns how many bytes a block takes for which malloc was asked for that size, with
// the header that lies beside it, if the allocator has such. By an allocator whose rules are
// not known it is the size.
//
// What depends on more than the size is taken as it is in a program that has just started:
// glibc maps a block of 128 KiB or more alone, but raises that limit when such a block is freed.
func (a Allocator) Taken(size uint64) uint64 {
	if size > 1<<47 {
		return size // no address space has room for it: a damaged event
	}
	switch a {
	case Glibc:
		return glibc(size)
	case Jemalloc:
		return jemalloc(size)
	case Mimalloc:
		return mimalloc(size)
	case Tcmalloc:
		return tcmalloc(size)
	case Musl:
		return musl(size)
	}
	return size
}

// MappedLimit is the size, with its header, from which on glibc gives a block a mapping of its own (mallopt(3),
// M_MMAP_THRESHOLD), as long as no such block was freed.
const MappedLimit = 128 << 10

// glibc: the size and a header of 8 bytes, a multiple of 16, at least 32 (malloc.c,
// request2size); of a mapped block 8 bytes more, in whole pages.
func glibc(size uint64) uint64 {
	if GlibcChunk(size) >= MappedLimit {
		return GlibcMapped(size)
	}
	return GlibcChunk(size)
}

// GlibcChunk returns how much of an arena of glibc's a block of that size takes.
func GlibcChunk(size uint64) uint64 { return max(roundUp(size+8, 16), 32) }

// GlibcMapped returns how many bytes the mapping has that glibc makes for a block of that size.
func GlibcMapped(size uint64) uint64 { return roundUp(GlibcChunk(size)+8, page) }

// jemalloc: 8, then multiples of 16 to 128, then four classes for each power of two (sz.h,
// sz_s2u_compute; the table in jemalloc(3)).
func jemalloc(size uint64) uint64 {
	switch {
	case size <= 8:
		return 8
	case size <= 64:
		return roundUp(size, 16)
	}
	return quarters(size)
}

// quarters rounds up to a power of two or to a quarter, a half or three quarters of the way to
// the next.
func quarters(size uint64) uint64 { return roundUp(size, 1<<(bits.Len64(size-1)-3)) }

// mimalloc: 8, then multiples of 16 to 64, then four classes for each power of two up to 128 KiB
// (mi_good_size), then slices of 64 KiB, which from 512 KiB to 16 MiB come by eight
// (mi_segments_page_alloc).
func mimalloc(size uint64) uint64 {
	const medium, slice, span, large = 128 << 10, 64 << 10, 512 << 10, 16 << 20
	switch {
	case size <= 8:
		return 8
	case size <= 64:
		return roundUp(size, 16)
	case size <= medium:
		return quarters(size)
	case span < size && size <= large:
		return roundUp(size, span)
	}
	return roundUp(size, slice)
}

// musl: a block and 4 bytes lie in a slot of one of 48 sizes, multiples of 16; from 131,052 bytes
// on in a mapping of its own, behind a header of 16 (mallocng's meta.h, size_to_class and MMAP_THRESHOLD).
func musl(size uint64) uint64 {
	const mapped, perSlot, header = 131052, 4, 16
	if size >= mapped {
		return roundUp(size+header+perSlot, page)
	}
	for _, units := range muslClasses {
		if slot := uint64(units) * 16; size+perSlot <= slot {
			return slot
		}
	}
	return size
}

// muslClasses are the sizes of musl's slots, in units of 16 bytes (malloc.c, size_classes).
var muslClasses = [...]uint16{
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 20, 25, 31, 36, 42, 50, 63, 72, 84, 102, 127, 146, 170, 204, 255,
	292, 340, 409, 511, 584, 682, 818, 1023, 1169, 1364, 1637, 2047, 2340, 2730, 3276, 4095, 4680, 5460, 6552, 8191,
}

// roundUp returns the next multiple of a power of two.
func roundUp(n, to uint64) uint64 { return (n + to - 1) &^ (to - 1) }
