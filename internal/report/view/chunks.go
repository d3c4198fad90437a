package view

import (
	"cmp"
	"maps"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// Some sites allocate for others to allocate from: an arena takes chunks and a
// pool takes pages, and hands out pieces of them that a profile of the heap does
// not see. To a reader it matters that a site is one: its blocks are not objects,
// and who fills them is to be asked elsewhere.
//
// A row is taken for one by what is exactly known of its blocks. All of them must
// have been live at once, and none resized; so a vector or a hash table that grows
// is none, as it frees each block for the next. And
//
//   - they grow: there are at least four sizes, each about twice the one before, or
//     at least six that grow by another factor from 1.4 on, and fewer blocks (or
//     as many) of a larger size than of a smaller, but for the largest, where
//     growth may end; or
//   - they repeat: at least four blocks of each size, 1 KiB or more, and a function
//     between the allocator and the site that is named for an arena or a pool. The
//     name is needed because a leak of buffers looks just the same.
//
// A miss is better than a false word, so some are missed: arenas that come and go
// at one site (in a thousand requests, say), those that a larger request threw out
// of step, those with chunks below 256 bytes, pools whose pages are not all kept,
// and pools in programs without names. Nothing is said of other tools' profiles,
// where only the sizes of single blocks are known, unless each chunk has a stack
// of its own.

// Chunks is what is known of an arena's chunks or of a pool's pages.
type Chunks struct {
	Noun        string // "arena" or "pool"
	Blocks      uint64
	Least, Most uint64 // sizes in bytes
	Growth      Growth
	Mostly      bool // the row has other blocks too, in few bytes
}

// Growth is how the sizes of chunks follow each other.
type Growth string

// The kinds of growth.
const (
	Constant Growth = "constant"
	Doubling Growth = "doubling"
	Growing  Growth = "growing" // by another factor
	Mixed    Growth = "mixed"   // of several arenas or pools
)

// leastChunk is the least size of a chunk in bytes: smaller ones are not recorded,
// see package heap.
const leastChunk = 256

// chunkPoint is a point whose blocks may be chunks, and what a function on the way
// to its site is named for: "arena", "pool" or "".
type chunkPoint struct {
	*profile.Point
	noun string
}

// sizes returns the sizes of the point's blocks, nil if they are not known or too small for
// chunks.
func (p chunkPoint) sizes() []profile.SizeRun {
	switch {
	case p.TotalBytes < leastChunk*p.TotalBlocks:
		return nil
	case len(p.Rest().Chunks) == 0 && p.TotalBlocks == 1 && p.Rest().Reallocs == 0:
		return []profile.SizeRun{{Size: p.TotalBytes, Blocks: 1}}
	}
	return p.Rest().Chunks
}

// recognise decides by the rules above about points that together may be one arena
// or pool. It returns nil for what is none.
func recognise(points []chunkPoint) *Chunks {
	const (
		leastPage     = 1 << 10 // of a chunk that is like all others
		leastRepeated = 4
	)
	var blocks, peak, end uint64
	ofSize := map[uint64]uint64{} // how many blocks of each size
	ascending := true             // within each point, none is smaller than the one before
	noun := points[0].noun
	for _, p := range points {
		blocks += p.TotalBlocks
		peak += p.PeakBlocks
		end += p.EndBlocks
		runs := p.sizes()
		for i, r := range runs {
			ofSize[r.Size] += r.Blocks
			ascending = ascending && (i == 0 || r.Size >= runs[i-1].Size)
		}
		if p.noun == "" || noun == "arena" {
			noun = p.noun // where one has no name, all have none; a pool may have arenas
		}
	}
	if len(points) > 1 && peak != blocks && end != blocks {
		return nil // not all live at once
	}
	sizes := slices.Sorted(maps.Keys(ofSize))
	c := &Chunks{Noun: noun, Blocks: blocks, Least: sizes[0], Most: sizes[len(sizes)-1]}
	if c.Least < leastChunk {
		return nil
	}
	counts := make([]uint64, len(sizes))
	for i, s := range sizes {
		counts[i] = ofSize[s]
	}
	if c.Growth = grow(sizes); c.Growth != "" && ascending && fewer(counts) {
		if c.Noun == "" {
			c.Noun = "arena"
		}
		return c
	}
	if c.Noun == "" || c.Least < leastPage || slices.Min(counts) < leastRepeated {
		return nil
	}
	c.Growth = Constant
	return c
}

// grow returns how the sizes, ascending, follow each other: "" if not by one factor.
// Every chunk lacks what the arena or the allocator needs of it, so that the small
// ones grow by more.
func grow(sizes []uint64) Growth {
	const (
		leastDoubled, leastGrown = 4, 6
		tolerance                = 1.1
	)
	if len(sizes) < leastDoubled {
		return ""
	}
	lowest, highest := 1e9, 0.0
	for i, s := range sizes[1:] {
		factor := float64(s) / float64(sizes[i])
		lowest, highest = min(lowest, factor), max(highest, factor)
	}
	switch {
	case lowest >= 1.9 && highest <= 2.2:
		return Doubling
	case len(sizes) >= leastGrown && lowest >= 1.4 && highest <= 3 && highest <= lowest*tolerance:
		return Growing
	}
	return ""
}

// fewer reports whether there are ever fewer blocks, or as many, but for the last.
func fewer(counts []uint64) bool {
	return slices.IsSortedFunc(counts[:len(counts)-1], func(a, b uint64) int { return cmp.Compare(b, a) })
}

// mostlyShare is how much of a row's bytes must be those of points that are
// recognised for the row to be called mostly what they are.
const mostlyShare = 0.9

// addCandidate notes a point of the row with its site, an index into the point's frames.
func (r *Row) addCandidate(t *frames.Table, pt *profile.Point, site int) {
	if p := (chunkPoint{Point: pt}); len(p.sizes()) > 0 {
		p.noun = t.ChunkNoun(pt.Stack.Frames()[:site+1])
		r.candidates = append(r.candidates, p)
	}
}

// findChunks finds whether the row's points are an arena or a pool together, or each
// of nearly all of them is one.
func (r *Row) findChunks() {
	points := r.candidates
	r.candidates = nil
	if len(points) == 0 {
		return
	}
	if len(points) == r.Sums.Points() {
		if r.Chunks = recognise(points); r.Chunks != nil {
			return
		}
	}
	var all *Chunks
	var bytes uint64
	for i, p := range points {
		if len(p.Rest().Chunks) == 0 {
			continue
		}
		c := recognise(points[i : i+1])
		switch {
		case c == nil:
			continue
		case all == nil:
			all = c
		case all.Noun != c.Noun:
			return
		default:
			all.add(c)
		}
		bytes += p.TotalBytes
	}
	whole := r.Sums.Get(TotalBytes)
	if all != nil && float64(bytes) >= mostlyShare*float64(whole) {
		all.Mostly = bytes < whole
		r.Chunks = all
	}
}

// add adds another arena or pool of the same row to c.
func (c *Chunks) add(o *Chunks) {
	c.Blocks += o.Blocks
	c.Least, c.Most = min(c.Least, o.Least), max(c.Most, o.Most)
	if c.Growth != o.Growth {
		c.Growth = Mixed
	}
}
