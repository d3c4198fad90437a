// Package regular opens files by paths that others may have put something else
// at: to open a pipe waits for its writer, perhaps for ever, and to open a device
// may do anything. It imports nothing of ours.
package regular

import (
	"errors"
	"os"
)

// errKind is the cause of the error for a path that leads to no regular file.
var errKind = errors.New("not a regular file")

// Open opens the regular file at path for reading. It never waits, and fails if path leads
// to anything else than a regular file.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: errKind}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
