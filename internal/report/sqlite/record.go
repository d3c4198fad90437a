package sqlite

import (
	"encoding/binary"
	"math"

	"heapprof/internal/report/tables"
)

// record encodes rows. The zero value is ready for use.
type record struct{ header, body, all []byte }

// encode returns a row as it is stored. Where the first column is the row's number, SQLite knows it by that, and nothing is
// stored there. What is returned is valid until the next call.
func (r *record) encode(values []tables.Value, hasID bool) []byte {
	r.header, r.body = r.header[:0], r.body[:0]
	for i := range values {
		v := &values[i]
		switch {
		case i == 0 && hasID:
			r.header = append(r.header, 0)
		case v.Kind == tables.Integer:
			r.integer(v.Integer)
		case v.Kind == tables.Real:
			r.header = append(r.header, 7)
			r.body = binary.BigEndian.AppendUint64(r.body, math.Float64bits(v.Real))
		case v.Kind == tables.Text:
			r.header = appendVarint(r.header, uint64(13+2*len(v.Text)))
			r.body = append(r.body, v.Text...)
		default: // Nothing; the tables here have no lists
			r.header = append(r.header, 0)
		}
	}
	// The header's length counts itself.
	n := len(r.header) + 1
	if n >= 1<<7 {
		n++
	}
	r.all = appendVarint(r.all[:0], uint64(n))
	r.all = append(append(r.all, r.header...), r.body...)
	return r.all
}

// integer stores a number in as few bytes as it takes.
func (r *record) integer(n int64) {
	switch n {
	case 0:
		r.header = append(r.header, 8)
		return
	case 1:
		r.header = append(r.header, 9)
		return
	}
	for _, size := range []struct {
		kind  byte
		bytes int
	}{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 6}, {6, 8}} {
		bits := 64 - 8*size.bytes
		if n<<bits>>bits != n {
			continue
		}
		r.header = append(r.header, size.kind)
		for i := size.bytes - 1; i >= 0; i-- {
			r.body = append(r.body, byte(n>>(8*i)))
		}
		return
	}
}

// appendVarint appends a number as SQLite has them: seven bits a byte, the first ones first, but for a ninth byte, which has eight.
func appendVarint(to []byte, n uint64) []byte {
	if n>>56 != 0 {
		for i := range 8 {
			to = append(to, byte(n>>(57-7*i))|0x80)
		}
		return append(to, byte(n))
	}
	size := varintSize(n)
	for i := size - 1; i > 0; i-- {
		to = append(to, byte(n>>(7*i))|0x80)
	}
	return append(to, byte(n)&0x7f)
}

// varintSize returns how many bytes appendVarint appends.
func varintSize(n uint64) int {
	if n>>56 != 0 {
		return 9
	}
	size := 1
	for n >>= 7; n != 0; n >>= 7 {
		size++
	}
	return size
}
