package heaptrack

import (
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// microseconds is how many there are in a unit of heaptrack's time.
const microseconds = 1000

// profile returns the profile of what was read.
func (r *reader) profile() (*profile.Profile, error) {
	p := &profile.Profile{
		Maker: "heaptrack", Mode: "heap", Verb: "Allocated",
		Columns:  profile.Maxima | profile.Peak | profile.End | profile.Temporary,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Command:  strings.ToValidUTF8(strings.Join(r.command, "\n"), "\uFFFD"),
		PeakTime: r.account.peakTime * microseconds, EndTime: r.time * microseconds,
		Frames: []profile.Frame{profile.Root},
	}
	for _, reading := range r.timeline.readings(profile.Reading{Time: r.time, Bytes: r.account.bytes, Blocks: r.account.blocks, RSS: r.rss}) {
		reading.Time *= microseconds
		p.Timeline = append(p.Timeline, reading)
	}
	b := builder{reader: r, p: p, frames: make([]frameRange, len(r.places)), modules: make(map[uint32]*profile.Module)}
	if err := b.points(); err != nil {
		return nil, err
	}
	return p, nil
}

// builder makes points and frames.
type builder struct {
	*reader
	p       *profile.Profile
	frames  []frameRange // of each place
	modules map[uint32]*profile.Module
	arena   profile.StackArena
	kept    int // indices of frames in all stacks
}

// frameRange is where in the profile's frames those of a place are, innermost first; none as long as count is 0.
type frameRange struct{ first, count uint32 }

// points adds a point for each stack that has allocated.
func (b *builder) points() error {
	n := b.account.costs.Len()
	b.kinds = profile.Pieces[kind]{} // room for points
	b.p.Points = make([]profile.Point, 0, n)
	var frames []uint32
	return b.account.costs.Drain(func(c *cost) error {
		b.account.settle(c)
		frames = b.stack(frames[:0], c.stack)
		// A stack costs the file a few bytes where it shares its callers with others, so that a damaged one could
		// fill the memory.
		const each, most = 256, 1 << 22
		if b.kept += len(frames); b.kept > most && b.kept > each*n {
			return profile.Formatf("is damaged: its stacks have more than %d frames on average", each)
		}
		b.p.Points = append(b.p.Points, profile.Point{
			TotalBytes:  c.totalBytes,
			TotalBlocks: c.totalBlocks,
			PeakBytes:   c.peakBytes,
			PeakBlocks:  c.peakBlocks,
			EndBytes:    c.bytes,
			EndBlocks:   c.blocks,
			Stack:       b.arena.Add(frames),
		}.With(profile.Rest{
			MaxBytes:        c.maxBytes,
			MaxBlocks:       c.maxBlocks,
			TemporaryBlocks: c.temporary,
		}))
		return nil
	})
}

// stack appends the frames of a stack, innermost first, to frames.
func (b *builder) stack(frames []uint32, number uint32) []uint32 {
	for number != 0 {
		s := b.stacks.At(number - 1)
		at := b.place(s.place)
		for i := range at.count {
			frames = append(frames, at.first+i)
		}
		if number = s.caller; len(frames) >= profile.MaxDepth && number != 0 {
			return append(frames, b.truncated())
		}
	}
	return frames
}

// truncated returns the index of the frame that stands for callers that were left out.
func (b *builder) truncated() uint32 {
	marker := profile.Marker("[truncated]")
	if i := slices.Index(b.p.Frames, marker); i >= 0 {
		return uint32(i)
	}
	b.p.Frames = append(b.p.Frames, marker)
	return uint32(len(b.p.Frames) - 1)
}

// place returns the frames of a place.
func (b *builder) place(number uint32) frameRange {
	at := &b.frames[number]
	if at.count != 0 {
		return *at
	}
	p := &b.places[number]
	*at = frameRange{uint32(len(b.p.Frames)), p.count + 1}
	b.frame(p, p.innermost, p.count > 0)
	for i := range p.count {
		b.frame(p, b.inlined[p.first+i], i+1 < p.count)
	}
	return *at
}

// frame adds the frame of a function at a place.
func (b *builder) frame(p *place, f function, inlined bool) {
	b.p.Frames = append(b.p.Frames, profile.Frame{
		Addr: p.address, Function: b.string(f.name), File: b.string(f.file), Line: int(f.line),
		Module: b.module(p.module), Inlined: inlined,
	})
}

// string returns the string with an index; 0 is none.
func (b *builder) string(index uint32) string {
	if index == 0 {
		return ""
	}
	return b.strings[index-1]
}

// module returns the module whose path is the string with an index.
func (b *builder) module(index uint32) *profile.Module {
	if b.string(index) == "" {
		return nil
	}
	m := b.modules[index]
	if m == nil {
		m = &profile.Module{Path: b.string(index)}
		b.modules[index] = m
		b.p.Modules = append(b.p.Modules, m)
	}
	return m
}
