package report

import (
	"fmt"
	"path"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// label is what to call the row: a name, and the place it is at, which may be
// empty. Both are safe to print on a terminal.
func (r *Row) label(v *View) (name, place string) {
	switch r.Kind {
	case Self:
		if v.Options.BottomUp {
			return "(no caller known)", ""
		}
		return "(itself)", ""
	case Folded:
		n := uint64(r.Count)
		return fmt.Sprintf("… %s more %s", human.Count(n), human.Plural(n, r.noun)), ""
	case Unfocused:
		return fmt.Sprintf("not matching --focus %s", names.Printable(v.Options.Focus.String())), ""
	case Ignored:
		return fmt.Sprintf("matching --ignore %s", names.Printable(v.Options.Ignore.String())), ""
	}
	name, place = v.frameLabel(r.Frame)
	if r.Caller != nil {
		place = "from " + names.Qualified(r.Caller.Name())
		if !r.onlyCaller {
			place = "mostly " + place
		}
	}
	return name, place
}

func (v *View) frameLabel(f *Frame) (name, place string) {
	switch {
	case v.Options.By == ByFile:
		return fileLabel(f), ""
	case v.Options.By == ByModule:
		return moduleLabel(f), ""
	case f.runtime != nil:
		return f.runtime.name, f.runtime.place
	case v.Options.By == ByFunction || v.diff():
		// The lines differ: within the function, or between the two profiles.
		name = f.Name()
		if v.diff() {
			name = names.Stable(f.Name())
		}
		if owner := owner(f); owner != "" && f.Function != "" {
			place = path.Base(owner)
		}
		return name, place
	}
	return f.Name(), f.Place()
}
