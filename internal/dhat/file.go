package dhat

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// ReadFile is Read for a named file. Every error names it.
func ReadFile(path string) (*Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &FormatError{Name: path, Reason: "is a directory, not a profile"}
	}
	p, err := Read(f)
	var format *FormatError
	switch {
	case errors.As(err, &format):
		format.Name = path
		return nil, format
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	return p, nil
}

// WriteFile writes p to path, whole or not at all: under a temporary name in
// the same directory, which is made where it is missing, and then renamed. A
// suffix .gz or .zst compresses. The file's mode is what creating one gives.
//
// A path that exists and is no regular file, as /dev/stdout or a pipe, is
// written to directly; a symbolic link is followed. Every error names path.
func WriteFile(path string, p *Profile) error {
	if err := writeFile(path, p); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

func writeFile(path string, p *Profile) error {
	target := path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return errors.New("it is a directory")
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(writeCompressed(f, path, p), f.Close())
	}
	// Said before a directory is made for it.
	if err := p.checkWritable(); err != nil {
		return err
	}
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := createTemp(dir)
	if err != nil {
		return err
	}
	err = writeCompressed(f, path, p)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func writeCompressed(w io.Writer, name string, p *Profile) error {
	zw, err := compress(w, name)
	if err != nil {
		return err
	}
	err = Write(zw, p)
	if closeErr := zw.Close(); err == nil {
		err = closeErr
	}
	return err
}

// createTemp makes a new file in dir. os.CreateTemp would make it readable by
// its owner alone, and the umask, which says what others may, cannot be asked
// without changing it for the whole process.
func createTemp(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".heapprof-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// cause strips the file's name from err: the caller's sentence has it, and the
// temporary one would only confuse.
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
