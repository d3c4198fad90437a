package terminal

import (
	"regexp"

	"heapprof/internal/report/outline"
)

// list is the rows that are shown of a page, one of which is selected.
type list struct {
	rows    []*outline.Row
	entries []entry
	cursor  int   // the entry that is selected
	top     int   // the first entry on the screen
	height  int   // entries that the screen has room for
	widths  []int // of the numbers of rows that were seen; nil: none were
}

// entry is a row that is shown.
type entry struct {
	row    *outline.Row
	depth  int
	parent int // the entry that opened to it; -1: none
}

func newList(rows []*outline.Row) list {
	l := list{rows: rows}
	l.flatten()
	return l
}

// flatten finds which rows are shown. What is selected stays so.
func (l *list) flatten() {
	selected := l.row()
	l.entries = l.entries[:0]
	for _, r := range l.rows {
		l.add(r, 0, -1)
	}
	for i := range l.entries {
		if l.entries[i].row == selected {
			l.cursor = i
		}
	}
	l.scroll()
}

// add adds a row and what of below it is shown. One that is the only one below the only one of another
// stands no deeper than that.
func (l *list) add(r *outline.Row, depth, parent int) {
	at := len(l.entries)
	l.entries = append(l.entries, entry{row: r, depth: depth, parent: parent})
	if !r.Opened {
		return
	}
	for _, below := range r.Below() {
		d := depth + 1
		if r.Only && below.Only {
			d = depth
		}
		l.add(below, d, at)
	}
}

// row returns the row that is selected; nil where there is none.
func (l *list) row() *outline.Row {
	if l.cursor >= len(l.entries) {
		return nil
	}
	row := l.entries[l.cursor].row
	row.Locate()
	return row
}

// move selects the entry so many further down.
func (l *list) move(by int) {
	l.cursor = min(max(l.cursor+by, 0), max(len(l.entries)-1, 0))
	if row := l.row(); row != nil && row.Kind == outline.Heading {
		step := 1
		if by < 0 {
			step = -1
		}
		l.cursor = min(max(l.cursor+step, 0), len(l.entries)-1)
	}
	l.scroll()
}

// scroll brings what is selected onto the screen.
func (l *list) scroll() {
	l.cursor = min(max(l.cursor, 0), max(len(l.entries)-1, 0))
	height := max(l.height, 1)
	l.top = min(max(l.top, l.cursor-height+1), l.cursor)
	l.top = max(min(l.top, len(l.entries)-height), 0)
}

// deepest is how many rows open by themselves, one below the other.
const deepest = 100

// open shows what is below the selected row. A row that is the only one below another opens, too.
// It reports whether there is anything.
func (l *list) open() bool {
	row := l.row()
	if row == nil || !row.Opens() || len(row.Below()) == 0 {
		return false
	}
	for range deepest {
		row.Opened = true
		below := row.Below()
		if len(below) != 1 || !below[0].Opens() || len(below[0].Below()) == 0 {
			break
		}
		row = below[0]
	}
	at := l.cursor
	l.flatten()
	// As much of what has opened as there is room for is to be seen.
	last := at
	for last+1 < len(l.entries) && l.entries[last+1].parent >= at {
		last++
	}
	l.top = min(at, max(l.top, last-max(l.height, 1)+1))
	l.scroll()
	return true
}

// close hides what is below the selected row. If nothing is, it selects the row above it that opened
// to it.
func (l *list) close() {
	row := l.row()
	switch {
	case row == nil:
	case row.Opened:
		row.Opened = false
		l.flatten()
	case l.entries[l.cursor].parent >= 0:
		l.cursor = l.entries[l.cursor].parent
		l.scroll()
	}
}

// closeAll hides all but the rows of the page.
func (l *list) closeAll() {
	for l.cursor < len(l.entries) && l.entries[l.cursor].parent >= 0 {
		l.cursor = l.entries[l.cursor].parent
	}
	for _, e := range l.entries {
		e.row.Opened = false
	}
	l.flatten()
}

// next selects the next row that matches, further down or up and round the ends. It reports whether there is one.
func (l *list) next(re *regexp.Regexp, step int) bool {
	n := len(l.entries)
	for i := 1; i <= n; i++ {
		at := ((l.cursor+i*step)%n + n) % n
		r := l.entries[at].row
		if r.Kind == outline.Rest || r.Kind == outline.Total || r.Kind == outline.Heading {
			continue
		}
		if re.MatchString(r.Name) || re.MatchString(r.Type) || re.MatchString(r.Place) || re.MatchString(r.File) {
			l.cursor = at
			l.scroll()
			return true
		}
	}
	return false
}
