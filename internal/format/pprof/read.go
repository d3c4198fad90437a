package pprof

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"heapprof/internal/profile"
)

// Read reads a profile. It is normalized. What is wrong with the content is a
// *profile.FormatError; any other error is that of r.
func Read(r io.Reader) (*profile.Profile, error) {
	br, ok := r.(*bufio.Reader)
	if !ok {
		br = bufio.NewReaderSize(r, 64<<10)
	}
	rd := &reader{stream: stream{r: br}, tables: newTables(), dense: map[uint64]uint32{}}
	for {
		field, content, value, err := rd.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = rd.field(field, content, value)
		}
		if err != nil {
			return nil, err
		}
	}
	if rd.offset == 0 {
		return nil, profile.Formatf("is empty")
	}
	return rd.build()
}

// reader collects what the fields of a profile tell. Texts come after all that refers to them.
type reader struct {
	stream
	tables *tables

	types                   []pair // name and unit of each value
	periodType              pair
	period, nanos, duration uint64
	comments                []uint64

	// The samples: the frames of all stacks one after another, as numbers that count the locations in
	// the order in which they come, and all values.
	dense   map[uint64]uint32 // of a location's number in the file
	ids     []uint64          // the file's number of each location
	samples pieces[sample]
	stacks  pieces[uint32]
	values  pieces[uint64]

	numbers []uint64 // of the message at hand
}

// pair is a name and a unit, as indices into the string table.
type pair struct{ name, unit uint64 }

// sample is where a sample's locations end, and its values, in the pieces that have them.
type sample struct{ depth, values uint32 }

// field takes one field of the profile.
func (r *reader) field(field uint64, content []byte, value uint64) error {
	ok := true
	switch field {
	case fieldSampleType:
		var t pair
		t, ok = readPair(content)
		r.types = append(r.types, t)
	case fieldSample:
		return r.sample(content)
	case fieldMapping:
		ok = r.tables.addMapping(content)
	case fieldLocation:
		ok = r.tables.addLocation(content)
	case fieldFunction:
		ok = r.tables.addFunction(content)
	case fieldString:
		if !utf8.Valid(content) {
			content = bytes.ToValidUTF8(content, []byte("\uFFFD"))
		}
		r.tables.strings = append(r.tables.strings, string(content))
	case fieldTime:
		r.nanos = value
	case fieldDuration:
		r.duration = value
	case fieldPeriodType:
		r.periodType, ok = readPair(content)
	case fieldPeriod:
		r.period = value
	case fieldComment:
		m := message{}
		r.comments = m.appendNumbers(r.comments, content, value)
		ok = !m.bad
	}
	if !ok {
		return r.damaged(field)
	}
	return nil
}

// names are what the messages are called in errors.
var names = [1 + lastField]string{
	fieldSampleType: "sample type", fieldSample: "sample", fieldMapping: "mapping", fieldLocation: "location", fieldFunction: "function",
	fieldPeriodType: "period type", fieldComment: "comment",
}

// damaged returns the error for the message that has just been read.
func (r *reader) damaged(field uint64) error {
	return profile.Formatf("is damaged before byte %d: a %s is no message", r.offset, names[field])
}

// readPair returns the value type that a message tells, and reports whether it is one.
func readPair(content []byte) (p pair, ok bool) {
	m := message{rest: content}
	for {
		field, _, value, ok := m.next()
		if !ok {
			return p, !m.bad
		}
		switch field {
		case 1:
			p.name = value
		case 2:
			p.unit = value
		}
	}
}

// sample takes a sample. Its labels are not kept.
func (r *reader) sample(content []byte) error {
	var s sample
	m := message{rest: content}
	for {
		field, content, value, ok := m.next()
		if !ok {
			break
		}
		switch field {
		case 1:
			r.numbers = m.appendNumbers(r.numbers[:0], content, value)
			for _, id := range r.numbers {
				r.stacks.add(r.number(id))
			}
			s.depth += uint32(len(r.numbers))
		case 2:
			r.numbers = m.appendNumbers(r.numbers[:0], content, value)
			for _, v := range r.numbers {
				r.values.add(v)
			}
			s.values += uint32(len(r.numbers))
		}
	}
	if m.bad {
		return r.damaged(fieldSample)
	}
	r.samples.add(s)
	return nil
}

// number returns the number of a location among those that have come.
func (r *reader) number(id uint64) uint32 {
	n, ok := r.dense[id]
	if !ok {
		n = uint32(len(r.ids))
		r.dense[id], r.ids = n, append(r.ids, id)
	}
	return n
}

// pieces is a long list that grows without being moved, and is let go while it is gone through.
type pieces[T any] struct {
	full [][]T
	last []T
}

// pieceLength is the number of elements of a piece.
const pieceLength = 16 << 10

func (p *pieces[T]) add(v T) {
	if len(p.last) == cap(p.last) {
		if p.last != nil {
			p.full = append(p.full, p.last)
		}
		p.last = make([]T, 0, pieceLength)
	}
	p.last = append(p.last, v)
}

func (p *pieces[T]) len() int { return len(p.full)*pieceLength + len(p.last) }

// take removes the first n elements and appends them to a list.
func (p *pieces[T]) take(to []T, n int) []T {
	for n > 0 {
		if len(p.full) == 0 {
			to, p.last = append(to, p.last[:n]...), p.last[n:]
			return to
		}
		first := p.full[0]
		k := min(n, len(first))
		to, n = append(to, first[:k]...), n-k
		if p.full[0] = first[k:]; len(p.full[0]) == 0 {
			p.full[0] = nil
			p.full = p.full[1:]
		}
	}
	return to
}
