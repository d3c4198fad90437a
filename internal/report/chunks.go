package report

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
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

// chunks is what a row is recognised as.
type chunks struct {
	noun        string // "arena" or "pool"
	blocks      uint64
	least, most uint64 // sizes in bytes
	growth      growth
	mostly      bool // the row has other blocks too, in few bytes
}

// growth says how the sizes of chunks follow each other.
type growth string

const (
	constant growth = "constant"
	doubling growth = "doubling"
	growing  growth = "growing"
	mixed    growth = "mixed" // of several arenas or pools
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

// sizes are those of the point's blocks, nil if they are not known or too small.
func (p chunkPoint) sizes() []profile.SizeRun {
	switch {
	case p.TotalBytes < leastChunk*p.TotalBlocks:
		return nil
	case len(p.Chunks) == 0 && p.TotalBlocks == 1 && p.Reallocs == 0:
		return []profile.SizeRun{{Size: p.TotalBytes, Blocks: 1}}
	}
	return p.Chunks
}

// recognise decides by the rules above about points that together may be one arena
// or pool. It returns nil for what is none.
func recognise(points []chunkPoint) *chunks {
	const (
		leastPage     = 1 << 10 // of a chunk that is like all others
		leastRepeated = 4
	)
	var blocks, peak, end uint64
	of := map[uint64]uint64{} // how many blocks of each size
	ascending := true         // within each point, none is smaller than the one before
	noun := points[0].noun
	for _, p := range points {
		blocks += p.TotalBlocks
		peak += p.PeakBlocks
		end += p.EndBlocks
		runs := p.sizes()
		for i, r := range runs {
			of[r.Size] += r.Blocks
			ascending = ascending && (i == 0 || r.Size >= runs[i-1].Size)
		}
		if p.noun == "" || noun == "arena" {
			noun = p.noun // where one has no name, all have none; a pool may have arenas
		}
	}
	if len(points) > 1 && peak != blocks && end != blocks {
		return nil // not all live at once
	}
	sizes := slices.Sorted(maps.Keys(of))
	c := &chunks{noun: noun, blocks: blocks, least: sizes[0], most: sizes[len(sizes)-1]}
	if c.least < leastChunk {
		return nil
	}
	counts := make([]uint64, len(sizes))
	for i, s := range sizes {
		counts[i] = of[s]
	}
	if c.growth = grow(sizes); c.growth != "" && ascending && fewer(counts) {
		if c.noun == "" {
			c.noun = "arena"
		}
		return c
	}
	if c.noun == "" || c.least < leastPage || slices.Min(counts) < leastRepeated {
		return nil
	}
	c.growth = constant
	return c
}

// grow says how the sizes, ascending, follow each other: "" if not by one factor.
// Every chunk lacks what the arena or the allocator needs of it, so that the small
// ones grow by more.
func grow(sizes []uint64) growth {
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
		return doubling
	case len(sizes) >= leastGrown && lowest >= 1.4 && highest <= 3 && highest <= lowest*tolerance:
		return growing
	}
	return ""
}

// fewer says whether there are ever fewer blocks, or as many, but for the last.
func fewer(counts []uint64) bool {
	return slices.IsSortedFunc(counts[:len(counts)-1], func(a, b uint64) int { return cmp.Compare(b, a) })
}

// mostlyShare is how much of a row's bytes must be those of points that are
// recognised for the row to be called mostly what they are.
const mostlyShare = 0.9

// addChunks notes a point of the row with its site, an index into the point's frames.
func (r *Row) addChunks(t *FrameTable, pt *profile.Point, site int) {
	if p := (chunkPoint{Point: pt}); len(p.sizes()) > 0 {
		p.noun = t.chunkNoun(pt.Frames[:site+1])
		r.candidates = append(r.candidates, p)
	}
}

