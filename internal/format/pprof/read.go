package pprof

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"heapprof/internal/profile"
)

// Read reads a profile. Its points are in the order of the file. What is wrong with the content is a
// *profile.FormatError; any other error is that of r.
func Read(r io.Reader) (*profile.Profile, error) {
	br, ok := r.(*bufio.Reader)
	if !ok {
		br = bufio.NewReaderSize(r, 64<<10)
	}
	rd := &reader{stream: stream{r: br}, tables: newTables(), dense: map[uint64]uint32{}, samples: newSamples()}
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

	dense   map[uint64]uint32 // of a location's number in the file: how many others came before it
	ids     []uint64          // the file's number of each location
	samples samples

	// Of the message at hand.
	locations       []uint32
	numbers, listed []uint64
}

// pair is a name and a unit, as indices into the string table.
type pair struct{ name, unit uint64 }

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
	r.locations, r.numbers = r.locations[:0], r.numbers[:0]
	m := message{rest: content}
	for {
		field, content, value, ok := m.next()
		if !ok {
			break
		}
		switch field {
		case 1:
			r.listed = m.appendNumbers(r.listed[:0], content, value)
			for _, id := range r.listed {
				r.locations = append(r.locations, r.number(id))
			}
		case 2:
			r.numbers = m.appendNumbers(r.numbers, content, value)
		}
	}
	if m.bad {
		return r.damaged(fieldSample)
	}
	r.samples.add(r.locations, r.numbers)
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
