package jemalloc

import (
	"bytes"
	"io"
	"math"

	"heapprof/internal/format/addresses"
	"heapprof/internal/format/lines"
	"heapprof/internal/profile"
)

// Detect reports whether a file that begins with head is of the format.
func Detect(head []byte) bool { return bytes.HasPrefix(head, []byte("heap_v2/")) }

// Read reads a dump. The profile is normalized. What is wrong with the content is a
// *profile.FormatError; any other error is that of r.
func Read(r io.Reader) (*profile.Profile, error) {
	rd := &reader{lines: lines.NewReader(r), p: &profile.Profile{
		Maker: "jemalloc", RunsOn: true, Mode: "heap", Verb: "Allocated", Columns: profile.End,
		Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s", HasByUnits: true},
	}}
	if err := rd.lines.Each(rd.line); err != nil {
		return nil, err
	}
	return rd.finish()
}

// reader is what was read so far.
type reader struct {
	lines  *lines.Reader
	p      *profile.Profile
	table  addresses.Table
	stack  profile.Stack // whose numbers are awaited
	part   part
	whole  addresses.Counts // of the header
	sum    addresses.Counts // of all stacks, as they are in the file
	scaled addresses.Counts // of all points

	live, all profile.Scaler
}

// part is which part of the file the next line is of.
type part uint8

const (
	first    part = iota // the line with the rate
	header               // all threads' numbers, and each one's
	stacks               // after a stack's numbers
	awaiting             // after a stack's addresses
	mappings
)

// line takes a line.
func (r *reader) line(text []byte) error {
	switch {
	case r.part == first:
		return r.rate(text)
	case r.part == mappings:
		if len(bytes.TrimSpace(text)) > 0 && !r.table.Mapping(text) && !r.lines.Cut {
			return r.lines.Damaged("is no line of /proc/PID/maps")
		}
		return nil
	case len(bytes.TrimSpace(text)) == 0:
		return nil
	case bytes.HasPrefix(text, []byte("MAPPED_LIBRARIES:")):
		if r.part == awaiting {
			return r.lines.Damaged("comes before the numbers of the stack above it")
		}
		r.part = mappings
		return nil
	case text[0] == '@':
		if r.part == awaiting {
			return r.lines.Damaged("is a second stack where the first's numbers were to be")
		}
		var ok bool
		if r.stack, ok = r.table.Stack(text[1:]); !ok {
			return r.lines.Damaged("is no stack of addresses")
		}
		r.part = awaiting
		return nil
	}
	return r.numbers(bytes.TrimLeft(text, " \t"))
}

// rate takes the first line.
func (r *reader) rate(text []byte) error {
	rate, rest, ok := addresses.Decimal(bytes.TrimPrefix(text, []byte("heap_v2/")))
	if !ok || len(bytes.TrimSpace(rest)) > 0 || !Detect(text) {
		return profile.Formatf("is no heap dump of jemalloc: it does not begin with heap_v2/ and the rate of samples")
	}
	if rate > 1 {
		r.p.Sampling.MeanBytes = rate
		r.live.Sampling, r.all.Sampling = r.p.Sampling, r.p.Sampling
	}
	r.part = header
	return nil
}

// numbers takes a line of numbers: those of all threads count.
func (r *reader) numbers(text []byte) error {
	of, text, ok := bytes.Cut(text, []byte(":"))
	if !ok || len(of) < 2 || of[0] != 't' {
		return r.lines.Damaged("is neither a stack nor the numbers of one")
	}
	if of[1] != '*' {
		return nil // of one thread
	}
	c, _, ok := addresses.ParseCounts(text)
	if !ok {
		return r.lines.Damaged("has not the form t*: BLOCKS: BYTES [BLOCKS: BYTES]")
	}
	switch r.part {
	case header:
		r.whole, r.part = c, stacks
		return nil
	case awaiting:
		r.part = stacks
		return r.point(c)
	}
	return r.lines.Damaged("has numbers of no stack")
}

// point adds the stack above a line with its numbers.
func (r *reader) point(c addresses.Counts) error {
	pt := profile.Point{Stack: r.stack}
	var samples profile.Samples
	pt.TotalBlocks, pt.TotalBytes, samples.Total = r.all.Scale(c.AllBlocks, c.AllBytes)
	mostBlocks, mostBytes := uint64(math.MaxUint64), uint64(math.MaxUint64)
	if c.AllBlocks >= c.LiveBlocks && c.AllBytes >= c.LiveBytes { // else they were not counted
		mostBlocks, mostBytes = pt.TotalBlocks, pt.TotalBytes
	}
	pt.EndBlocks, pt.EndBytes, samples.End = r.live.ScaleBelow(c.LiveBlocks, c.LiveBytes, mostBlocks, mostBytes)
	if !r.p.Sampling.IsExact() {
		pt.Samples = &samples
	}
	if !r.sum.Add(c) || !r.scaled.Add(addresses.Counts{LiveBlocks: pt.EndBlocks, LiveBytes: pt.EndBytes, AllBlocks: pt.TotalBlocks, AllBytes: pt.TotalBytes}) {
		return r.lines.Damaged("brings the sum of all stacks above 2^64-1")
	}
	r.p.Points = append(r.p.Points, pt)
	return nil
}

// finish makes the profile of what was read.
func (r *reader) finish() (*profile.Profile, error) {
	switch {
	case r.part == first:
		return nil, profile.Formatf("is empty")
	case r.part == awaiting, r.part == header, r.part != mappings && r.isShort():
		return nil, profile.Formatf("is truncated: it ends in line %d, before the list of libraries", r.lines.Number)
	}
	// With opt.prof_accum off all totals are 0.
	if r.whole.AllBlocks == 0 && r.sum.AllBlocks == 0 {
		r.p.Columns |= profile.NoTotals
	}
	r.table.Finish(r.p)
	r.p.Command = r.table.Program()
	r.p.Normalize()
	return r.p, nil
}

// isShort reports whether the stacks have less than the header says. What is sampled adds up in dumps of jemalloc
// before 5.3, and what it stands for in later ones, but for what was rounded in each stack.
func (r *reader) isShort() bool {
	if r.lines.Cut {
		return true
	}
	if r.sum.LiveBlocks == r.whole.LiveBlocks && r.sum.AllBlocks == r.whole.AllBlocks {
		return false
	}
	_, live, _ := r.live.Scale(r.whole.LiveBlocks, r.whole.LiveBytes)
	_, all, _ := r.all.Scale(r.whole.AllBlocks, r.whole.AllBytes)
	return r.scaled.LiveBytes < live-live/100 || r.scaled.AllBytes < all-all/100
}
