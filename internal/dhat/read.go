package dhat

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"heapprof/internal/profile"
)

// Read reads a profile of valgrind's (heap, copy, ad-hoc), of dhat-rs (rust-heap,
// rust-ad-hoc) or of heapprof. The input is parsed as it streams in: memory grows with the
// points and frames found, not with the bytes of the input.
//
// It is checked that each column of the points adds up to no more than 64 bits.
//
// Keys that the format does not know are skipped, and so are the access histograms (acc).
// Points stay as they are and in their order. There may be several of the same stack, which
// DHAT's viewer would refuse: their sums are right, and Normalize merges them.
//
// The error is a *profile.FormatError where the content is wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	rd := reader{s: newScanner(r), p: new(profile.Profile), maxFrameAt: -1}
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
	p *profile.Profile

	topKeys uint32 // the keys of the file that were read, a bit for each of topKeys
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

	textModules []string     // for each frame the path of the module that its text names; "" for none
	private     *privateKeys // the value of heapprof's own key; nil as long as it was not read

	scratch []uint32 // the stack being read
	stacks  profile.StackArena
	texts   textArena
}

// where returns the place in the file that is being read, as the beginning of an error.
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
		s.fail(profile.Formatf("is empty"))
		return
	case s.pos < s.end:
		s.fail(notProfile("it begins with %s, not with an object", describe(c)))
		return
	default:
		s.unexpected("a DHAT profile")
		return
	}
	p.Units = profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks"}
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
	if r.topKeys&(1<<bit) != 0 {
		s.damaged("the key appears twice")
		return
	}
	r.topKeys |= 1 << bit
	switch r.key {
	case "dhatFileVersion":
		if v := s.uint(); v != supportedVersion && s.err == nil {
			s.fail(profile.Formatf("is of DHAT version %d; only version %d can be read", v, supportedVersion))
		}
	case "mode":
		p.Mode = s.string()
	case "verb":
		p.Verb = s.string()
	case "bklt":
		r.columns(profile.Lives, s.bool())
	case "bkacc":
		r.columns(profile.Accesses, s.bool())
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
		r.readPrivate()
	}
}

// columns notes whether the file has the columns of a set.
func (r *reader) columns(set profile.Columns, has bool) {
	if has {
		r.p.Columns |= set
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
	var full [][]profile.Point
	chunk := make([]profile.Point, 0, chunkSize)
	for s.more(']', r.point) {
		if len(chunk) == cap(chunk) {
			full = append(full, chunk)
			chunk = make([]profile.Point, 0, chunkSize)
		}
		chunk = append(chunk, profile.Point{})
		r.readPoint(&chunk[len(chunk)-1])
		r.point++
	}
	if s.err == nil {
		r.p.Points = slices.Concat(append(full, chunk)...)
	}
}

// readPoint reads the point with the number r.point into p, which must be zero.
func (r *reader) readPoint(p *profile.Point) {
	s := r.s
	r.inPoint, r.key = true, ""
	if !s.open('{') {
		return
	}
	var seen uint32
	var rest profile.Rest
	for n := 0; s.more('}', n); n++ {
		c := columnOf(s.key())
		if c == noColumn {
			s.skip()
			continue
		}
		r.key = columnKeys[c]
		if seen&(1<<c) != 0 {
			s.damaged("the key appears twice")
			return
		}
		seen |= 1 << c
		switch c {
		case colFrames:
			p.Stack = r.stack()
		case colChunks:
			rest.Chunks = r.chunks()
		case colTotalSamples, colPeakSamples, colEndSamples:
			if p.Samples == nil {
				p.Samples = new(profile.Samples)
			}
			*c.samples(p.Samples) = r.samples()
		case colExtra:
			rest.Extra = r.extra()
		default:
			v := s.uint()
			r.anyBits |= v
			*c.field(p, &rest) = v
		}
	}
	p.SetRest(rest)
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
func (r *reader) stack() profile.Stack {
	s := r.s
	if !s.open('[') {
		return profile.Stack{}
	}
	r.scratch = s.indices(r.scratch[:0])
	for _, f := range r.scratch {
		if f > r.maxFrame || r.maxFrameAt < 0 {
			r.maxFrame, r.maxFrameAt = f, r.point
		}
	}
	return r.stacks.Add(r.scratch)
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
		f, module := ParseFrame(r.texts.add(s.bytes()))
		r.p.Frames, r.textModules = append(r.p.Frames, f), append(r.textModules, module)
	}
}

// check checks what only the whole file can tell.
func (r *reader) check() {
	p := r.p
	if r.topKeys&1 == 0 {
		r.s.fail(notProfile("it has no %q", topKeys[0]))
		return
	}
	mandatory := topKeys[:mandatoryKeys]
	if p.Columns.Has(profile.Lives) {
		mandatory = topKeys[:lifetimeKeys]
	}
	for i, key := range mandatory {
		if r.topKeys&(1<<i) == 0 {
			r.s.fail(profile.Formatf("is not a whole DHAT profile: it has no %q", key))
			return
		}
	}
	if r.lacks() {
		return
	}
	if r.maxFrameAt >= 0 && int(r.maxFrame) >= len(p.Frames) {
		r.s.fail(profile.Formatf("is damaged: point %d refers to frame %d, and the frame table ends before %d",
			r.maxFrameAt, r.maxFrame, len(p.Frames)))
		return
	}
	if err := r.applyPrivate(); err != nil {
		r.s.fail(profile.Formatf("is damaged: %v", err))
		return
	}
	if r.lacks() { // of the columns that heapprof's own key names
		return
	}
	if i := slices.IndexFunc(p.Points, func(pt profile.Point) bool { return len(pt.Rest().Extra) != 0 && len(pt.Rest().Extra) != len(p.Extra) }); i >= 0 {
		r.s.fail(profile.Formatf("is damaged: point %d has %d numbers under %q, and there are %d in %q", i, len(p.Points[i].Rest().Extra), columnKeys[colExtra], len(p.Extra), "extra"))
		return
	}
	// Any sum of n numbers of b bits has at most b + len(n) bits, so that a
	// second pass is for odd files only.
	if bits.Len64(r.anyBits)+bits.Len(uint(len(p.Points))) > 64 {
		r.checkSums()
	}
}

// lacks reports whether a point lacks a key of one of the profile's columns, and notes the error.
func (r *reader) lacks() bool {
	for c := range numColumns {
		if r.lacking&(1<<c) != 0 && c.isIn(r.p.Columns) && c < colTemporary {
			r.s.fail(profile.Formatf("is not a whole DHAT profile: point %d has no %q", r.firstLack[c], columnKeys[c]))
			return true
		}
	}
	return false
}

// checkSums checks that each column of the points adds up to no more than 64 bits, so that
// no reader of the profile has to.
func (r *reader) checkSums() {
	if column := overflow(r.p.Points); column != "" {
		r.s.fail(profile.Formatf("is damaged: the points' %q add up to more than 2^64-1", column))
	}
}

// overflow returns the name of a column whose sum over the points exceeds 64 bits, or "".
func overflow(points []profile.Point) string {
	for c := range numColumns {
		if c.isList() {
			continue
		}
		var sum, carry uint64
		for i := range points {
			rest := points[i].Rest()
			if sum, carry = bits.Add64(sum, *c.field(&points[i], &rest), 0); carry != 0 {
				return columnKeys[c]
			}
		}
	}
	return ""
}

// Detect reports whether a file that begins with head may be of the format: whether it is a
// JSON object.
func Detect(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{"))
}
