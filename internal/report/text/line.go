package text

import (
	"cmp"
	"path"
	"strings"

	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// line is a row as it is laid out: a tree's row may be a bare continuation of
// the one above, whose numbers it shares.
type line struct {
	prefix string     // a tree's branches
	row    *view.Row  // whose numbers it has; nil for a continuation
	at     *view.Site // what it names; nil where the row's kind says what that is
	folded *folded    // what it leaves out before that; nil: nothing
	within string     // the module that the line which it hangs below names; "" where none does
	freed  *view.Row  // of a view of frees: the row that the line is of, which may be a continuation
	note   *Below     // what is said instead, below a row
	source *view.Row  // the row above, whose source text stands here if it has no room there
	about  *view.Row  // the row of which something may be remarked; may be nil
}

// name returns what a line is called, where that is, and what it went through.
func (t *table) name(l line) (name, place, via string) {
	if d, ok := t.drop(l); ok {
		return d.Name, d.Where(0), ""
	}
	name, place = l.at.Label, l.at.Place
	if t.view.Options.Tree && l.within != "" && l.at.Module == l.within {
		// It is named where it changes. The same module stands above.
		if base := path.Base(l.within); place == base {
			place = ""
		} else {
			name = cmp.Or(strings.TrimPrefix(strings.TrimPrefix(name, base), " "), name) // +0x1210, fn@0x1200
		}
	}
	if l.row == nil || l.folded != nil {
		return name, place, ""
	}
	if l.row.Caller != "" {
		place = from(l.row, 0)
	}
	if l.row.Via != "" {
		via = "via " + l.row.Via
		if !l.row.OnlyVia {
			via = "mostly " + via
		}
	}
	return name, place, via
}

// from says where the most of a row came from, in a width if that is not 0: the function's name
// gives way. It is "" where that leaves too little to tell one function from another.
func from(r *view.Row, width int) string {
	words := "from "
	if !r.OnlyCaller {
		words = "mostly " + words
	}
	function := names.Qualified(r.Caller)
	if room := width - names.Width(words); width > 0 && names.Width(function) > room {
		if room < leastName {
			return ""
		}
		function = names.CutMiddle(function, room)
	}
	return words + function
}

// leastName is how many columns tell one function from another.
const leastName = 12

// drop returns what freed the blocks of a line, where that is told.
func (t *table) drop(l line) (d label.Drop, ok bool) {
	if l.freed == nil {
		return label.Drop{}, false
	}
	return label.OfDrop(t.view, l.freed)
}
