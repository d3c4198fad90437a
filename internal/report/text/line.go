package text

import (
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// line is a row as it is laid out: a tree's row may be a bare continuation of
// the one above, whose numbers it shares.
type line struct {
	prefix string     // a tree's branches
	row    *view.Row  // whose numbers and label it has; nil for a continuation
	site   *view.Site // of a continuation
	about  *view.Row  // the row of which something may be remarked; may be nil
}

// lines returns the rows as lines, the total last.
func (t *table) lines() []line {
	var lines []line
	var walk func(rows []*view.Row, prefix string)
	emit := func(r *view.Row, first, rest string) {
		lines = append(lines, line{prefix: first, row: r, about: r})
		for i := 1; i < len(r.Stack); i++ {
			lines = append(lines, line{prefix: rest, site: r.Stack[i]})
		}
		// A caller's only callee has the same numbers: it goes below, not
		// deeper, or a stack of thirty frames would be a staircase.
		for len(r.Children) == 1 && r.Children[0].Kind == view.Entry {
			r = r.Children[0]
			lines = append(lines, line{prefix: rest, site: r.Site, about: r})
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

// name returns what a line is called, and where that is.
func (l line) name() (name, place string) {
	if l.row == nil {
		return l.site.Label, l.site.Place
	}
	name, place = l.row.Site.Label, l.row.Site.Place
	if caller := l.row.Caller; caller != "" {
		place = "from " + names.Qualified(caller)
		if !l.row.OnlyCaller {
			place = "mostly " + place
		}
	}
	return name, place
}
