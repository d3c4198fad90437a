package dhat

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"heapprof/internal/profile"
)

// Write writes p in the DHAT v2 format, keys in valgrind's order and one point or frame a
// line. Equal profiles become equal bytes. Check must have found no fault with it.
//
// Text that is longer than Read takes is cut. Bytes that are no UTF-8, which JSON cannot
// hold, become U+FFFD. The error is that of w.
func Write(w io.Writer, p *profile.Profile) error {
	e := encoder{w: w, buf: make([]byte, 0, 2*flushSize), indices: indexTexts(len(p.Frames))}
	e.profile(p)
	e.flush()
	return e.err
}

// badBytes stands for bytes that are no UTF-8.
const badBytes = string(utf8.RuneError)

// flushSize is how much is collected before it is handed on.
const flushSize = 64 << 10

// Check returns the error for a profile that cannot be written in the format; nil if it
// can. DHAT's viewer would refuse one with two points of the same stack, which Normalize
// merges, with an index outside the frame table, or with a table that does not begin with
// "[root]".
func Check(p *profile.Profile) error {
	if len(p.Frames) == 0 || p.Frames[0] != profile.Root {
		return fmt.Errorf("the frame table does not begin with %s", profile.Root.Function)
	}
	var stack []uint32
	for i := range p.Points {
		for _, f := range p.Points[i].Stack.Into(&stack) {
			if int(f) >= len(p.Frames) {
				return fmt.Errorf("point %d refers to frame %d, and the frame table ends before %d", i, f, len(p.Frames))
			}
		}
	}
	if !hasPrivate(p) && p.Columns&profile.Lives != 0 && !p.Columns.Has(profile.Lives) {
		return errors.New("the format has lifetimes, maxima, the peak and the end all together or not at all, but of a tool that it names")
	}
	if !hasPrivate(p) && p.Columns&(profile.NoTotals|profile.NoBlocks) != 0 {
		return errors.New("the format tells only of a tool that it names that it did not count what was allocated in all, or blocks")
	}
	if !hasPrivate(p) && !p.Sampling.IsExact() {
		return errors.New("the format tells of nothing but a recording of a tool that it names that its numbers are estimates")
	}
	if !hasPrivate(p) && p.Columns&profile.Own != 0 {
		return errors.New("the format has the columns of heapprof's recordings only of a tool that it names")
	}
	if !hasPrivate(p) && len(p.Timeline) > 0 {
		return errors.New("the format has a timeline only of a tool that it names")
	}
	if a, b, ok := repeatedStack(p.Points); ok {
		return fmt.Errorf("points %d and %d have the same frames", a, b)
	}
	return errors.Join(checkMappings(p), checkFrees(p), checkFacts(p), checkResident(p), checkSnapshots(p))
}

// repeatedStack returns the indices of two points with the same stack, and reports whether
// there are any.
func repeatedStack(points []profile.Point) (a, b int, found bool) {
	compare := func(a, b int32) int {
		return points[a].Stack.Compare(points[b].Stack)
	}
	order := make([]int32, len(points))
	sorted := true // as Normalize leaves it: no need to sort again
	for i := range order {
		order[i] = int32(i)
		sorted = sorted && (i == 0 || compare(int32(i-1), int32(i)) < 0)
	}
	if sorted {
		return 0, 0, false
	}
	slices.SortStableFunc(order, compare)
	for i := 1; i < len(order); i++ {
		if compare(order[i-1], order[i]) == 0 {
			return int(order[i-1]), int(order[i]), true
		}
	}
	return 0, 0, false
}

// encoder collects the text of a file, and keeps the first error of its writer.
type encoder struct {
	w       io.Writer
	buf     []byte
	err     error
	indices []indexText // of the frame table
	stack   []uint32    // of the point at hand
}

// indexText is an index as it stands in a list, with the comma after it. Most
// of a large file is such indices, the same ones again and again, and to copy
// one takes a fifth of the time that it takes to make it.
type indexText struct {
	text [len("4294967295,")]byte
	len  uint8
}

// indexTexts returns the texts of the indices from 0 to n-1.
func indexTexts(n int) []indexText {
	texts := make([]indexText, n)
	for i := range texts {
		t := &texts[i]
		t.len = uint8(len(append(strconv.AppendUint(t.text[:0], uint64(i), 10), ',')))
	}
	return texts
}

// list writes a list of indices.
func (e *encoder) list(indices []uint32) {
	e.buf = append(e.buf, '[')
	for _, index := range indices {
		t := &e.indices[index]
		end := len(e.buf) + int(t.len)
		e.buf = append(e.buf, t.text[:]...) // of a fixed length: no call
		e.buf = e.buf[:end]
	}
	if len(indices) > 0 {
		e.buf = e.buf[:len(e.buf)-len(",")]
	}
	e.text("]")
}

// uints writes a list of numbers.
func (e *encoder) uints(numbers []uint64) {
	for i, n := range numbers {
		e.text([...]string{"[", ","}[min(i, 1)])
		e.uint(n)
	}
	e.text("]")
}

// runs writes sizes and numbers of blocks in turn.
func (e *encoder) runs(runs []profile.SizeRun) {
	for i, r := range runs {
		e.text([...]string{"[", ","}[min(i, 1)])
		e.uint(r.Size)
		e.text(",")
		e.uint(r.Blocks)
	}
	e.text("]")
}

// samples writes a number of sampled blocks and the variances of what was estimated from
// them, with as many digits as anybody can use.
func (e *encoder) samples(s *profile.Sampled) {
	const digits = 6
	e.text("[")
	e.uint(s.Blocks)
	for _, variance := range [...]float64{s.BytesVariance, s.BlocksVariance} {
		e.text(",")
		e.buf = strconv.AppendFloat(e.buf, variance, 'g', digits, 64)
	}
	e.text("]")
}

