// Package object reads ELF files: programs, libraries, separate debug files. A file is
// mapped into memory, so that only the pages that are looked at are read. Damaged files
// are an error, or have less in them; a file that is cut short while it is mapped is
// caught by [Guard].
//
// It is the one place that opens such a file. Of ours it imports package regular only.
package object

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"heapprof/internal/regular"
)

// File is a mapped ELF file. It may be used by several goroutines.
//
// The headers were read when it was opened. All else lies in the mapped file, so that
// reading it, also by the methods of elf.File, faults where another process has cut the
// file short meanwhile: see [Guard].
type File struct {
	Headers

	// BuildID is what the linker wrote to tell the file from all others, in lower-case
	// hexadecimal digits; empty if it wrote none.
	BuildID string

	// BuildIDAt is the address of the build-id, the file's own, in the program's memory; 0
	// if it is not there.
	BuildIDAt uint64

	Size    int64     // in bytes
	ModTime time.Time // when it was last written

	data  []byte
	unmap func() error

	mu       sync.Mutex
	inflated map[string]func() []byte // decompress sections when first asked for, by name
	mini     func() *File             // see MiniDebug
}

// Open maps the ELF file at path, of any kind of machine. The error is that of opening it,
// or an [Error]. Close the file after use.
func Open(path string) (*File, error) {
	file, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // the mapping stays
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 { // which cannot be mapped
		return New(path, nil)
	}
	data, unmap, err := mapFile(file, info.Size())
	if err != nil {
		return nil, &Error{path, fmt.Errorf("cannot be mapped: %w", err)}
	}
	f := &File{Headers: Headers{Path: path}, Size: info.Size(), ModTime: info.ModTime(), data: data, unmap: unmap}
	if err := f.Guard(f.parse); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// New returns the ELF file whose bytes are data, which it keeps. The path is for the words
// of errors.
func New(path string, data []byte) (*File, error) {
	f := &File{Headers: Headers{Path: path}, Size: int64(len(data)), data: data, unmap: func() error { return nil }}
	if err := f.parse(); err != nil {
		return nil, err
	}
	return f, nil
}

// Read opens the file at path for the time of use, and returns its error, or that of
// opening the file, or of its being cut short meanwhile.
func Read(path string, use func(*File) error) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Guard(func() error { return use(f) })
}

// parse reads the headers and the build-id.
func (f *File) parse() (err error) {
	if f.Headers, err = headersOf(f.Path, bytes.NewReader(f.data)); err != nil {
		return err
	}
	f.inflated = make(map[string]func() []byte)
	f.mini = sync.OnceValue(f.readMini)
	f.BuildID, f.BuildIDAt = f.findBuildID()
	return nil
}

// Close unmaps the file. What was taken from it without a copy must not be used again.
func (f *File) Close() error { return f.unmap() }
