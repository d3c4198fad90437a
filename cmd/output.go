package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// writeOutput lets write write to the named file, or to standard output for ""
// and "-". A regular file appears whole or not at all: it is written under a
// temporary name beside the place, and then renamed. Its directory is made
// where it is missing. Its errors name the output and carry exitFailure, but an
// error of write's own that is no failure to write comes back as it is.
func writeOutput(s *Streams, name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return writeAll(s.Out, "standard output", write)
	}
	target := name
	if resolved, err := filepath.EvalSymlinks(name); err == nil {
		target = resolved
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return failure(errWrite(name, errors.New("it is a directory")))
	case err == nil && !info.Mode().IsRegular():
		// A pipe or a device, as /dev/stdout, cannot be replaced.
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return failure(errWrite(name, err))
		}
		defer f.Close()
		return writeAll(f, name, write)
	}
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return failure(errWrite(name, err))
	}
	f, err := createTemp(dir)
	if err != nil {
		return failure(errWrite(name, err))
	}
	err = writeAll(f, name, write)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = failure(errWrite(name, closeErr))
	}
	if err == nil {
		if renameErr := os.Rename(f.Name(), target); renameErr != nil {
			err = failure(errWrite(name, renameErr))
		}
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// writeAll buffers what write writes to w and tells failures to write from
// write's own.
func writeAll(w io.Writer, name string, write func(io.Writer) error) error {
	watch := &errorWatcher{w: w}
	buf := bufio.NewWriterSize(watch, 64<<10)
	err := write(buf)
	if flushErr := buf.Flush(); err == nil {
		err = flushErr
	}
	if watch.err != nil {
		return failure(errWrite(name, watch.err))
	}
	return err
}

// errorWatcher remembers that writing failed.
type errorWatcher struct {
	w   io.Writer
	err error
}

func (e *errorWatcher) Write(b []byte) (int, error) {
	n, err := e.w.Write(b)
	if err != nil {
		e.err = err
	}
	return n, err
}

// createTemp makes a new file in dir with the mode that the umask gives, which
// os.CreateTemp would not.
func createTemp(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".heapprof-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}
