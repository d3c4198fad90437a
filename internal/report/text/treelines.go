package text

import (
	"fmt"

	"heapprof/internal/report/human"
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// leastFolded is how many frames a chain of single calls must have between its first and its
// last for these to share a line: fewer are worth their lines.
const leastFolded = 3

// call is one step of a chain of single calls: a row, or a frame of one that has a stack.
type call struct {
	row  *view.Row
	site *view.Site
}

// chain returns the single calls below a row: its only callee, the only callee of that, and so
// on. They have the row's numbers.
func chain(r *view.Row) (calls []call) {
	for i := 1; i < len(r.Stack); i++ {
		calls = append(calls, call{r, r.Stack[i]})
	}
	for len(r.Children) == 1 && (r.Children[0].Kind == view.Entry || r.Children[0].Kind == view.Run) {
		r = r.Children[0]
		calls = append(calls, call{r, r.Site})
	}
	return calls
}

// folded says how many frames a line leaves out between two calls.
type folded struct {
	first       *view.Site
	least, most int
}

// fold returns what the line of a row leaves out where the chain below it is folded: all but
// the last call; nil where that is not worth it.
func (t *table) fold(r *view.Row, calls []call) *folded {
	if !t.view.Options.Tree || t.view.Options.AllFrames || r.Drop != nil || r.Site == nil || r.Kind != view.Entry {
		return nil
	}
	f := &folded{first: r.Site}
	for i, c := range calls {
		switch {
		case i == len(calls)-1:
			if c.row.Kind != view.Entry {
				return nil
			}
		case c.row.Kind == view.Run:
			f.least, f.most = f.least+c.row.Run.Least, f.most+c.row.Run.Most
		default:
			f.least, f.most = f.least+1, f.most+1
		}
	}
	if len(calls) <= leastFolded {
		return nil
	}
	return f
}

// between is the mark for the frames that are left out.
func (f *folded) between() string {
	n := human.Count(uint64(f.most))
	if f.least < f.most {
		n = human.Count(uint64(f.least)) + "–" + n
	}
	return " ⋯" + n + " "
}

// names returns both names of a folded line in a width: each may have what the other leaves.
func (f *folded) names(last string, width int) string {
	first, between := f.first.Label, f.between()
	room := width - names.Width(between)
	if a, b := names.Width(first), names.Width(last); a+b > room {
		half := room / 2
		switch {
		case b <= half:
			first = names.Shorten(first, max(room-b, 1))
		case a <= half:
			last = names.Shorten(last, max(room-a, 1))
		default:
			first, last = names.Shorten(first, max(half, 1)), names.Shorten(last, max(room-half, 1))
		}
	}
	return first + between + last
}

// branches returns the guides of a row of a tree in a width, two columns for each level. Where
// the deepest row's would take the room of names, every level has one; and where these would
// too, the outer ones are left out, and how many they were stands instead.
func branches(prefix string, deepest, width int) string {
	const loose, tight = 4, 3 // parts of the width that guides may take
	if prefix == "" || deepest <= max(width/loose, 8) {
		return prefix
	}
	var guides []rune
	for i, g := range []rune(prefix) {
		if i%2 == 0 {
			guides = append(guides, g)
		}
	}
	most := max(width/tight, 8)
	if len(guides) <= most {
		return string(guides) + " "
	}
	left := len(guides) - most + guidesMark
	return fmt.Sprintf("⋯%-*d", guidesMark-1, left) + string(guides[left:]) + " "
}

// guidesMark is how many columns the mark for guides that are left out has.
const guidesMark = 4

// lines returns the rows as lines, the total last.
func (t *table) lines() (lines []line) {
	var walk func(rows []*view.Row, prefix, within string)
	emit := func(r *view.Row, first, rest, within string) {
		calls := chain(r)
		l := line{prefix: first, row: r, at: r.Site, freed: r, about: r, within: within}
		if f := t.fold(r, calls); f != nil {
			// A caller's only callee has the same numbers.
			last := calls[len(calls)-1]
			l.folded, l.at, l.freed, l.about = f, last.site, last.row, last.row
			calls = nil
			r = last.row
		}
		lines = append(lines, l)
		within = moduleOf(l.at, within)
		remark := t.remarkOf(l)
		lines = append(lines, t.sourceLines(r, rest)...)
		for _, note := range remark.Below {
			lines = append(lines, line{prefix: rest, note: &note})
		}
		// What is not folded goes below, not deeper, or a stack of thirty frames would be a
		// staircase.
		for _, c := range calls {
			if r = c.row; r.Kind == view.Run {
				lines = append(lines, line{prefix: rest, note: &Below{Text: label.Name(t.view, r)}})
				continue
			}
			l := line{prefix: rest, at: c.site, within: within}
			if c.site == r.Site {
				l.freed, l.about = r, r
			}
			lines = append(lines, l)
			within = moduleOf(c.site, within)
		}
		walk(r.Children, rest, within)
	}
	walk = func(rows []*view.Row, prefix, within string) {
		rows = t.worthLines(rows)
		for i, r := range rows {
			if i == len(rows)-1 {
				emit(r, prefix+"└ ", prefix+"  ", within)
			} else {
				emit(r, prefix+"├ ", prefix+"│ ", within)
			}
		}
	}
	for _, r := range t.worthLines(t.view.Rows) {
		emit(r, "", "  ", "")
	}
	return append(lines, line{row: t.view.Total})
}

// worthLines returns the rows but for the folded ones that have nothing of what the tree is
// sorted by: what it adds up to is the same without them.
func (t *table) worthLines(rows []*view.Row) []*view.Row {
	if t.diff != nil || !t.view.Options.Tree {
		return rows
	}
	kept := rows[:0:0]
	for _, r := range rows {
		if r.Kind != view.Folded || r.Sums.Get(t.view.Metric) != 0 {
			kept = append(kept, r)
		}
	}
	return kept
}

// moduleOf returns the module that a site names, or the one that was named before.
func moduleOf(s *view.Site, before string) string {
	if s == nil || s.Module == "" {
		return before
	}
	return s.Module
}
