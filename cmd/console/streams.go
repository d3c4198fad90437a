// Package console is what commands have of the place where they run: streams, exit statuses, how an error is said and what was
// meant by a misspelt word, help, completion, progress, and output that appears whole or not at all. It knows nothing of profiles.
package console

import (
	"io"
	"os"

	"golang.org/x/term"

	"heapprof/internal/offstage"
)

// Streams is what a command reads from and writes to. Tests have buffers and a pretended
// terminal instead.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	OutTerminal bool // Out is a terminal
	ErrTerminal bool // Err is a terminal
	Width       int  // columns of the terminal behind Out; 0 where there is none
	Color       bool // terminals may be written to in colour: NO_COLOR is unset or empty
}

// SystemStreams returns the streams of this process.
func SystemStreams() *Streams {
	s := &Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	s.OutTerminal = term.IsTerminal(int(os.Stdout.Fd()))
	s.ErrTerminal = term.IsTerminal(int(os.Stderr.Fd()))
	if s.OutTerminal {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Width = w
		}
	}
	s.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}

// ErrWidth returns the width of the terminal behind Err in columns; 0 where there is none.
func (s *Streams) ErrWidth() int {
	to := s.Err
	if kept, ok := to.(*offstage.Kept); ok {
		to = kept.To()
	}
	f, ok := to.(*os.File)
	if !ok || !s.ErrTerminal {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
