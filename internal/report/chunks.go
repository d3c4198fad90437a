package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"heapprof/internal/dhat"
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

// blockSizes is what is known of the sizes of a row's blocks.
type blockSizes struct {
	of            map[uint64]uint64 // how many blocks of each size
	unknown       bool              // the size of some block is
	blocks, bytes uint64
	peak, end     uint64 // blocks live then
	points        int
	ascending     bool // within each point, none is smaller than the one before
	noun          string
}

// add takes in a point. noun is what a function on the way to the site is called.
func (b *blockSizes) add(pt *dhat.Point, noun string) {
	b.points++
	b.bytes += pt.TotalBytes
	runs := pt.Chunks
	if len(runs) == 0 && pt.TotalBlocks == 1 && pt.Reallocs == 0 {
		runs = []dhat.SizeRun{{Size: pt.TotalBytes, Blocks: 1}}
	}
	if b.unknown || len(runs) == 0 {
		b.unknown = true
		return
	}
	if b.of == nil {
		b.of, b.ascending, b.noun = map[uint64]uint64{}, true, noun
	}
	b.blocks += pt.TotalBlocks
	b.peak += pt.PeakBlocks
	b.end += pt.EndBlocks
	for i, r := range runs {
		b.of[r.Size] += r.Blocks
		b.ascending = b.ascending && (i == 0 || r.Size >= runs[i-1].Size)
	}
	if noun == "" || b.noun == "arena" {
		b.noun = noun
	}
}

// recognise decides by the rules above. It returns nil for what is no arena or pool.
func (b *blockSizes) recognise() *chunks {
	const (
		leastSize     = 256     // of a chunk: see package heap
		leastPage     = 1 << 10 // of a chunk that is like all others
		leastRepeated = 4
	)
	together := b.points == 1 || b.peak == b.blocks || b.end == b.blocks
	if b.unknown || !together || b.blocks == 0 {
		return nil
	}
	sizes := slices.Sorted(maps.Keys(b.of))
	c := &chunks{noun: b.noun, blocks: b.blocks, least: sizes[0], most: sizes[len(sizes)-1]}
	if c.least < leastSize {
		return nil
	}
	counts := make([]uint64, len(sizes))
	for i, s := range sizes {
		counts[i] = b.of[s]
	}
	if c.growth = grow(sizes); c.growth != "" && b.ascending && fewer(counts) {
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
	return slices.IsSortedFunc(counts[:len(counts)-1], func(a, b uint64) int { return compareOrdered(b, a) })
}

// rowSizes is what is known of a row's blocks, whose points may be one arena or
// pool together, or one each.
type rowSizes struct {
	together blockSizes
	each     []*chunks // what points are recognised as
	bytes    uint64    // of those points
}

// add takes in a point with its site, an index into the point's frames.
func (r *rowSizes) add(t *FrameTable, pt *dhat.Point, site int) {
	noun := t.chunkNoun(pt.Frames[:site+1])
	r.together.add(pt, noun)
	var alone blockSizes
	alone.add(pt, noun)
	if c := alone.recognise(); c != nil {
		r.each = append(r.each, c)
		r.bytes += pt.TotalBytes
	}
}

// mostlyShare is how much of a row's bytes must be those of points that are
// recognised for the row to be called mostly what they are.
const mostlyShare = 0.9

func (r *rowSizes) recognise() *chunks {
	if r == nil {
		return nil
	}
	if c := r.together.recognise(); c != nil {
		return c
	}
	if len(r.each) == 0 || float64(r.bytes) < mostlyShare*float64(r.together.bytes) {
		return nil
	}
	all := *r.each[0]
	for _, c := range r.each[1:] {
		if c.noun != all.noun {
			return nil
		}
		all.blocks += c.blocks
		all.least, all.most = min(all.least, c.least), max(all.most, c.most)
		if c.growth != all.growth {
			all.growth = mixed
		}
	}
	all.mostly = r.bytes < r.together.bytes
	return &all
}

// showsChunks says whether rows are so small a part of a program that they may be
// one arena or pool, and are of one profile.
func (v *View) showsChunks() bool {
	by := v.Options.By
	return !v.diff() && (by == BySite || by == ByFunction || by == ByStack)
}

func (r *Row) addSizes(t *FrameTable, pt *dhat.Point, site int) {
	if r.sizes == nil {
		r.sizes = &rowSizes{}
	}
	r.sizes.add(t, pt, site)
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
	name := qualifiedName(function)
	noun := chunkFunctions[name]
	for _, word := range words(name) {
		if word == "thread" || word == "threads" || word == "worker" {
			return "" // a thread pool is none of memory
		}
		if noun == "" {
			noun = chunkWords[word]
		}
	}
	return noun
}

// words splits a name at what is no letter and before capitals, and returns the
// words in lower case.
func words(name string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		start := 0
		for i := 1; i < len(part); i++ {
			if unicode.IsUpper(rune(part[i])) && unicode.IsLower(rune(part[i-1])) {
				all = append(all, strings.ToLower(part[start:i]))
				start = i
			}
		}
		all = append(all, strings.ToLower(part[start:]))
	}
	return all
}

// text says what the row is, in a few words.
func (c *chunks) text(u Units) string {
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
	text := fmt.Sprintf("%s: %s %ss%s", noun, Count(c.blocks), unit, sizes)
	if c.growth == doubling || c.growth == growing {
		text += ", " + string(c.growth)
	}
	return text
}
