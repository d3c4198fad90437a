package dhat

import (
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// Read reads one profile, whoever wrote it: valgrind (heap, copy, ad-hoc),
// dhat-rs (rust-heap, rust-ad-hoc) or heapprof. Gzip and zstd are recognised
// by content. The input is parsed as it streams in: memory grows with the
// points and frames found, not with the bytes of the input.
//
// The points' columns are known to add up without overflow.
//
// Keys that the format does not know are read over, and so are the access
// histograms (acc). Points stay as they are and in their order, also two of
// the same frames, which DHAT's viewer would refuse: their sums are right, and
// Normalize merges them.
//
// An error about the content is a *FormatError; any other is the reader's own.
func Read(r io.Reader) (*Profile, error) {
	plain, err := decompress(r)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	rd := reader{s: newScanner(plain), p: new(Profile), maxFrameAt: -1}
	rd.s.where = rd.where
	rd.profile()
	if rd.s.err != nil {
		return nil, rd.s.err
	}
	return rd.p, nil
}

// reader fills a Profile from a scanner.
type reader struct {
	s *scanner
	p *Profile

	seen    uint32 // top-level keys met so far, a bit each
	key     string // the key whose value is being read
	inPoint bool   // key is one of the point number point
	point   int

	// The first point, if any, that lacks a key, and the highest frame index
	// met: whether either is an error depends on keys that may come later.
	lacking    uint32
	firstLack  [numColumns]int
	maxFrame   uint32
	maxFrameAt int    // the point it was met in; -1 before any
	anyBits    uint64 // the columns of all points, or'ed: how large they can be

	scratch []uint32 // the stack being read
	stacks  stackArena
	texts   textArena
}

func (r *reader) where() string {
	switch {
	case r.inPoint && r.key == "":
		return fmt.Sprintf("point %d: ", r.point)
	case r.key == "":
		return ""
	case r.inPoint:
		return fmt.Sprintf("%q of point %d: ", r.key, r.point)
	}
	return fmt.Sprintf("%q: ", r.key)
}

// topKeys are the keys of the file. The first mandatoryKeys must be there and,
// where bklt says so, the first lifetimeKeys.
var topKeys = [...]string{
	"dhatFileVersion", "mode", "verb", "bklt", "bkacc", "tu", "Mtu", "cmd", "pid", "te", "pps", "ftbl",
	"tuth", "tg",
	"bu", "bsu", "bksu", privateKey,
}

const (
	supportedVersion = 2
	mandatoryKeys    = 12
	lifetimeKeys     = 14
)

func (r *reader) profile() {
	s, p := r.s, r.p
	switch c := s.peek(); {
	case c == '{':
		s.pos++
	case s.pos == s.end && s.rerr == io.EOF:
		s.fail(formatErrorf("is empty"))
		return
	case s.pos < s.end:
		s.fail(notProfile("it begins with %s, not with an object", describe(c)))
		return
	default:
		s.unexpected("a DHAT profile")
		return
	}
	p.Units = Units{Unit: "byte", Units: "bytes", Blocks: "blocks"}
	for n := 0; s.more('}', n); n++ {
		r.topLevel(s.key())
		r.key = ""
	}
	if s.err != nil {
		return
	}
	if s.peek() != 0 || s.pos < s.end {
		s.damaged("something follows the profile's end")
		return
	}
	if s.rerr != io.EOF {
		s.fail(s.rerr) // the checksum of a compressed file, for one
		return
	}
	r.check()
}

// topLevel reads the value of one key of the file.
func (r *reader) topLevel(key []byte) {
	s, p := r.s, r.p
	bit := -1
	for i, k := range topKeys {
		if string(key) == k {
			bit = i
		}
	}
	if bit < 0 {
		s.skip()
		return
	}
	r.key = topKeys[bit]
	if r.seen&(1<<bit) != 0 {
		s.damaged("the key appears twice")
		return
	}
	r.seen |= 1 << bit
	switch r.key {
	case "dhatFileVersion":
		if v := s.uint(); v != supportedVersion && s.err == nil {
			s.fail(formatErrorf("is of DHAT version %d; only version %d can be read", v, supportedVersion))
		}
	case "mode":
		p.Mode = s.string()
	case "verb":
		p.Verb = s.string()
	case "bklt":
		p.HasLifetimes = s.bool()
	case "bkacc":
		p.HasAccesses = s.bool()
	case "bu":
		p.Units.Unit, p.Units.HasByUnits = s.string(), true
	case "bsu":
		p.Units.Units, p.Units.HasByUnits = s.string(), true
	case "bksu":
		p.Units.Blocks, p.Units.HasByUnits = s.string(), true
	case "tu":
		p.Units.Time = s.string()
	case "Mtu":
		p.Units.MegaTime = s.string()
	case "tuth":
		p.ShortLived = s.uint()
	case "cmd":
		p.Command = s.string()
	case "pid":
		p.PID = s.int()
	case "te":
		p.EndTime = s.uint()
	case "tg":
		p.PeakTime = s.uint()
	case "pps":
		r.points()
	case "ftbl":
		r.frames()
	case privateKey:
		r.extra()
	}
}

func (r *reader) points() {
	s := r.s
	if !s.open('[') {
		return
	}
	// Collected in chunks and joined at the end: a growing slice would move
	// every point some five times, and leave the garbage behind.
	const chunkSize = 4096
	var full [][]Point
	chunk := make([]Point, 0, chunkSize)
	for s.more(']', r.point) {
		if len(chunk) == cap(chunk) {
			full = append(full, chunk)
			chunk = make([]Point, 0, chunkSize)
		}
		chunk = append(chunk, Point{})
		r.readPoint(&chunk[len(chunk)-1])
		r.point++
	}
	if s.err == nil {
		r.p.Points = slices.Concat(append(full, chunk)...)
	}
}

// readPoint reads the point number r.point into p, which is zero.
func (r *reader) readPoint(p *Point) {
	s := r.s
	r.inPoint, r.key = true, ""
	if !s.open('{') {
		return
	}
	var seen uint32
	for n := 0; s.more('}', n); n++ {
		c := columnOf(s.key())
		if c == noColumn {
			s.skip()
			continue
		}
		r.key = columns[c]
		if seen&(1<<c) != 0 {
			s.damaged("the key appears twice")
			return
		}
		seen |= 1 << c
		switch c {
		case colFrames:
			p.Frames = r.stack()
		case colChunks:
			p.Chunks = r.chunks()
		default:
			v := s.uint()
			r.anyBits |= v
			*p.column(c) = v
		}
	}
	if lacking := allColumns &^ seen &^ r.lacking; lacking != 0 {
		for c := range numColumns {
			if lacking&(1<<c) != 0 {
				r.firstLack[c] = r.point
			}
		}
		r.lacking |= lacking
	}
	r.inPoint, r.key = false, "pps"
}

// stack reads a point's frame indices.
func (r *reader) stack() []uint32 {
	s := r.s
	if !s.open('[') {
		return nil
	}
	r.scratch = s.indices(r.scratch[:0])
	for _, f := range r.scratch {
		if f > r.maxFrame || r.maxFrameAt < 0 {
			r.maxFrame, r.maxFrameAt = f, r.point
		}
	}
	return r.stacks.add(r.scratch)
}

// chunks reads sizes and numbers of blocks in turn.
func (r *reader) chunks() []SizeRun {
	s := r.s
	if !s.open('[') {
		return nil
	}
	var runs []SizeRun
	n := 0
	for ; s.more(']', n); n++ {
		if v := s.uint(); n%2 == 0 {
			runs = append(runs, SizeRun{Size: v})
		} else {
			runs[n/2].Blocks = v
		}
	}
	if n%2 != 0 && s.err == nil {
		s.damaged("a size lacks its number of blocks")
	}
	return runs
}

func (r *reader) frames() {
	s := r.s
	if !s.open('[') {
		return
	}
	for n := 0; s.more(']', n); n++ {
		if s.peek() != '"' {
			s.unexpected("a string")
			return
		}
		r.p.Frames = append(r.p.Frames, r.texts.add(s.bytes()))
	}
}

// check looks at what only the whole file can tell.
func (r *reader) check() {
	p := r.p
	if r.seen&1 == 0 {
		r.s.fail(notProfile("it has no %q", topKeys[0]))
		return
	}
	mandatory := topKeys[:mandatoryKeys]
	if p.HasLifetimes {
		mandatory = topKeys[:lifetimeKeys]
	}
	for i, key := range mandatory {
		if r.seen&(1<<i) == 0 {
			r.s.fail(formatErrorf("is not a whole DHAT profile: it has no %q", key))
			return
		}
	}
	for c := range numColumns {
		if r.lacking&(1<<c) != 0 && p.hasColumn(c) && c < colTemporary {
			r.s.fail(formatErrorf("is not a whole DHAT profile: point %d has no %q", r.firstLack[c], columns[c]))
			return
		}
	}
	if r.maxFrameAt >= 0 && int(r.maxFrame) >= len(p.Frames) {
		r.s.fail(formatErrorf("is damaged: point %d refers to frame %d, and the frame table ends before %d",
			r.maxFrameAt, r.maxFrame, len(p.Frames)))
		return
	}
	if err := p.checkExtra(); err != nil {
		r.s.fail(formatErrorf("is damaged: %v", err))
		return
	}
	// Any sum of n numbers of b bits has at most b + len(n) bits, so that a
	// second pass is for odd files only.
	if bits.Len64(r.anyBits)+bits.Len(uint(len(p.Points))) > 64 {
		r.checkSums()
	}
}

// checkSums makes sure that whoever adds points up need not think of overflow.
func (r *reader) checkSums() {
	if column := r.p.overflow(); column != "" {
		r.s.fail(formatErrorf("is damaged: the points' %q add up to more than 2^64-1", column))
	}
}

// overflow names a column whose sum does not fit into 64 bits, or returns "".
func (p *Profile) overflow() string {
	for c := range numColumns {
		if c.isList() {
			continue
		}
		var sum, carry uint64
		for i := range p.Points {
			if sum, carry = bits.Add64(sum, *p.Points[i].column(c), 0); carry != 0 {
				return columns[c]
			}
		}
	}
	return ""
}
