package pprof

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"heapprof/internal/profile"
)

// The types of fields that protocol buffers tell apart: https://protobuf.dev/programming-guides/encoding.
const (
	varint  = 0
	fixed64 = 1
	lengthy = 2 // text, a message, or numbers in a row
	fixed32 = 5
)

// maxField bounds one field of the profile that has a length: a text, or a sample, which takes a
// few bytes for each frame. No tool writes any that is near it.
const maxField = 16 << 20

// stream reads the fields of the outermost message.
type stream struct {
	r      *bufio.Reader
	offset int64 // of the next byte
	buf    []byte
}

// ReadByte makes a stream what binary.ReadUvarint reads from.
func (s *stream) ReadByte() (byte, error) {
	b, err := s.r.ReadByte()
	if err == nil {
		s.offset++
	}
	return b, err
}

// next returns the next field: of a lengthy one its content, which is valid until the next call,
// of any other its value. The error is io.EOF at the end.
func (s *stream) next() (field uint64, content []byte, value uint64, err error) {
	start := s.offset
	key, err := binary.ReadUvarint(s)
	if err == io.EOF {
		return 0, nil, 0, err
	}
	if err != nil {
		return 0, nil, 0, s.explain(err, start)
	}
	field = key >> 3
	if field == 0 || field > math.MaxInt32 {
		return 0, nil, 0, profile.Formatf("is damaged at byte %d: a field has the number %d", start, field)
	}
	switch key & 7 {
	case varint:
		value, err = binary.ReadUvarint(s)
	case fixed64:
		_, err = s.read(8)
	case fixed32:
		_, err = s.read(4)
	case lengthy:
		var length uint64
		if length, err = binary.ReadUvarint(s); err != nil {
			break
		}
		if length > maxField {
			return 0, nil, 0, profile.Formatf("is damaged at byte %d: a field has %d bytes, more than the %d that are read", start, length, maxField)
		}
		content, err = s.read(int(length))
	default:
		return 0, nil, 0, profile.Formatf("is damaged at byte %d: a field is of type %d, which there is not", start, key&7)
	}
	if err != nil {
		return 0, nil, 0, s.explain(err, start)
	}
	return field, content, value, nil
}

// read returns the next n bytes. A length that the file does not have makes it take no more than
// twice the memory of what there is.
func (s *stream) read(n int) ([]byte, error) {
	const step = 64 << 10
	s.buf = s.buf[:0]
	for len(s.buf) < n {
		more := min(n-len(s.buf), max(step, len(s.buf)))
		from := len(s.buf)
		if cap(s.buf) < from+more {
			s.buf = append(make([]byte, 0, from+more), s.buf...)
		}
		s.buf = s.buf[:from+more]
		got, err := io.ReadFull(s.r, s.buf[from:])
		s.offset += int64(got)
		if err != nil {
			return nil, err
		}
	}
	return s.buf, nil
}

// explain returns the error for a field, which began at the offset start, that could not be read.
func (s *stream) explain(err error, start int64) error {
	var format *profile.FormatError
	switch {
	case errors.As(err, &format):
		return err
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return profile.Formatf("is truncated at byte %d: a field that begins at byte %d is not whole", s.offset, start)
	case err.Error() == errOverflow.Error():
		return profile.Formatf("is damaged at byte %d: a number has more than 64 bits", start)
	}
	return err
}

// errOverflow is the error that binary.ReadUvarint returns, which it does not export.
var errOverflow = errors.New("binary: varint overflows a 64-bit integer")

// message is the rest of a message that is in memory.
type message struct {
	rest []byte
	bad  bool // it is none
}

// next returns the next field, as stream.next does; ok is false at the end, and where the message is bad.
func (m *message) next() (field uint64, content []byte, value uint64, ok bool) {
	if len(m.rest) == 0 || m.bad {
		return 0, nil, 0, false
	}
	key := m.uvarint()
	switch key & 7 {
	case varint:
		value = m.uvarint()
	case fixed64:
		m.take(8)
	case fixed32:
		m.take(4)
	case lengthy:
		content = m.take(m.uvarint())
	default:
		m.bad = true
	}
	m.bad = m.bad || key>>3 == 0
	return key >> 3, content, value, !m.bad
}

func (m *message) uvarint() uint64 {
	v, n := binary.Uvarint(m.rest)
	if n <= 0 {
		m.bad, m.rest = true, nil
		return 0
	}
	m.rest = m.rest[n:]
	return v
}

func (m *message) take(n uint64) []byte {
	if n > uint64(len(m.rest)) {
		m.bad, m.rest = true, nil
		return nil
	}
	content := m.rest[:n]
	m.rest = m.rest[n:]
	return content
}

// appendNumbers appends the numbers of a repeated field, of which a message may have one or several
// in a row.
func (m *message) appendNumbers(to []uint64, content []byte, value uint64) []uint64 {
	if content == nil {
		return append(to, value)
	}
	row := message{rest: content}
	for len(row.rest) > 0 {
		to = append(to, row.uvarint())
	}
	m.bad = m.bad || row.bad
	return to
}
