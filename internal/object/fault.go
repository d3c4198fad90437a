package object

import (
	"fmt"
	"runtime/debug"
)

// Guard runs use, which reads the file, as [Guard] does.
func (f *File) Guard(use func() error) error { return Guard(f.Path, use) }

// Guard runs use, which reads mapped files, the one at path above all, and returns its
// error. Where a file was cut short meanwhile the kernel answers with SIGBUS: then use ends
// where it is, and the error is an [ErrCutShort]. Other panics go on.
func Guard(path string, use func() error) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		switch fault := recover().(type) {
		case nil:
		case interface {
			error
			Addr() uintptr
		}:
			err = &Error{path, fmt.Errorf("%w: %w", ErrCutShort, fault)}
		default:
			panic(fault)
		}
	}()
	return use()
}
