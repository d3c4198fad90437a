package format

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"heapprof/internal/profile"
	"heapprof/internal/wholefile"
)

// ReadFile is Read for a named file. Every error names it.
func ReadFile(path string) (*profile.Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &profile.FormatError{Name: path, Reason: "is a directory, not a profile"}
	}
	p, err := Read(f)
	var format *profile.FormatError
	switch {
	case errors.As(err, &format):
		format.Name = path
		return nil, format
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	return p, nil
}

// WriteFile writes p to path in heapprof's own format, as wholefile.Write does: whole
// or not at all. A suffix .gz or .zst compresses. Every error names path.
func WriteFile(path string, o wholefile.Options, p *profile.Profile) error {
	own := formats()[0]
	// Said before a directory is made for it.
	if err := own.Check(p); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return wholefile.Write(path, o, func(w io.Writer) error {
		zw, err := compress(w, path)
		if err != nil {
			return err
		}
		err = own.Write(zw, p)
		if closeErr := zw.Close(); err == nil {
			err = closeErr
		}
		return err
	})
}

// cause strips the file's name from err: the caller's sentence has it.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
