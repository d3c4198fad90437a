package profile

import (
	"cmp"
	"slices"
)

// Resident is what of a process's memory was in RAM, as the kernel tells it, and what explains it.
type Resident struct {
	// FilePeak is the most memory of files, and memory that is shared, that was seen in RAM, in
	// bytes. Recording.AnonymousPeak is the same of all other memory.
	FilePeak uint64

	// Readings are what was in RAM at some moments, in the order of time: two at most.
	Readings []ResidentReading
}

// ResidentReading is what of a process's memory was in RAM at one moment. It was taken while
// the program went on: what a part has may be of some milliseconds earlier or later than
// another's.
type ResidentReading struct {
	Time uint64 // since the start, in the profile's time unit

	// Why it was kept: either or both.
	Widest bool // the gap between anonymous memory and live bytes was the widest of all that were seen
	Last   bool // no later one was taken

	LiveBytes, LiveBlocks uint64 // of the heap, whether its pages were in RAM or not

	// Parts add up to all that was in RAM. Each kind is there at most once, in the order of the
	// constants; one that has no bytes is not there.
	Parts []ResidentPart

	// Points are those whose blocks lose most by rounding or keep most free memory from being
	// given back, in the order of their indices. They need not add up to the parts.
	Points []ResidentPoint
}

// ResidentKind is what a part of the memory in RAM is.
type ResidentKind string

// The kinds. All are measured but Rounding, which is computed by the allocator's published rules.
const (
	// LiveBlocks: what the program asked for and has not freed, as far as its pages are in RAM.
	// Count is blocks that have a page in RAM.
	LiveBlocks ResidentKind = "live"
	// Rounding: what the allocator gives more than was asked for to the blocks of LiveBlocks:
	// headers, and sizes rounded up to its classes. Name is the allocator, as package sizeclass has it.
	Rounding ResidentKind = "rounding"
	// Pinned: what is free in pages of which live blocks, with their rounding, take less than a
	// quarter. No allocator can give such a page back. Count is pages.
	Pinned ResidentKind = "pinned"
	// Between: what is free in the other pages that have live blocks. Count is pages.
	Between ResidentKind = "between"
	// FreeHeap: pages without a live block in glibc's main arena, [heap]. Point is that of the live
	// block with the highest address there: glibc gives back by itself only what is above that.
	FreeHeap ResidentKind = "free-heap"
	// FreeArenas: pages without a live block in glibc's arenas of threads. Count is arenas.
	FreeArenas ResidentKind = "free-arenas"
	// FreeAllocator: pages without a live block in mappings of another allocator's that have live
	// blocks. Count is mappings, Name is the allocator.
	FreeAllocator ResidentKind = "free-allocator"
	// ThreadStacks: stacks of all threads but the first, with those that the C library keeps for
	// threads to come. Count is stacks.
	ThreadStacks ResidentKind = "thread-stacks"
	// MainStack: that of the first thread.
	MainStack ResidentKind = "main-stack"
	// StaticData: variables of the program and of its libraries that were written, and other private
	// pages of files that were. Count is files, Name is the path of the one with most.
	StaticData ResidentKind = "static"
	// MappedByProgram: other anonymous memory, which the program or its run-time library has mapped
	// past malloc. Count is mappings.
	MappedByProgram ResidentKind = "mapped"
	// MadeCode: the same, of mappings that may be executed: code that was made at run time.
	MadeCode ResidentKind = "made-code"
	// SharedMemory: memory that is shared with other processes, or may be. Count is mappings.
	SharedMemory ResidentKind = "shared"
	// Files: pages of files as they are on the disk: code, constants, mapped data. Count is files,
	// Name is the path of the one with most.
	Files ResidentKind = "files"
	// OfTracker: what the recording itself takes in the process. The program alone does not have it.
	OfTracker ResidentKind = "tracker"
)

// IsComputed reports whether a part of this kind is computed by an allocator's rules; any
// other is measured.
func (k ResidentKind) IsComputed() bool { return k == Rounding }

// IsFree reports whether a part of this kind is memory that the allocator has and no block.
func (k ResidentKind) IsFree() bool {
	switch k {
	case Pinned, Between, FreeHeap, FreeArenas, FreeAllocator:
		return true
	}
	return false
}

