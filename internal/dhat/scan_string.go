package dhat

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string into memory of its own. Bytes that are no UTF-8, which
// file names and arguments may hold, become U+FFFD.
func (s *scanner) string() string {
	if s.peek() != '"' {
		s.unexpected("a string")
		return ""
	}
	return strings.ToValidUTF8(string(s.bytes()), "\uFFFD")
}

// bytes reads a string, which the next byte begins. The result is valid until the next
// call.
func (s *scanner) bytes() []byte {
	s.pos++
	s.text = s.text[:0]
	for {
		start := s.pos
		i := start
		for i < s.end && s.buf[i] != '"' && s.buf[i] != '\\' && s.buf[i] >= ' ' {
			i++
		}
		part := s.buf[start:i]
		s.pos = i
		if i < s.end && s.buf[i] == '"' && len(s.text) == 0 {
			s.pos++
			return part
		}
		if len(s.text)+len(part) > maxString {
			s.damaged("a string is longer than %d MiB", maxString>>20)
			return nil
		}
		s.text = append(s.text, part...)
		switch {
		case i == s.end:
			if !s.fill() {
				s.unexpected("the end of a string")
				return nil
			}
		case s.buf[i] == '"':
			s.pos++
			return s.text
		case s.buf[i] == '\\':
			s.pos++
			s.escape()
		default:
			s.damaged("a string holds the control character %#02x", s.buf[i])
			return nil
		}
		if s.err != nil {
			return nil
		}
	}
}

// escape appends what the escape sequence after a backslash stands for.
func (s *scanner) escape() {
	switch c := s.next(); c {
	case '"', '\\', '/':
		s.text = append(s.text, c)
	case 'b':
		s.text = append(s.text, '\b')
	case 'f':
		s.text = append(s.text, '\f')
	case 'n':
		s.text = append(s.text, '\n')
	case 'r':
		s.text = append(s.text, '\r')
	case 't':
		s.text = append(s.text, '\t')
	case 'u':
		s.unicode()
	default:
		s.badEscape()
	}
}

func (s *scanner) badEscape() {
	if s.pos == s.end && !s.fill() {
		s.unexpected("the end of a string")
		return
	}
	s.damaged("a string holds an unknown escape sequence")
}

// unicode appends the character of a \u escape; half a surrogate pair becomes
// U+FFFD, as JavaScript shows it.
func (s *scanner) unicode() {
	r := s.hex4()
	for utf16.IsSurrogate(r) {
		if s.pos == s.end && !s.fill() || s.buf[s.pos] != '\\' {
			r = utf8.RuneError
			break
		}
		s.pos++
		if s.pos == s.end && !s.fill() || s.buf[s.pos] != 'u' {
			s.text = utf8.AppendRune(s.text, utf8.RuneError)
			s.escape()
			return
		}
		s.pos++
		low := s.hex4()
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			r = pair
			break
		}
		s.text = utf8.AppendRune(s.text, utf8.RuneError)
		r = low
	}
	s.text = utf8.AppendRune(s.text, r)
}

func (s *scanner) hex4() rune {
	var r rune
	for range 4 {
		c := s.next()
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			s.badEscape()
			return 0
		}
		r = r<<4 | rune(c)
	}
	return r
}
