package heaptrack

import (
	"bytes"
	"io"

	"heapprof/internal/format/lines"
)

// scanner takes lines apart.
type scanner struct {
	*lines.Reader
	rest []byte // of the line, what was not read yet
}

func newScanner(r io.Reader) scanner { return scanner{Reader: lines.NewReader(r)} }

// next goes to the next line. It returns io.EOF at the end of the file.
func (s *scanner) next() error {
	if err := s.Next(); err != nil {
		return err
	}
	s.rest = s.Text[min(1, len(s.Text)):]
	if s.Cut {
		return s.Damaged("is cut off: the file ends in it")
	}
	return nil
}

// kind returns the line's kind; 0 for an empty line.
func (s *scanner) kind() byte {
	if len(s.Text) == 0 {
		return 0
	}
	return s.Text[0]
}

// hex reads the next number of the line, and reports whether there is one.
func (s *scanner) hex() (n uint64, ok bool) {
	rest := s.rest
	if len(rest) < 2 || rest[0] != ' ' {
		return 0, false
	}
	i := 1
	for ; i < len(rest); i++ {
		d := rest[i]
		switch {
		case '0' <= d && d <= '9':
			d -= '0'
		case 'a' <= d && d <= 'f':
			d -= 'a' - 10
		case d == ' ' && i > 1:
			s.rest = rest[i:]
			return n, true
		default:
			return 0, false
		}
		if n>>60 != 0 {
			return 0, false
		}
		n = n<<4 | uint64(d)
	}
	s.rest = nil
	return n, true
}

// numbers reads as many numbers as there are places for them, and reports whether there are so many.
func (s *scanner) numbers(all ...*uint64) bool {
	for _, to := range all {
		n, ok := s.hex()
		if !ok {
			return false
		}
		*to = n
	}
	return true
}

// text returns what is left of the line, after a space.
func (s *scanner) text() []byte { return bytes.TrimPrefix(s.rest, []byte(" ")) }
