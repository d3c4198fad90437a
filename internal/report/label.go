package report

import (
	"fmt"
	"path"
)

// label is what to call the row: a name, and the place it is at, which may be
// empty. Both are safe to print on a terminal.
func (r *Row) label(v *View) (name, place string) {
	switch r.Kind {
	case Self:
		return "(here, not further down)", ""
	case Folded:
		return fmt.Sprintf("… %s more", Count(uint64(r.Count))) + " " + v.noun(r.Count), ""
	case Unfocused:
		return fmt.Sprintf("not matching --focus %s", v.Options.Focus), ""
	case Ignored:
		return fmt.Sprintf("matching --ignore %s", v.Options.Ignore), ""
	}
	f := r.Frame
	if len(r.Stack) > 0 {
		f = r.Stack[0]
	}
	return v.frameLabel(f)
}

func (v *View) frameLabel(f *Frame) (name, place string) {
	switch {
	case v.Options.By == ByFile:
		return printable(fileLabel(f)), ""
	case v.Options.By == ByModule:
		return printable(moduleLabel(f)), ""
	case v.Options.By == ByFunction || v.diff():
		// The lines differ: within the function, or between the two profiles.
		name = f.Name()
		if v.diff() {
			name = stableName(f)
		}
		if owner := owner(f); owner != "" && f.Function != "" {
			place = path.Base(owner)
		}
		return printable(name), printable(place)
	}
	return printable(f.Name()), printable(f.Place())
}

// noun is what the rows of a view are, for so many of them.
func (v *View) noun(n int) string {
	word := v.Options.By.String()
	switch {
	case v.Options.Tree && v.Options.By == BySite && !v.Options.BottomUp:
		word = "call"
	case v.Options.Tree && v.Options.By == BySite:
		word = "caller"
	}
	if n != 1 {
		word += "s"
	}
	return word
}
