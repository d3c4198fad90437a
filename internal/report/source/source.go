// Package source finds the text of source files that debug information names, where they are at
// hand. It imports names and regular.
package source

import (
	"bytes"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"heapprof/internal/regular"
	"heapprof/internal/report/names"
)

// Options are where files are looked for besides where their paths say.
type Options struct {
	// Moved is looked at first: what paths began with, and what they begin with now.
	Moved []Move
	// Dirs have files that are not at their own paths, below as much of the end of these as is
	// there: of "/build/zip/parser.cc" that is DIR/build/zip/parser.cc, else DIR/zip/parser.cc,
	// else DIR/parser.cc.
	Dirs []string
	// Recorded is when the profile was; zero where that is not known.
	Recorded time.Time
}

// Move says that what was below one directory is below another now.
type Move struct{ From, To string }

// Files are source files, each of which is read once.
type Files struct {
	options Options
	known   map[string]*File
}

// File is what is at hand of a source file.
type File struct {
	Path   string   // where it was found; "" where it was not
	Looked []string // where it was looked for, if it was not found
	Newer  bool     // it was changed after the profile was recorded, and may have other lines
	lines  []string
}

const (
	// mostBytes is how large a source file may be: generated ones have some MiB.
	mostBytes = 16 << 20
	// mostLine is how much of a line is kept, in bytes. Terminals are narrower.
	mostLine = 1000
)

// New returns the files that are found by the options.
func New(o Options) *Files { return &Files{options: o, known: map[string]*File{}} }

// Of returns the file that debug information calls so. It never fails: what cannot be read is
// not at hand.
func (s *Files) Of(name string) *File {
	f := s.known[name]
	if f == nil {
		f = s.find(name)
		s.known[name] = f
	}
	return f
}

func (s *Files) find(name string) *File {
	places := s.places(name)
	for _, at := range places {
		if f := s.read(at); f != nil {
			return f
		}
	}
	return &File{Looked: places}
}

// places returns where a file may be, in the order in which they are tried.
func (s *Files) places(name string) (all []string) {
	if name == "" {
		return nil
	}
	for _, m := range s.options.Moved {
		if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(m.From, "/")); ok && strings.HasPrefix(rest, "/") {
			all = append(all, filepath.Join(m.To, rest))
		}
	}
	all = append(all, filepath.Clean(name))
	parts := strings.Split(path.Clean("/" + name)[1:], "/")
	for _, dir := range s.options.Dirs {
		for i := range parts {
			all = append(all, filepath.Join(dir, filepath.Join(parts[i:]...)))
		}
	}
	return all
}

// read returns the text file at a path; nil if there is none that is worth reading.
func (s *Files) read(at string) *File {
	in, err := regular.Open(at)
	if err != nil {
		return nil
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || info.Size() > mostBytes {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(in, mostBytes))
	if err != nil || bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	recorded := s.options.Recorded
	f := &File{Path: at, Newer: !recorded.IsZero() && info.ModTime().After(recorded)}
	f.lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return f
}

// Lines returns how many lines the file has; 0 where it is not at hand.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of a line, the first of which is 1, with its indentation, fit for a terminal: "" where there is
// no such line.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	line := strings.TrimRight(f.lines[n-1], " \t\r")
	if len(line) > mostLine {
		line = line[:mostLine]
	}
	return names.Printable(expand(line))
}

// expand puts spaces in the place of tabs, which a table would put elsewhere.
func expand(line string) string {
	const width = 4
	if !strings.Contains(line, "\t") {
		return line
	}
	var b strings.Builder
	column := 0
	for _, r := range line {
		if r != '\t' {
			b.WriteRune(r)
			column++
			continue
		}
		n := width - column%width
		b.WriteString(strings.Repeat(" ", n))
		column += n
	}
	return b.String()
}
