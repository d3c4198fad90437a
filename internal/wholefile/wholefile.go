// Package wholefile writes files that appear whole or not at all.
package wholefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// Options say how a file is made.
type Options struct {
	Private bool // only its owner may read it; else the umask says who may
	New     bool // what is at the path already, even a link to nowhere, is left alone: that is an error that is fs.ErrExist
}

// Write makes the file path of what write writes: under a temporary name in the
// same directory, which is made where it is missing, and then renamed. What was
// at path before stays where anything fails.
//
// A path that exists and is no regular file, as /dev/stdout or a pipe, cannot be
// replaced and is written to directly. A symbolic link is followed, and an error
// if it may have been planted: see follow.
//
// An error of write's own comes back as it is; every other names path.
func Write(path string, o Options, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil && o.New {
		return failed(path, fs.ErrExist)
	}
	target, err := follow(path)
	if err != nil {
		return failed(path, err)
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return failed(path, errDirectory)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return failed(path, err)
		}
		return fill(f, path, write)
	}
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return failed(path, err)
	}
	f, err := createTemp(dir, o.mode())
	if err != nil {
		return failed(path, err)
	}
	err = fill(f, path, write)
	if err == nil && o.New {
		err = reserve(target, path, o.mode())
	}
	if err == nil {
		if err = os.Rename(f.Name(), target); err == nil {
			return nil
		}
		err = failed(path, err)
	}
	os.Remove(f.Name())
	return err
}

func (o Options) mode() fs.FileMode {
	if o.Private {
		return 0o600
	}
	return 0o666
}

// reserve makes an empty file at target, which is then our own to be replaced; not
// through a link, nor over what is there.
func reserve(target, path string, mode fs.FileMode) error {
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return failed(path, err)
	}
	return f.Close()
}

// Stream lets write write to w, which errors call name, with a buffer between
// the two. Its errors are as Write's.
func Stream(w io.Writer, name string, write func(io.Writer) error) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	err := write(buf)
	// The buffer remembers the first failure to write, whatever write made of it.
	if flushErr := buf.Flush(); flushErr != nil {
		return failed(name, flushErr)
	}
	return err
}

// Check says why Write(path) would fail, as far as that shows before: where the
// nearest directory that exists lets nobody make a file, where the name is too long,
// or where the path leads through a link that may have been planted. Nothing stays
// behind.
func Check(path string) error {
	target, err := follow(path)
	if err != nil {
		return failed(path, err)
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return failed(path, errDirectory)
	case err == nil && !info.Mode().IsRegular():
		return nil
	case errors.Is(err, syscall.ENAMETOOLONG):
		return failed(path, err)
	}
	dir := filepath.Dir(target)
	for {
		_, err := os.Stat(dir)
		if err == nil {
			break
		}
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		return failed(path, err)
	}
	f, err := createTemp(dir, 0o600)
	if err != nil {
		if full, absErr := filepath.Abs(dir); absErr == nil {
			dir = full
		}
		return fmt.Errorf("cannot make a file in %s: %w", dir, cause(err))
	}
	f.Close()
	os.Remove(f.Name())
	return nil
}

var errDirectory = errors.New("it is a directory")

// fill writes and closes f.
func fill(f *os.File, path string, write func(io.Writer) error) error {
	err := Stream(f, path, write)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = failed(path, closeErr)
	}
	return err
}

// createTemp makes a new file in dir, of that mode less the umask, which
// os.CreateTemp would not ask.
func createTemp(dir string, mode fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".heapprof-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

func failed(name string, err error) error { return fmt.Errorf("cannot write %s: %w", name, cause(err)) }

// cause is err without the name of a file, which may be the temporary one and
// would only confuse.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
