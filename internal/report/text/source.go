package text

import (
	"strconv"
	"strings"

	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// sourceLines returns what stands below a site: the lines of its function, or the text of the
// only one.
func (t *table) sourceLines(r *view.Row, prefix string) []line {
	if r.Source != "" {
		return []line{{prefix: prefix, source: r}}
	}
	var lines []line
	for _, l := range t.view.ShownLines(r) {
		lines = append(lines, line{prefix: prefix, row: l, at: l.Site})
	}
	return lines
}

// addSource adds the source text of a row to it where there is room in a width; else it is a line
// of its own: see addBelow.
func (t *table) addSource(g *grid, r *view.Row, nameWidth, start int) {
	above := g.rows[len(g.rows)-1]
	name, text := &above[len(above)-1], r.Source
	if !strings.Contains(*name, r.Site.Place) {
		text = r.Site.Place + spaces + text
	}
	if names.Width(*name)+gap+names.Width(text) <= nameWidth {
		*name += spaces + text
		return
	}
	g.addBelow(names.CutEnd(text, start+nameWidth-belowIndent), nameWidth, start, func(s string) string { return s })
}

// belowIndent is where texts below a row begin that have no room below its name.
const belowIndent = 4

// addBelow adds a line that is a text alone, in a style. It begins below the names, at the column
// start; where these have little room, or it is too long for that, where all such lines do.
func (g *grid) addBelow(text string, nameWidth, start int, style func(string) string) {
	if g.spans == nil {
		g.spans = map[int]string{}
	}
	const roomy = 60
	indent := start + gap
	if nameWidth < roomy || indent+names.Width(text) > start+nameWidth {
		indent = min(belowIndent, indent)
	}
	g.spans[len(g.rows)] = strings.Repeat(" ", indent) + style(text)
	g.rows = append(g.rows, make([]string, len(g.header)))
}

// lineCell returns a line of a function: its number, and its text where that is at hand.
func (t *table) lineCell(l line, width int) string {
	number := ":" + strconv.Itoa(l.row.Site.Line)
	if l.row.Site.Line == 0 {
		number = "(line not known)"
	}
	if l.row.Source == "" {
		return t.palette.dim(l.prefix + number)
	}
	return t.palette.dim(l.prefix+number) + spaces + names.CutEnd(l.row.Source, max(width-names.Width(l.prefix+number)-gap, 16))
}

// places returns where the lines of a site are, the first of which have the most.
func places(lines []*view.Row) string {
	const most = 2
	place := lines[0].Site.Place
	for i, l := range lines[1:] {
		if i+1 == most || l.Kind != view.Line {
			return place + ", …"
		}
		place += ", " + strconv.Itoa(l.Site.Line)
	}
	return place
}
