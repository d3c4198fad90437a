// Package source reads lines of the source files that profiles name, where these are at
// hand. It imports regular.
package source

import (
	"io"
	"strings"
	"time"

	"heapprof/internal/regular"
)

// Reader reads source files, each of them once.
type Reader struct {
	before time.Time
	files  map[string][]string
}

// NewReader returns a reader of files that nobody has changed since a time: the lines of
// others may be others than those that ran. Of the zero time all files are read.
func NewReader(unchangedSince time.Time) *Reader {
	return &Reader{before: unchangedSince, files: map[string][]string{}}
}

// Line returns a line of a file, from 1, without the white space around it; "" where there
// is none or the file is not at hand.
func (r *Reader) Line(file string, line int) string {
	lines := r.Lines(file)
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[line-1])
}

// Lines returns all lines of a file; nil where it is not at hand.
func (r *Reader) Lines(file string) []string {
	lines, ok := r.files[file]
	if !ok {
		lines = r.read(file)
		r.files[file] = lines
	}
	return lines
}

func (r *Reader) read(file string) []string {
	const most = 8 << 20 // bytes of a file: what is larger is no source that people read
	if file == "" {
		return nil
	}
	f, err := regular.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > most || !r.before.IsZero() && info.ModTime().After(r.before) {
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil
	}
	return strings.Split(string(content), "\n")
}
