package dhat

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// scanner is a pull parser for JSON over a window of the input: it is asked
// for what the format expects next.
//
// Why not a library: a profile is mostly short integers, and a general decoder
// pays for a token or an interface value each. For a 100 MiB file of 20 million
// tokens (BenchmarkRead's) Read takes 0.45 s of processor time with this
// scanner, everything stored; the tokens alone take go-json-experiment's
// jsontext 0.95 s and encoding/json's Decoder.Token 16 s.
//
// The first error sticks: from then on every method returns a zero value and
// every loop over more ends, so that callers look at err once.
type scanner struct {
	r    io.Reader
	rerr error // what r returned last; io.EOF at the end

	buf      []byte // the window
	pos, end int    // what of it is still to be read
	base     int64  // offset of buf[0] in the input

	text []byte // a string that does not lie in the window as it is
	err  error

	// raw collects the value being skipped, from rawFrom on in the window.
	raw     []byte
	keep    bool
	rawFrom int

	// where names the value being read, for errors.
	where func() string
}

const (
	windowSize = 256 << 10

	// maxString is how many bytes a string may have; the longest C++ names have some 100 KB.
	maxString = 16 << 20

	// maxValue is how many bytes the value of heapprof's own key may have. A profile of a
	// million frames needs some 10 MB.
	maxValue = 256 << 20

	// maxStack is how many frames a point may have. heapprof records 1,024 at most and
	// valgrind 500; dhat-rs has as many as the program.
	maxStack = 64 << 10

	// maxDepth bounds nesting in what is skipped. DHAT itself nests 4 deep.
	maxDepth = 1000
)

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, windowSize), where: func() string { return "" }}
}

// offset returns the offset of the next byte in the input.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

// fail keeps the first error and makes the scanner look exhausted.
func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	s.pos, s.end, s.rerr = 0, 0, io.EOF
	s.keep = false
}

func (s *scanner) damaged(format string, args ...any) {
	s.fail(profile.Formatf("is damaged at byte %d: %s%s", s.offset(), s.where(), fmt.Sprintf(format, args...)))
}

// unexpected reports that the next byte is not what the format wants.
func (s *scanner) unexpected(want string) {
	switch c := s.peek(); {
	case s.err != nil:
	case s.pos < s.end:
		s.damaged("want %s, not %s", want, describe(c))
	case s.rerr == io.EOF:
		s.fail(profile.Formatf("is truncated: it ends at byte %d, where %s was to come", s.offset(), want))
	default:
		s.fail(s.rerr)
	}
}

// describe returns a name for the kind of JSON value that begins with c.
func describe(c byte) string {
	switch {
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '-':
		return "a negative number"
	case '0' <= c && c <= '9':
		return "a number"
	case c == 't', c == 'f':
		return "true or false"
	case c == 'n':
		return "null"
	}
	return fmt.Sprintf("%q", rune(c))
}

// fill replaces the exhausted window by the next part of the input. It reports false at the
// end of the input.
func (s *scanner) fill() bool {
	if s.keep {
		s.collect()
	}
	for s.rerr == nil {
		s.base += int64(s.end)
		s.pos, s.end = 0, 0
		s.end, s.rerr = s.r.Read(s.buf)
		if s.end > 0 {
			return true
		}
	}
	return false
}

// peek returns the next byte that is not white space, without consuming it; 0 at the end of
// the input. It is split so that the common case is inlined.
func (s *scanner) peek() byte {
	if s.pos < s.end && s.buf[s.pos] > ' ' {
		return s.buf[s.pos]
	}
	return s.skipSpace()
}

func (s *scanner) skipSpace() byte {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\n', '\t', '\r':
				s.pos++
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// next consumes the next byte and returns it; 0 at the end of the input.
func (s *scanner) next() byte {
	if s.pos == s.end && !s.fill() {
		return 0
	}
	c := s.buf[s.pos]
	s.pos++
	return c
}

// open consumes the '{' or '[' that begins a value.
func (s *scanner) open(c byte) bool {
	if s.peek() != c {
		s.unexpected(describe(c))
		return false
	}
	s.pos++
	return true
}

// more reports whether an n-th element, counted from 0, follows in the object or array that
// ends in closing, and consumes what stands before that element, or closing.
func (s *scanner) more(closing byte, n int) bool {
	switch c := s.peek(); {
	case c == ',' && n > 0:
		s.pos++
		return true
	case c == closing:
		s.pos++
		return false
	case n == 0 && s.pos < s.end:
		return true
	}
	s.unexpected(fmt.Sprintf("a comma or %q", closing))
	return false
}

// key reads an object's key and the colon; the bytes are valid until the next
// call.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.unexpected("a key in double quotes")
		return nil
	}
	k := s.bytes()
	if s.pos < s.end && s.buf[s.pos] == ':' {
		s.pos++
		return k
	}
	// peek may move the window below k.
	k = append(s.text[:0], k...)
	s.text = k
	if s.peek() != ':' {
		s.unexpected("a colon")
		return nil
	}
	s.pos++
	return k
}

