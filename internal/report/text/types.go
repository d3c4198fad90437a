package text

import (
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// typeColumn returns how wide the column of types is in lines of a width, 0 for no limit: as
// wide as the types are, but no more than leaves the most of a line to the rest. It is 0 where
// there is no such column, as rows have no type or stand for types themselves.
func (t *table) typeColumn(width int) int {
	if t.view.Options.Tree || t.isByType() {
		return 0
	}
	most := FreeWidth / 2
	if width > 0 {
		most = max(width*3/10, 12)
	}
	widest := 0
	for _, r := range t.view.Rows {
		widest = max(widest, names.Width(r.Type.Name))
	}
	if widest == 0 {
		return 0
	}
	return min(max(widest, len("type")), most)
}

// typeCell returns the type of a line's row, in at most width columns.
func (l line) typeCell(width int) string {
	if l.row == nil {
		return ""
	}
	return names.CutType(l.row.Type.Name, width)
}

// typeLine returns the name of a type that a row stands for, in a width, and where most of it
// came from in what room the name leaves: that is not told where it is too little.
func (t *table) typeLine(r *view.Row, width int) string {
	name := names.CutType(r.Site.Label, width)
	if r.Caller == "" {
		return name
	}
	origin := from(r, max(width-gap-names.Width(name), 1))
	if origin == "" {
		return name
	}
	return name + spaces + t.palette.dim(origin)
}

// inlineType returns the type of a line's row where it is to stand beside the name: in a
// tree in brackets, as where it is a line of its own.
func (t *table) inlineType(l line) string {
	switch {
	case t.view.Options.Tree && l.freed != nil && l.freed.Drop == nil && l.freed.Type.Name != "":
		return label.Type(l.freed.Type.Name)
	case !t.inline || l.row == nil:
		return ""
	}
	return l.row.Type.Name
}

// isByType reports whether the rows stand for types.
func (t *table) isByType() bool { return t.view.Options.By == view.ByType && !t.view.Options.Tree }
