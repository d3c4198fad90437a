package heaptrack

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"heapprof/internal/profile"
)

// maxLine is the most bytes of a line: names of functions of C++ may have tens of thousands.
const maxLine = 4 << 20

// scanner takes lines apart.
type scanner struct {
	br     *bufio.Reader
	number int    // of the line, from 1 on
	line   []byte // without its end; valid until the next one
	rest   []byte // of line, what was not read yet
	long   []byte // a line that is longer than br's buffer
}

// next goes to the next line. It returns io.EOF at the end of the file.
func (s *scanner) next() error {
	line, err := s.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		s.long = s.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(s.long) < maxLine {
			s.long = append(s.long, line...)
			line, err = s.br.ReadSlice('\n')
		}
		s.long = append(s.long, line...)
		line = s.long
		if len(line) > maxLine {
			s.number++
			return s.damaged("is longer than %d bytes", maxLine)
		}
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return err
	}
	s.number++
	s.line = bytes.TrimSuffix(line, []byte("\n"))
	s.rest = s.line[min(1, len(s.line)):]
	if err == io.EOF {
		return s.damaged("is cut off: the file ends in it")
	}
	return nil
}

// kind returns the line's kind; 0 for an empty line.
func (s *scanner) kind() byte {
	if len(s.line) == 0 {
		return 0
	}
	return s.line[0]
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

// damaged returns the error for the line; what is wrong is as for fmt.Sprintf.
func (s *scanner) damaged(format string, args ...any) error {
	return profile.Formatf("is damaged: line %d "+format, append([]any{s.number}, args...)...)
}