// findChunks says whether the row's points are an arena or a pool together, or each
// of nearly all of them is one.
func (r *Row) findChunks() {
	points := r.candidates
	r.candidates = nil
	if len(points) == 0 {
		return
	}
	if len(points) == r.Sums[0].Points() {
		if r.chunks = recognise(points); r.chunks != nil {
			return
		}
	}
	var all *chunks
	var bytes uint64
	for i, p := range points {
		if len(p.Chunks) == 0 {
			continue
		}
		c := recognise(points[i : i+1])
		switch {
		case c == nil:
			continue
		case all == nil:
			all = c
		case all.noun != c.noun:
			return
		default:
			all.add(c)
		}
		bytes += p.TotalBytes
	}
	whole := r.Sums[0].Get(TotalBytes)
	if all != nil && float64(bytes) >= mostlyShare*float64(whole) {
		all.mostly = bytes < whole
		r.chunks = all
	}
}

// add takes in another arena or pool of the same row.
func (c *chunks) add(o *chunks) {
	c.blocks += o.blocks
	c.least, c.most = min(c.least, o.least), max(c.most, o.most)
	if c.growth != o.growth {
		c.growth = mixed
	}
}

// showsChunks says whether rows are so small a part of a program that they may be
// one arena or pool, and are of one profile.
func (v *View) showsChunks() bool {
	by := v.Options.By
	return !v.diff() && (by == BySite || by == ByFunction || by == ByStack)
}

// chunkNoun returns what the innermost function of the frames that is named for an
// arena or a pool is named for: "arena", "pool", or "" without one.
func (t *FrameTable) chunkNoun(stack []uint32) string {
	for _, f := range stack {
		if noun := t.frames[f].chunks; noun != "" {
			return noun
		}
	}
	return ""
}

// chunkWords are the words in functions' names that tell an arena or a pool.
var chunkWords = map[string]string{
	"arena": "arena", "arenas": "arena", "bump": "arena", "bumpalo": "arena", "obstack": "arena", "monotonic": "arena",
	"pool": "pool", "pools": "pool", "mempool": "pool", "slab": "pool", "slabs": "pool",
}

// chunkFunctions are names without such a word.
var chunkFunctions = map[string]string{
	"Perl_more_bodies": "pool", "Perl_more_sv": "pool", "S_more_sv": "pool", // perl's values and their bodies
	"alloc_page": "pool", // gcc's collector
}

func chunkNoun(function string) string {
	name := names.Qualified(function)
	noun := chunkFunctions[name]
	for word := range words(name) {
		word = strings.ToLower(word)
		if word == "thread" || word == "threads" || word == "worker" {
			return "" // a thread pool is none of memory
		}
		if noun == "" {
			noun = chunkWords[word]
		}
	}
	return noun
}

// words splits a name at what is no letter of ASCII, and before capitals that
// follow small letters.
func words(name string) iter.Seq[string] {
	isUpper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	isLower := func(c byte) bool { return 'a' <= c && c <= 'z' }
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(name); i++ {
			switch {
			case i == len(name) || !isUpper(name[i]) && !isLower(name[i]):
				if i > start && !yield(name[start:i]) {
					return
				}
				start = i + 1
			case i > start && isUpper(name[i]) && isLower(name[i-1]):
				if !yield(name[start:i]) {
					return
				}
				start = i
			}
		}
	}
}

// text says what the row is, in a few words.
func (c *chunks) text(u human.Units) string {
	if c == nil {
		return ""
	}
	noun, unit := c.noun, map[string]string{"arena": "chunk", "pool": "page"}[c.noun]
	if c.mostly {
		noun = "mostly " + noun
	}
	sizes := fmt.Sprintf(" of %s", u.Size(c.least))
	if c.least != c.most {
		sizes = fmt.Sprintf(", %s to %s", u.Size(c.least), u.Size(c.most))
	}
	text := fmt.Sprintf("%s: %s%s", noun, human.Counted(c.blocks, unit), sizes)
	if c.growth == doubling || c.growth == growing {
		text += ", " + string(c.growth)
	}
	return text
}
