// Package wholefile writes files that appear whole or not at all. It imports nothing of
// ours.
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

// Options are how Write makes a file.
type Options struct {
	Private bool // whether only the owner may read the file; else the umask decides
	New     bool // whether it is an error, fs.ErrExist, if there is anything at the path already, even a link to nowhere
}

// Write makes a file at path that contains what the function write writes. The file gets a
// temporary name in the same directory, which is made if it is missing, and is renamed at
// the end. If anything fails, what was at path before stays.
//
// A path that exists and is no regular file, such as /dev/stdout or a pipe, cannot be
// replaced and is written to directly. A symbolic link is followed, but it is an error if
// another user may have put it there: see follow.
//
// An error of the function write is returned as it is; every other error names path.
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

// mode returns the permissions of a new file, from which the umask is still subtracted.
func (o Options) mode() fs.FileMode {
	if o.Private {
		return 0o600
	}
	return 0o666
}

// reserve makes an empty file at target, which may then be replaced. It fails if there is
// anything, even a symbolic link. Errors name path.
func reserve(target, path string, mode fs.FileMode) error {
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return failed(path, err)
	}
	return f.Close()
}

// Stream has the function write write to w through a buffer. An error of the function is
// returned as it is; an error of w is returned with name as the name of the file.
func Stream(w io.Writer, name string, write func(io.Writer) error) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	err := write(buf)
	// The buffer remembers the first failure to write, whatever write made of it.
	if flushErr := buf.Flush(); flushErr != nil {
		return failed(name, flushErr)
	}
	return err
}

// Check returns the error that Write(path) would return, as far as that can be known
// before: nobody can make files in the nearest directory that exists, the name is too long,
// or the path leads through a link that another user may have put there. Check leaves
// nothing behind.
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

// fill has the function write write to f, and closes f. Errors name path.
func fill(f *os.File, path string, write func(io.Writer) error) error {
	err := Stream(f, path, write)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = failed(path, closeErr)
	}
	return err
}

// createTemp makes a new file in dir with the permissions mode, less the umask.
// (os.CreateTemp lets nobody choose them.)
func createTemp(dir string, mode fs.FileMode) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".heapprof-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// failed returns the error for a file that cannot be written, by the name of the file.
func failed(name string, err error) error { return fmt.Errorf("cannot write %s: %w", name, cause(err)) }

// cause returns err without the name of a file: it may be the temporary name, which means
// nothing to the user.
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
