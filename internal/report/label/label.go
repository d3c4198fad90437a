// Package label names what stands for no function, alike in every table and picture. It
// imports the profile, frames, human, names and view.
package label

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/report/frames"
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
		return More(uint64(r.Count), r.Noun)
	case view.Unasked:
		n := uint64(r.Count)
		return fmt.Sprintf("… %s %s %s", human.Count(n), human.Plural(n, r.Noun), map[view.Question]string{
			view.AskLeaks: "that freed all", view.AskChurn: "whose blocks stay", view.AskGrowth: "that did not grow",
		}[v.Options.Question])
	case view.Unchanged:
		n := uint64(r.Count)
		return fmt.Sprintf("… %s %s that did not change", human.Count(n), human.Plural(n, r.Noun))
	case view.Unfocused:
		return fmt.Sprintf("not matching --focus %s", names.Printable(v.Options.Focus.String()))
	case view.Ignored:
		return fmt.Sprintf("matching --ignore %s", names.Printable(v.Options.Ignore.String()))
	case view.NeverFreed:
		return "never freed"
	case view.Run:
		return Frames(Passed(r.Run.Run), r.Run.Least, r.Run.Most)
	case view.OfType:
		return Type(r.Type.Name)
	case view.Whole:
		return "total"
	}
	return r.Site.Label
}

// More is what to call so many others of what the noun says, which are one.
func More(n uint64, noun string) string {
	return fmt.Sprintf("… %s more %s", human.Count(n), human.Plural(n, noun))
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
	d = Drop{Name: r.Drop.Name, Verb: "at", Function: r.Site.Label, Place: r.Site.Place}
	// What a run-time library does for itself is in parentheses, and closures are in braces.
	if !strings.HasPrefix(d.Function, "(") && !strings.HasSuffix(d.Function, "}") {
		d.Function = names.Qualified(d.Function)
	}
	switch {
	case r.Drop.None:
		d.Name, d.Verb = strings.TrimSpace(d.Name+" (no drop)"), "freed at"
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
	room := func() int { return width - names.Width(d.Verb+" "+end) }
	if width > 0 && names.Width(function) > room() && !strings.Contains(d.Place, ":") {
		end = "" // a library tells less than the function's name
	}
	if width > 0 && names.Width(function) > room() {
		function = names.Shorten(function, max(room(), 1))
	}
	return d.Verb + " " + function + end
}

// Type is what to call a type among functions: its name in brackets, as what is no function
// stands in brackets elsewhere.
func Type(name string) string { return "[" + name + "]" }

// Passed names what a run of frames that are left out is of.
func Passed(r frames.Run) string {
	of := r.Crates
	if r.Recursion {
		of = append(slices.Clone(of), "recursion")
	}
	return strings.Join(of, ", ")
}

// Run is what to call a run of frames of what Passed names, however many they are.
func Run(passed string) string { return "… " + cmp.Or(passed, "frames") }

// Frames is what to call a run of so many frames, at least and at most.
func Frames(passed string, least, most int) string {
	n := human.Count(uint64(most))
	if least < most {
		n = human.Count(uint64(least)) + "–" + n
	}
	return strings.TrimSpace(fmt.Sprintf("… %s frames %s", n, passed))
}