func (e *encoder) flush() {
	if e.err == nil && len(e.buf) > 0 {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

func (e *encoder) profile(p *profile.Profile) {
	e.text(`{"dhatFileVersion":`)
	e.uint(supportedVersion)
	e.text("\n")
	e.textField(",", "mode", p.Mode)
	e.textField(",", "verb", p.Verb)
	e.text("\n")
	e.boolField(",", "bklt", p.Columns.Has(profile.Lives))
	e.boolField(",", "bkacc", p.Columns.Has(profile.Accesses))
	e.text("\n")
	if p.Units.HasByUnits {
		e.textField(",", "bu", p.Units.Unit)
		e.textField(",", "bsu", p.Units.Units)
		e.textField(",", "bksu", p.Units.Blocks)
		e.text("\n")
	}
	e.textField(",", "tu", p.Units.Time)
	e.textField(",", "Mtu", p.Units.MegaTime)
	e.text("\n")
	if p.Columns.Has(profile.Lives) {
		e.uintField(",", "tuth", p.ShortLived)
		e.text("\n")
	}
	e.textField(",", "cmd", p.Command)
	e.text("\n")
	e.name(",", "pid")
	e.buf = strconv.AppendInt(e.buf, p.PID, 10)
	e.text("\n")
	e.uintField(",", "te", p.EndTime)
	e.text("\n")
	if p.Columns.Has(profile.Peak) {
		e.uintField(",", "tg", p.PeakTime)
		e.text("\n")
	}
	e.name(",", "pps")
	e.text("\n [")
	for i := range p.Points {
		if i > 0 {
			e.text(" ,")
		}
		e.point(p, &p.Points[i])
	}
	if len(p.Points) == 0 {
		e.text("\n")
	}
	e.text(" ]\n")
	e.name(",", "ftbl")
	e.text("\n [")
	for i := range p.Frames {
		if i > 0 {
			e.text(" ,")
		}
		e.string(FormatFrame(&p.Frames[i]))
		e.text("\n")
	}
	e.text(" ]\n")
	if hasPrivate(p) {
		e.private(p)
	}
	e.text("}\n")
}

// point writes one point as one line. Heapprof's own columns are left out
// where they are 0 or empty.
func (e *encoder) point(p *profile.Profile, pt *profile.Point) {
	separator := "{"
	rest := pt.Rest()
	for c := range numColumns {
		switch {
		case c == colFrames:
			e.name(separator, columnKeys[c])
			e.stack = pt.Stack.AppendTo(e.stack[:0])
			e.list(e.stack)
		case c == colChunks:
			if len(rest.Chunks) == 0 {
				continue
			}
			e.name(separator, columnKeys[c])
			e.runs(rest.Chunks)
		case c == colExtra:
			if len(rest.Extra) == 0 || len(p.Extra) == 0 {
				continue
			}
			e.name(separator, columnKeys[c])
			e.uints(rest.Extra)
		case c >= colTotalSamples:
			if pt.Samples == nil || *c.samples(pt.Samples) == (profile.Sampled{}) {
				continue
			}
			e.name(separator, columnKeys[c])
			e.samples(c.samples(pt.Samples))
		case c >= colTemporary && *c.field(pt, &rest) == 0, !c.isIn(p.Columns):
			continue
		default:
			e.uintField(separator, columnKeys[c], *c.field(pt, &rest))
		}
		separator = ","
	}
	e.text("}\n")
}

func (e *encoder) text(s string) {
	e.buf = append(e.buf, s...)
	if len(e.buf) >= flushSize {
		e.flush()
	}
}

func (e *encoder) uint(n uint64) { e.buf = strconv.AppendUint(e.buf, n, 10) }

// name writes a separator and a key, which is plain ASCII.
func (e *encoder) name(separator, key string) {
	e.text(separator)
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, key...)
	e.buf = append(e.buf, '"', ':')
}

func (e *encoder) uintField(separator, key string, n uint64) {
	e.name(separator, key)
	e.uint(n)
}

func (e *encoder) boolField(separator, key string, b bool) {
	e.name(separator, key)
	e.buf = strconv.AppendBool(e.buf, b)
}

func (e *encoder) textField(separator, key, s string) {
	e.name(separator, key)
	e.string(s)
}

// asLongAsRead returns s, cut to the length that Read takes.
func asLongAsRead(s string) string {
	if len(s) <= maxString/len(badBytes) {
		return s
	}
	s = strings.ToValidUTF8(s, badBytes)
	if len(s) > maxString {
		s = strings.ToValidUTF8(s[:maxString], "")
	}
	return s
}

// string writes s as a JSON string (RFC 8259 section 7). It escapes only what must be
// escaped, and cuts s to the length that Read takes.
func (e *encoder) string(s string) {
	const hex = "0123456789abcdef"
	s = asLongAsRead(s)
	e.buf = append(e.buf, '"')
	plain := 0 // s[plain:i] waits to be copied
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				e.buf = append(e.buf, s[plain:i]...)
				e.buf = utf8.AppendRune(e.buf, utf8.RuneError)
				plain = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		e.buf = append(e.buf, s[plain:i]...)
		switch c {
		case '"', '\\':
			e.buf = append(e.buf, '\\', c)
		case '\n':
			e.buf = append(e.buf, '\\', 'n')
		case '\t':
			e.buf = append(e.buf, '\\', 't')
		default:
			e.buf = append(e.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		plain = i
	}
	e.buf = append(e.buf, s[plain:]...)
	e.buf = append(e.buf, '"')
}
