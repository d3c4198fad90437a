// Package label names the rows that stand for no site, alike in every table. It imports
// human, names and view.
package label

import (
	"fmt"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Name is what to call a row: its site's label, or what it accounts for.
func Name(v *view.View, r *view.Row) string {
	switch r.Kind {
	case view.Self:
		if v.Options.BottomUp {
			return "(no caller known)"
		}
		return "(itself)"
	case view.Folded:
		n := uint64(r.Count)
		return fmt.Sprintf("… %s more %s", human.Count(n), human.Plural(n, r.Noun))
	case view.Unfocused:
		return fmt.Sprintf("not matching --focus %s", names.Printable(v.Options.Focus.String()))
	case view.Ignored:
		return fmt.Sprintf("matching --ignore %s", names.Printable(v.Options.Ignore.String()))
	case view.Whole:
		return "total"
	}
	return r.Site.Label
}
