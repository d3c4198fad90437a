package gperftools

import (
	"bytes"
	"io"

	"heapprof/internal/format/addresses"
	"heapprof/internal/format/lines"
	"heapprof/internal/profile"
)

// ModeGrowth is the mode of a profile of how the heap grew.
const ModeGrowth = "growth"

var head = []byte("heap profile:")

// Detect reports whether a file that begins with text is of the format.
func Detect(text []byte) bool { return bytes.HasPrefix(text, head) }

// Read reads a profile. It is normalized. What is wrong with the content is a
// *profile.FormatError; any other error is that of r.
func Read(r io.Reader) (*profile.Profile, error) {
	rd := &reader{lines: lines.NewReader(r), named: map[string]uint32{}, p: &profile.Profile{
		Maker: "gperftools", RunsOn: true, Mode: "heap", Verb: "Allocated", Columns: profile.End,
		Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s", HasByUnits: true},
	}}
	if err := rd.lines.Each(rd.line); err != nil {
		return nil, err
	}
	return rd.finish()
}

// reader is what was read so far.
type reader struct {
	lines      *lines.Reader
	p          *profile.Profile
	table      addresses.Table
	mapped     bool              // the mappings have begun
	stack      []uint32          // of the names that stand below the last point
	named      map[string]uint32 // the frame that a line names
	attributes []attribute

	live, all   profile.Scaler
	whole       addresses.Counts // of the first line
	sum, scaled addresses.Counts // of all stacks, as they are in the file and of all points
}

// line takes a line.
func (r *reader) line(text []byte) error {
	switch {
	case r.lines.Number == 1:
		return r.first(text)
	case bytes.HasPrefix(text, []byte("#\t0x")):
		r.name(text[len("#\t0x"):])
		return nil
	case len(bytes.TrimSpace(text)) == 0, bytes.HasPrefix(text, []byte("#")):
		return nil
	case r.mapped:
		return r.mapping(bytes.TrimSpace(text))
	case bytes.HasPrefix(text, []byte("MAPPED_LIBRARIES:")), bytes.HasPrefix(text, []byte("--- Memory map:")):
		r.mapped = true
		return nil
	}
	c, rest, ok := addresses.ParseCounts(text)
	rest, at := bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte("@"))
	if !ok || !at {
		return r.lines.Damaged("has not the form BLOCKS: BYTES [BLOCKS: BYTES] @ ADDRESSES")
	}
	stack, ok := r.table.Stack(rest)
	if !ok {
		return r.lines.Damaged("has no stack of addresses")
	}
	return r.point(stack, c)
}

// first takes the first line, which tells what the numbers are.
func (r *reader) first(text []byte) error {
	text, is := bytes.CutPrefix(text, head)
	c, rest, ok := addresses.ParseCounts(text)
	kind, at := bytes.CutPrefix(bytes.TrimSpace(rest), []byte("@"))
	if !is || !ok {
		return profile.Formatf("is no heap profile of gperftools: it does not begin with heap profile: BLOCKS: BYTES [BLOCKS: BYTES] @ KIND")
	}
	r.whole = c
	name, period, hasPeriod := bytes.Cut(bytes.TrimSpace(kind), []byte("/"))
	rate, _, isRate := addresses.Decimal(period)
	if hasPeriod && !isRate {
		return r.lines.Damaged("has no rate of samples behind the /")
	}
	switch string(name) {
	case "heapprofile":
		return nil
	case "growthz", "growth":
		r.p.Mode, r.p.Verb, r.p.Columns = ModeGrowth, "Grown", 0
		return nil
	case "heap_v2", "heapz_v2":
	case "heap", "":
		if !at {
			return r.lines.Damaged("does not say what its numbers are, behind an @")
		}
		rate /= 2
	default:
		return profile.Formatf("is a profile of gperftools of the kind %q, which is none of a heap; google-pprof shows it", name)
	}
	// Where no rate is told, pprof takes that which tcmalloc once had.
	const once = 128 << 10
	if !hasPeriod {
		rate = once
	}
	if rate > 1 {
		r.p.Sampling.MeanBytes = rate
		r.live.Sampling, r.all.Sampling = r.p.Sampling, r.p.Sampling
	}
	if c.AllBlocks == c.LiveBlocks && c.AllBytes == c.LiveBytes || c.AllBlocks == 0 {
		r.p.Columns |= profile.NoTotals
	}
	return nil
}

// point adds a stack with its numbers.
func (r *reader) point(stack profile.Stack, c addresses.Counts) error {
	r.takeNames()
	pt := profile.Point{Stack: stack}
	var samples profile.Samples
	if r.p.Mode == ModeGrowth {
		// What the kernel gave is not taken back.
		pt.TotalBlocks, pt.TotalBytes = c.LiveBlocks, c.LiveBytes
	} else {
		pt.EndBlocks, pt.EndBytes, samples.End = r.live.Scale(c.LiveBlocks, c.LiveBytes)
		if r.p.Columns&profile.NoTotals == 0 {
			pt.TotalBlocks, pt.TotalBytes, samples.Total = r.all.Scale(c.AllBlocks, c.AllBytes)
		}
	}
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
	if r.lines.Number == 0 {
		return nil, profile.Formatf("is empty")
	}
	// What Go's run-time system writes ends without the mappings.
	if !r.mapped && r.sum.LiveBlocks < r.whole.LiveBlocks {
		return nil, profile.Formatf("is truncated: it ends in line %d, and has %d of %d blocks", r.lines.Number, r.sum.LiveBlocks, r.whole.LiveBlocks)
	}
	r.takeNames()
	r.table.Finish(r.p)
	r.p.InferInlined()
	r.p.Command = r.table.Program()
	r.p.Normalize()
	return r.p, nil
}
