package object

import (
	"errors"
	"fmt"
	"io"
)

// Error is what is wrong with a file.
type Error struct {
	Path string
	Err  error // the cause, as it is said of the file: "is damaged: …"
}

func (e *Error) Error() string { return e.Path + " " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// What the causes begin with.
var (
	ErrNotELF   = errors.New("is not an ELF file")
	ErrDamaged  = errors.New("is damaged")
	ErrMachine  = errors.New("is for another kind of machine")
	ErrCutShort = errors.New("was cut short while it was read")
)

// Damaged returns an [ErrDamaged] of the file that says what is wrong in it.
func (h *Headers) Damaged(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("its headers lead beyond its end")
	}
	return &Error{h.Path, fmt.Errorf("%w: %w", ErrDamaged, err)}
}
