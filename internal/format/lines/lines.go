// Package lines takes files of text apart into lines, for the readers of formats: lines of bounded length, and errors that
// tell in which line a file is damaged.
package lines

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"heapprof/internal/profile"
)

// maxLine is the most bytes of a line: names of functions of C++ may have tens of thousands.
const maxLine = 4 << 20

// Reader reads lines.
type Reader struct {
	Text   []byte // of the line, without its end; valid until the next one
	Number int    // of the line, from 1 on
	Cut    bool   // the line has no end: the file ends in it

	br   *bufio.Reader
	long []byte // a line that is longer than br's buffer
}

// NewReader returns a Reader of what r reads.
func NewReader(r io.Reader) *Reader { return &Reader{br: bufio.NewReaderSize(r, 64<<10)} }

// Next goes to the next line, which may lack its end if it is the last. It returns io.EOF where there is none, a
// *profile.FormatError for a line that is too long, else the error of the reader below.
func (r *Reader) Next() error {
	line, err := r.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = r.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(r.long) < maxLine {
			r.long = append(r.long, line...)
			line, err = r.br.ReadSlice('\n')
		}
		r.long = append(r.long, line...)
		line = r.long
	}
	if err != nil && (err != io.EOF || len(line) == 0) && !errors.Is(err, bufio.ErrBufferFull) {
		r.Text = nil
		return err
	}
	r.Number++
	if len(line) > maxLine {
		r.Text = nil
		return r.Damaged("is longer than %d bytes", maxLine)
	}
	r.Text = bytes.TrimSuffix(line, []byte("\n"))
	r.Cut = len(r.Text) == len(line)
	return nil
}

// Each calls take with every line that is left, without a carriage return at its end, and returns the first error: take's or, as Next does, the
// reader's; nil at the end of the file.
func (r *Reader) Each(take func(text []byte) error) error {
	for {
		err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = take(bytes.TrimRight(r.Text, "\r"))
		}
		if err != nil {
			return err
		}
	}
}

// Damaged returns the error for the line; what is wrong is as for fmt.Sprintf.
func (r *Reader) Damaged(format string, args ...any) *profile.FormatError {
	return profile.Formatf("is damaged: line %d "+format, append([]any{r.Number}, args...)...)
}
