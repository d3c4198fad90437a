package dhat

import (
	"bytes"
	"cmp"
	"heapprof/internal/profile"
	"slices"
	"strconv"
)

// object is the text of an object, put together from the values of keys that were not read at once.
type object struct {
	text   bytes.Buffer
	values []objectValue
}

// objectValue is where a value lies in an object's text, and in the file.
type objectValue struct{ text, file int64 }

// add adds a key with its value, which begins at that offset of the file.
func (o *object) add(key, value []byte, at int64) {
	separator := byte('{')
	if o.text.Len() > 0 {
		separator = ','
	}
	o.text.WriteByte(separator)
	o.text.WriteString(strconv.Quote(string(key)))
	o.text.WriteByte(':')
	o.values = append(o.values, objectValue{int64(o.text.Len()), at})
	o.text.Write(value)
}

// bytes returns the object.
func (o *object) bytes() []byte {
	if o.text.Len() == 0 {
		return []byte("{}")
	}
	return append(o.text.Bytes(), '}')
}

// offset returns where in the file an offset in the object's text is.
func (o *object) offset(text int64) int64 {
	i, found := slices.BinarySearchFunc(o.values, text, func(v objectValue, text int64) int { return cmp.Compare(v.text, text) })
	if !found {
		i--
	}
	if i < 0 {
		return 0
	}
	return o.values[i].file + text - o.values[i].text
}

// rows reads a list of lists of whole numbers. There may be a hundred thousand, which
// encoding/json takes five times as long to read.
func (s *scanner) rows() (rows [][]uint64) {
	if !s.open('[') {
		return nil
	}
	var arena profile.Arena[uint64]
	var row []uint64
	for i := 0; s.more(']', i); i++ {
		if row = row[:0]; !s.open('[') {
			return nil
		}
		for j := 0; s.more(']', j); j++ {
			row = append(row, s.uint())
		}
		rows = append(rows, arena.Add(row))
	}
	return rows
}
