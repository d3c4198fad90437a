//go:build !linux

package offstage

import (
	"errors"
	"io"
	"os"
)

// Terminal is a terminal for a program, which there is on Linux only.
type Terminal struct {
	Program *os.File // the program's end
}

// NewTerminal fails.
func NewTerminal(*os.File, io.Writer) (*Terminal, error) { return nil, errors.ErrUnsupported }

// Begun does nothing.
func (*Terminal) Begun() {}

// Close does nothing.
func (*Terminal) Close() {}
