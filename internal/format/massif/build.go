package massif

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// profile returns the profile of what was read.
func (r *reader) profile() (*profile.Profile, error) {
	p := &profile.Profile{
		Maker: "massif", Mode: "heap", Verb: "Allocated", Command: r.command,
		Units:  profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks"},
		Frames: r.frames, Modules: r.allPaths,
	}
	if r.desc == "heaptrack" { // heaptrack_print --print-massif
		p.Maker = "heaptrack"
	}
	if r.pages {
		p.Mode, p.Verb = "pages", "Mapped"
	}
	scale := float64(1)
	switch r.unit {
	case "i":
		p.Units.Time, p.Units.MegaTime = "instrs", "Minstr"
	case "ms":
		p.Units.Time, p.Units.MegaTime, scale = "µs", "s", 1e3
	case "s":
		p.Units.Time, p.Units.MegaTime, scale = "µs", "s", 1e6
	case "B":
		p.Units.Time, p.Units.MegaTime = "bytes allocated and freed", ""
	default:
		return nil, profile.Formatf("has no known unit of time, but %q", r.unit)
	}
	for i := range r.reads {
		s := &r.reads[i]
		t, ok := parseTime(s.time, scale)
		if !ok {
			return nil, profile.Formatf("is damaged: the snapshot at line %d has no time", s.line)
		}
		p.EndTime = max(p.EndTime, t)
		if !r.xtree {
			p.Timeline = append(p.Timeline, profile.Reading{Time: p.EndTime, Bytes: s.bytes})
		}
	}
	if err := r.columns(p); err != nil {
		return nil, err
	}
	r.points(p)
	return p, nil
}

// parseTime parses a time of a snapshot, in scale of the profile's units.
func parseTime(s string, scale float64) (t uint64, ok bool) {
	const most = 1 << 60
	if n, err := strconv.ParseUint(s, 10, 64); err == nil && scale == 1 {
		return n, true
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if f = math.Round(f * scale); err != nil || !(f >= 0 && f < most) {
		return 0, false
	}
	return uint64(f), true
}

// columns tells which columns the profile has, and when its peak was.
func (r *reader) columns(p *profile.Profile) error {
	of := &r.tree.of
	if r.xtree {
		p.Maker = "valgrind"
		if of[endBytes] == 0 {
			return profile.Formatf("has no tree of what was allocated (curB): valgrind's tools write such a one with --xtree-memory=full and a file name that ends in .ms")
		}
		p.Columns = profile.End
		if of[totalBytes] == 0 || of[totalBlocks] == 0 {
			p.Columns |= profile.NoTotals
		}
		if of[endBlocks] == 0 {
			p.Columns |= profile.NoBlocks
		}
		return nil
	}
	p.Columns = profile.Peak | profile.NoTotals | profile.NoBlocks
	trees, most := uint32(0), uint64(0)
	for i := range r.reads {
		s := &r.reads[i]
		most = max(most, s.bytes)
		if !s.hasTree {
			continue
		}
		if trees++; trees == of[peak] {
			p.PeakTime = p.Timeline[i].Time
		}
	}
	if of[peak] == 0 && most > 0 {
		return profile.Formatf("has no snapshot with a tree, so that nothing tells where its bytes are from")
	}
	if final := &r.reads[len(r.reads)-1]; final.hasTree || final.bytes == 0 {
		p.Columns |= profile.End
		if !final.hasTree {
			of[last] = 0 // nothing lived
		}
	}
	return nil
}

// points adds a point for each stack that has something.
func (r *reader) points(p *profile.Profile) {
	t := &r.tree
	var stacks profile.StackArena
	var frames []uint32
	t.nodeOf = nil // room for points
	count := 0     // so that they need not be moved as they become more
	for i := range t.nodes.Len() {
		if pt := r.point(p, t.nodes.At(uint32(i))); pt.HasAny() {
			count++
		}
	}
	p.Points = make([]profile.Point, 0, count)
	for i := range t.nodes.Len() {
		n := t.nodes.At(uint32(i))
		pt := r.point(p, n)
		if !pt.HasAny() {
			continue
		}
		frames = frames[:0]
		for s := n.step; s.frame != 0; s = t.nodes.At(s.inner - 1).step {
			frames = append(frames, s.frame)
			if s.inner == 0 {
				break
			}
		}
		slices.Reverse(frames)
		pt.Stack = stacks.Add(frames)
		p.Points = append(p.Points, pt)
	}
	p.InferInlined()
}

// point returns what a node of the tree has, without its stack.
func (r *reader) point(p *profile.Profile, n *node) (pt profile.Point) {
	t := &r.tree
	if !r.xtree {
		pt.PeakBytes = t.value(n, peak)
		if p.Columns.Has(profile.End) {
			pt.EndBytes = t.value(n, last)
		}
		return pt
	}
	pt.EndBytes, pt.EndBlocks = t.value(n, endBytes), t.value(n, endBlocks)
	if !p.Columns.Has(profile.NoTotals) {
		pt.TotalBytes, pt.TotalBlocks = t.value(n, totalBytes), t.value(n, totalBlocks)
	}
	return pt
}
