package report

import (
	"io"

	"heapprof/internal/dhat"
)

// Report writes what o asks for of one profile.
func Report(w io.Writer, p *dhat.Profile, o Options) error {
	return write(w, o, p)
}

// Diff writes what o asks for of the change from one profile to another.
func Diff(w io.Writer, before, after *dhat.Profile, o Options) error {
	return write(w, o, before, after)
}

func write(w io.Writer, o Options, profiles ...*dhat.Profile) error {
	v, err := Build(o, profiles...)
	if err != nil {
		return err
	}
	return v.Write(w)
}

// Write writes the view in the format of its options.
func (v *View) Write(w io.Writer) error {
	switch v.Options.Format {
	case JSON:
		return v.writeJSON(w)
	case CSV:
		return v.writeCSV(w)
	case Markdown:
		return v.writeMarkdown(w)
	}
	return v.writeTable(w)
}