// uint reads a whole number that is not negative.
func (s *scanner) uint() uint64 {
	if c := s.peek(); c < '0' || c > '9' {
		s.unexpected("a whole number from 0")
		return 0
	}
	// Nearly every number ends within the window and is too short to overflow.
	var n uint64
	for i, c := range s.buf[s.pos:min(s.end, s.pos+maxSafeDigits+1)] {
		d := c - '0'
		if d > 9 {
			if i > 1 && s.buf[s.pos] == '0' || c == '.' || c|0x20 == 'e' {
				break
			}
			s.pos += i
			return n
		}
		n = n*10 + uint64(d)
	}
	return s.longUint()
}

// maxSafeDigits is how many digits fit 64 bits, whatever they are.
const maxSafeDigits = 19

// indices appends the rest of an array of 32-bit numbers to dst, from after its
// opening bracket.
func (s *scanner) indices(dst []uint32) []uint32 {
	for n := 0; s.more(']', n); n++ {
		// Most of a file is these arrays, so numbers that lie in the window
		// and have no space around them take a shorter way.
		i := s.pos
		for limit := s.end - maxSafeDigits; i < limit; {
			var v uint64
			first := i
			for s.buf[i]-'0' <= 9 && i < limit {
				v = v*10 + uint64(s.buf[i]-'0')
				i++
			}
			if c := s.buf[i]; c != ',' || i == first || i > first+9 || s.buf[first] == '0' {
				break
			}
			dst = append(dst, uint32(v))
			i++
			s.pos = i
			if len(dst) > maxStack {
				break // more follow the comma
			}
		}
		v := s.uint()
		if v > math.MaxUint32 {
			s.damaged("the index %d does not fit 32 bits", v)
		}
		if dst = append(dst, uint32(v)); len(dst) > maxStack {
			s.damaged("a stack has more than %d frames", maxStack)
			return nil
		}
	}
	return dst
}

// longUint does the work of uint for any number, and reports what is wrong with it.
func (s *scanner) longUint() uint64 {
	var n uint64
	for digits := 0; s.pos < s.end || s.fill(); digits++ {
		c := s.buf[s.pos]
		d := uint64(c - '0')
		switch {
		case c == '.', c == 'e', c == 'E':
			s.damaged("want a whole number, not a fraction or an exponent")
			return 0
		case c < '0' || c > '9':
			return n
		case n == 0 && digits > 0:
			s.damaged("a number begins with 0")
			return 0
		case n > math.MaxUint64/10 || n*10 > math.MaxUint64-d:
			s.damaged("a number is above 2^64-1")
			return 0
		}
		n = n*10 + d
		s.pos++
	}
	return n
}

// maxFraction is the largest number that fraction takes: as many of them as a file can hold
// have a sum that is finite.
const maxFraction = 1e200

// fraction reads a number that is not negative and may have a fraction and an exponent.
func (s *scanner) fraction() float64 {
	const maxDigits = 32
	if c := s.peek(); c < '0' || c > '9' {
		s.unexpected("a number from 0")
		return 0
	}
	text := s.text[:0]
	for (s.pos < s.end || s.fill()) && strings.IndexByte("0123456789.eE+-", s.buf[s.pos]) >= 0 && len(text) <= maxDigits {
		text = append(text, s.buf[s.pos])
		s.pos++
	}
	s.text = text
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil || v > maxFraction || !json.Valid(text) {
		s.damaged("%s is not a number up to %g", text, maxFraction)
		return 0
	}
	return v
}

// int reads a whole number that may be negative.
func (s *scanner) int() int64 {
	negative := s.peek() == '-'
	if negative {
		s.pos++
	}
	n := s.uint()
	switch {
	case negative && n <= 1<<63:
		return -int64(n)
	case !negative && n < 1<<63:
		return int64(n)
	}
	s.damaged("a number does not fit 64 bits")
	return 0
}

func (s *scanner) bool() bool {
	switch s.peek() {
	case 't':
		s.word("true")
		return true
	case 'f':
		s.word("false")
	default:
		s.unexpected("true or false")
	}
	return false
}

// word consumes the bytes of w, which must come next.
func (s *scanner) word(w string) {
	for i := range len(w) {
		if s.pos == s.end && !s.fill() || s.buf[s.pos] != w[i] {
			s.unexpected(w)
			return
		}
		s.pos++
	}
}
