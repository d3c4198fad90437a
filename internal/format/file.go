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

// ReadFile reads the profile in the file at path, as Read does. Every error names the file.
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

// IsProfile reports whether the file at path begins as one of the formats does.
func IsProfile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	plain, err := decompress(f)
	if err != nil {
		return false
	}
	defer plain.Close()
	head := make([]byte, detectBytes)
	n, _ := io.ReadFull(plain, head)
	_, found := Detect(head[:n])
	return found
}

// WriteFile writes p to the file at path in heapprof's own format, and compresses it if the
// name ends in .gz or .zst. As with wholefile.Write, the file appears whole or not at all.
// Every error names the file.
func WriteFile(path string, o wholefile.Options, p *profile.Profile) error {
	own := formats()[0]
	// Said before a directory is made for it.
	if err := own.Check(p); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return wholefile.Write(path, o, func(w io.Writer) error {
		return Compress(w, path, func(w io.Writer) error { return own.Write(w, p) })
	})
}

// Write writes p to w in heapprof's own format, compressed as the suffix of name asks: .gz, .zst, or else not at all.
func Write(w io.Writer, name string, p *profile.Profile) error {
	own := formats()[0]
	if err := own.Check(p); err != nil {
		return err
	}
	return Compress(w, name, func(w io.Writer) error { return own.Write(w, p) })
}

// cause returns err without the file's name, which the caller's sentence has.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
