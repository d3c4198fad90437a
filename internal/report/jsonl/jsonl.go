// Package jsonl writes profiles as lines of JSON, one object a row of a table. It imports tables and view.
package jsonl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"heapprof/internal/report/tables"
	"heapprof/internal/report/view"
)

// File is a profile to be written as lines of JSON. Each line is an object whose key "table" says of which table it
// is a row; its other keys are the table's columns, without those that have no value. All rows of a table follow one another.
type File struct{ tables []tables.Table }

// New makes a File of a profile. Its errors are those of tables.Of.
func New(s *view.Source) (*File, error) {
	all, err := tables.Of(s, tables.Options{Lists: true})
	if err != nil {
		return nil, err
	}
	return &File{all}, nil
}

// Write writes the file.
func (f *File) Write(w io.Writer) error {
	out := newWriter(w)
	for _, t := range f.tables {
		start := `{"table":` + strconv.Quote(t.Name)
		keys := make([]string, len(t.Columns))
		for i, name := range t.Columns {
			keys[i] = "," + strconv.Quote(name) + ":"
		}
		for row := range t.Rows {
			out.WriteString(start)
			for i := range row {
				if err := out.value(keys[i], &row[i]); err != nil {
					return err
				}
			}
			out.WriteString("}\n")
			// What cannot be written any more is not made.
			if _, err := out.Write(nil); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// writer writes values. Texts keep their < and &, which functions of C++ are full of: nobody puts a line into a page as it is.
type writer struct {
	*bufio.Writer
	text    bytes.Buffer
	encoder *json.Encoder // to text
}

func newWriter(w io.Writer) *writer {
	out := &writer{Writer: bufio.NewWriterSize(w, 64<<10)}
	out.encoder = json.NewEncoder(&out.text)
	out.encoder.SetEscapeHTML(false)
	return out
}

// value writes a value with its key; nothing where there is none.
func (w *writer) value(key string, v *tables.Value) error {
	to := w.AvailableBuffer()
	switch v.Kind {
	case tables.Nothing:
		return nil
	case tables.Integer:
		to = strconv.AppendInt(append(to, key...), v.Integer, 10)
	case tables.Real:
		if math.IsNaN(v.Real) || math.IsInf(v.Real, 0) {
			return nil
		}
		to = strconv.AppendFloat(append(to, key...), v.Real, 'f', -1, 64)
	case tables.Text:
		w.text.Reset()
		if err := w.encoder.Encode(v.Text); err != nil {
			return err
		}
		to = append(append(to, key...), bytes.TrimSuffix(w.text.Bytes(), []byte("\n"))...)
	case tables.List:
		to = append(append(to, key...), '[')
		for i, n := range v.List {
			if i > 0 {
				to = append(to, ',')
			}
			to = strconv.AppendUint(to, uint64(n), 10)
		}
		to = append(to, ']')
	}
	w.Write(to)
	return nil
}
