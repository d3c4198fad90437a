package text

import (
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// line is a row as it is laid out: a tree's row may be a bare continuation of
// the one above, whose numbers it shares.
type line struct {
	prefix string     // a tree's branches
	row    *view.Row  // whose numbers and label it has; nil for a continuation
	site   *view.Site // of a continuation
	freed  *view.Row  // of a view of frees: the row that the line is of, which may be a continuation
	note   *Below     // what is said instead, below a row
	source *view.Row  // the row above, whose source text stands here if it has no room there
	about  *view.Row  // the row of which something may be remarked; may be nil
}

// lines returns the rows as lines, the total last.
func (t *table) lines() []line {
	var lines []line
	var walk func(rows []*view.Row, prefix string)
	emit := func(r *view.Row, first, rest string) {
		lines = append(lines, line{prefix: first, row: r, freed: r, about: r})
		remark := t.remarkOf(lines[len(lines)-1])
		lines = append(lines, t.sourceLines(r, rest)...)
		for _, note := range remark.Below {
			lines = append(lines, line{prefix: rest, note: &note})
		}
		for i := 1; i < len(r.Stack); i++ {
			lines = append(lines, line{prefix: rest, site: r.Stack[i]})
		}
		// A caller's only callee has the same numbers: it goes below, not
		// deeper, or a stack of thirty frames would be a staircase.
		for len(r.Children) == 1 && (r.Children[0].Kind == view.Entry || r.Children[0].Kind == view.Run) {
			r = r.Children[0]
			if r.Kind == view.Run {
				lines = append(lines, line{prefix: rest, note: &Below{Text: label.Name(t.view, r)}})
				continue
			}
			lines = append(lines, line{prefix: rest, site: r.Site, freed: r, about: r})
		}
		walk(r.Children, rest)
	}
	walk = func(rows []*view.Row, prefix string) {
		for i, r := range rows {
			if i == len(rows)-1 {
				emit(r, prefix+"└ ", prefix+"  ")
			} else {
				emit(r, prefix+"├ ", prefix+"│ ")
			}
		}
	}
	for _, r := range t.view.Rows {
		emit(r, "", "  ")
	}
	return append(lines, line{row: t.view.Total})
}

// name returns what a line is called, where that is, and what it went through.
func (t *table) name(l line) (name, place, via string) {
	if d, ok := t.drop(l); ok {
		return d.Name, d.Where(0), ""
	}
	if l.row == nil {
		return l.site.Label, l.site.Place, ""
	}
	name, place = l.row.Site.Label, l.row.Site.Place
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
