package report

import (
	"io"

	"heapprof/internal/profile"
)

// What a command does in steps, to fail before it opens its output, in one.

// Report writes what o asks for of one profile.
func Report(w io.Writer, p *profile.Profile, o Options) error {
	return write(w, o, p)
}

// Diff writes what o asks for of the change from one profile to another.
func Diff(w io.Writer, before, after *profile.Profile, o Options) error {
	return write(w, o, before, after)
}

func write(w io.Writer, o Options, profiles ...*profile.Profile) error {
	v, err := Build(o, profiles...)
	if err != nil {
		return err
	}
	return v.Write(w)
}

// WritePProf writes p as a gzipped pprof profile.
func WritePProf(w io.Writer, p *profile.Profile) error {
	file, err := PProf(p)
	if err != nil {
		return err
	}
	return file.Write(w)
}
