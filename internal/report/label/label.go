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
	case view.NeverFreed:
		return "never freed"
	case view.Whole:
		return "total"
	}
	return r.Site.Label
}

// Drop is what to call a row of a view of frees.
type Drop struct {
	Name string // the type of what was dropped, or that nothing was
	// What stands beside it: where that was. Function is "" where another value holds what was
	// dropped, and not known to be anywhere else.
	Verb, Function, Place string
}

// OfDrop is what to call what freed a row's blocks; ok is false for a row of which that is not
// told.
func OfDrop(v *view.View, r *view.Row) (d Drop, ok bool) {
	if r.Drop == nil {
		return Drop{}, false
	}
	d = Drop{Name: r.Drop.Type, Verb: "at", Function: names.Qualified(r.Site.Label), Place: r.Site.Place}
	switch {
	case d.Name == "" && v.Options.WhoFrees:
		d.Name, d.Function = "freed at "+d.Function, ""
	case d.Name == "":
		d.Name, d.Verb = "(no drop)", "freed at"
	case v.Options.WhoFrees:
		d.Verb = "dropped at"
	}
	return d, true
}

// Where is where it was, in a width if that is not 0: the function's name gives way.
func (d Drop) Where(width int) string {
	function := d.Function
	if function == "" {
		return d.Place
	}
	end := ""
	if d.Place != "" {
		end = " " + d.Place
	}
	if room := width - names.Width(d.Verb+" "+end); width > 0 && names.Width(function) > room {
		function = names.Shorten(function, max(room, 1))
	}
	return d.Verb + " " + function + end
}
