package pyscope

import "bytes"

// statements goes through the statements of a module, each of which may have several lines.
type statements struct {
	text   []byte
	line   int  // of what comes next
	broken bool // a text or brackets have no end

	// Of the statement that it is at.
	first, last int    // its lines
	indent      int    // the column in which it begins
	begin       string // how it begins, as far as it can be a definition
}

// mostBegin is how much of a statement is kept: async def NAME, and room to spare.
const mostBegin = 512

// next goes to the next statement. It returns false at the end, or if that is broken.
func (s *statements) next() bool {
	for len(s.text) > 0 {
		n, indent := blanks(s.text)
		rest := s.text[n:]
		if len(rest) == 0 {
			break
		}
		if rest[0] == '\n' || rest[0] == '#' {
			s.skipLine()
			continue
		}
		s.text, s.indent, s.first = rest, indent, s.line
		end := s.end()
		if end < 0 {
			s.broken = true
			return false
		}
		statement := s.text[:end]
		s.begin = string(statement[:min(len(statement), mostBegin)])
		s.last = s.line + bytes.Count(statement, []byte("\n"))
		s.text, s.line = s.text[end:], s.last
		s.skipLine()
		return true
	}
	return false
}

// skipLine goes behind the end of the line.
func (s *statements) skipLine() {
	if i := bytes.IndexByte(s.text, '\n'); i >= 0 {
		s.text, s.line = s.text[i+1:], s.line+1
	} else {
		s.text = nil
	}
}

// blanks returns how many bytes of blanks a line begins with, and up to which column.
func blanks(line []byte) (n, column int) {
	for ; n < len(line); n++ {
		switch line[n] {
		case ' ':
			column++
		case '\t':
			column = column/8*8 + 8
		case '\f':
			column = 0
		default:
			return n, column
		}
	}
	return n, column
}

// end returns where the statement ends that the text begins with: at the end of a line, or of the text. -1: it has no end.
func (s *statements) end() int {
	depth := 0
	for i := 0; i < len(s.text); i++ {
		switch c := s.text[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth < 0 {
				return -1
			}
		case '\'', '"':
			n := quoted(s.text[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		case '\\':
			i++ // the line goes on in the next one
		case '#':
			n := bytes.IndexByte(s.text[i:], '\n')
			if n < 0 {
				n = len(s.text) - i
			}
			i += n - 1
		case '\n':
			if depth == 0 {
				return i
			}
		}
	}
	if depth > 0 {
		return -1
	}
	return len(s.text)
}

// quoted returns how many bytes the text in quotes has that b begins with; -1: it has no end. A backslash keeps a quote from ending it, in raw
// ones, too.
func quoted(b []byte) int {
	quote := b[:1]
	if len(b) >= 3 && b[1] == b[0] && b[2] == b[0] {
		quote = b[:3]
	} else if len(b) >= 2 && b[1] == b[0] {
		return 2
	}
	for i := len(quote); i < len(b); i++ {
		switch {
		case b[i] == '\\':
			i++
		case b[i] == '\n' && len(quote) == 1:
			return -1
		case bytes.HasPrefix(b[i:], quote):
			return i + len(quote)
		}
	}
	return -1
}