// IsAnonymous reports whether a part of this kind is in no file and not shared. Of OfTracker
// only some is, and it is not the program's.
func (k ResidentKind) IsAnonymous() bool {
	return k != SharedMemory && k != Files && k != OfTracker
}

// ResidentKinds returns all kinds, in the order in which a reading has them.
func ResidentKinds() []ResidentKind {
	return []ResidentKind{
		LiveBlocks, Rounding, Pinned, Between, FreeHeap, FreeArenas, FreeAllocator, ThreadStacks, MainStack, StaticData,
		MappedByProgram, MadeCode, SharedMemory, Files, OfTracker,
	}
}

// ResidentPart is one part of the memory in RAM.
type ResidentPart struct {
	Kind    ResidentKind
	Bytes   uint64
	Count   uint64 // of what the kind says; 0 where it says nothing
	Largest uint64 // bytes of the largest of what is counted, of mappings, arenas, stacks and files
	Name    string // where the kind says what
	Point   int    // index into Profile.Points, where the kind says of what; -1: of none
}

// ResidentPoint is what the live blocks of one point do to the memory in RAM.
type ResidentPoint struct {
	Point         int    // index into Profile.Points
	Bytes, Blocks uint64 // live
	Rounding      uint64 // bytes that the allocator gives them more, computed

	// Of the blocks that lie in pages of the part Pinned: how many, with how many bytes, on how
	// many pages, and what is free there in bytes. Where several blocks pin a page, each has the same
	// share of that, so that the points' bytes add up to the part's; a page is counted for each of them.
	PinningBlocks, PinningBytes uint64
	PinnedPages, PinnedBytes    uint64
}

// Total returns what was in RAM.
func (r *ResidentReading) Total() (bytes uint64) {
	for _, p := range r.Parts {
		bytes += p.Bytes
	}
	return bytes
}

// Part returns the part of a kind; one of no bytes where there is none.
func (r *ResidentReading) Part(k ResidentKind) ResidentPart {
	for _, p := range r.Parts {
		if p.Kind == k {
			return p
		}
	}
	return ResidentPart{Kind: k, Point: -1}
}

// Free returns how much memory the allocator had in which there was no block.
func (r *ResidentReading) Free() (bytes uint64) {
	for _, p := range r.Parts {
		if p.Kind.IsFree() {
			bytes += p.Bytes
		}
	}
	return bytes
}

// WidestReading returns the reading at the widest gap, nil where there is none.
func (r *Resident) WidestReading() *ResidentReading {
	if r == nil {
		return nil
	}
	for i := range r.Readings {
		if r.Readings[i].Widest {
			return &r.Readings[i]
		}
	}
	return nil
}

// renumbered returns the same of a profile of which point i has become numbers[i].
func (r *Resident) renumbered(numbers []int) *Resident {
	own := *r
	own.Readings = make([]ResidentReading, len(r.Readings))
	for i, reading := range r.Readings {
		parts := make([]ResidentPart, len(reading.Parts))
		for j, p := range reading.Parts {
			if p.Point >= 0 {
				p.Point = numbers[p.Point]
			}
			parts[j] = p
		}
		reading.Parts = parts
		reading.Points = renumberResidentPoints(reading.Points, numbers)
		own.Readings[i] = reading
	}
	return &own
}

// renumberResidentPoints returns the points where they are now, in order, those that have
// become one as one.
func renumberResidentPoints(points []ResidentPoint, numbers []int) []ResidentPoint {
	if len(points) == 0 {
		return points
	}
	sorted := make([]ResidentPoint, len(points))
	for i, p := range points {
		p.Point = numbers[p.Point]
		sorted[i] = p
	}
	slices.SortStableFunc(sorted, func(a, b ResidentPoint) int { return cmp.Compare(a.Point, b.Point) })
	merged := sorted[:1]
	for _, p := range sorted[1:] {
		if last := &merged[len(merged)-1]; last.Point == p.Point {
			last.Add(&p)
		} else {
			merged = append(merged, p)
		}
	}
	return merged
}

// Add adds what q has to what p has.
func (p *ResidentPoint) Add(q *ResidentPoint) {
	p.Bytes += q.Bytes
	p.Blocks += q.Blocks
	p.Rounding += q.Rounding
	p.PinningBlocks += q.PinningBlocks
	p.PinningBytes += q.PinningBytes
	p.PinnedPages += q.PinnedPages
	p.PinnedBytes += q.PinnedBytes
}
