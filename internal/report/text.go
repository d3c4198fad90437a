package report

import (
	"fmt"
	"io"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// freeNameWidth is how wide names may get where nothing limits the line, as in
// a pipe: enough for nearly all, and C++ has names of a thousand letters.
const freeNameWidth = 120

// line is a row as it is laid out: a tree's row may be a bare continuation of
// the one above, whose numbers it shares.
type line struct {
	prefix string // a tree's branches
	row    *Row   // nil: the caller that frame is, without numbers
	frame  *Frame // of a continuation
	chunks *chunks
}

// lines flattens the rows.
func (v *View) lines() []line {
	var lines []line
	var walk func(rows []*Row, prefix string)
	emit := func(r *Row, first, rest string) {
		lines = append(lines, line{prefix: first, row: r, chunks: r.chunks})
		for i := 1; i < len(r.Stack); i++ {
			lines = append(lines, line{prefix: rest, frame: r.Stack[i]})
		}
		// A caller's only callee has the same numbers: it goes below, not
		// deeper, or a stack of thirty frames would be a staircase.
		for len(r.Children) == 1 && r.Children[0].Kind == Entry {
			r = r.Children[0]
			lines = append(lines, line{prefix: rest, frame: r.Frame, chunks: r.chunks})
		}
		walk(r.Children, rest)
	}
	walk = func(rows []*Row, prefix string) {
		for i, r := range rows {
			if i == len(rows)-1 {
				emit(r, prefix+"└ ", prefix+"  ")
			} else {
				emit(r, prefix+"├ ", prefix+"│ ")
			}
		}
	}
	for _, r := range v.Rows {
		emit(r, "", "  ")
	}
	return lines
}

// writeTable writes the view for people: an overview, then the table.
func (v *View) writeTable(w io.Writer) error {
	s := palette{on: v.Options.Color}
	if err := v.writeHead(w, s); err != nil {
		return err
	}
	if len(v.Rows) == 0 {
		_, err := fmt.Fprintln(w, "nothing was recorded")
		return err
	}
	cols := v.reportColumns()
	if v.diff() {
		cols = v.diffColumns(palette{})
	}
	lines := v.lines()
	lines = append(lines, line{row: v.totalRow()})

	cells := make([][]string, len(lines))
	widths := make([]int, len(cols))
	for c, col := range cols {
		widths[c] = names.Width(col.title)
	}
	for i, l := range lines {
		cells[i] = make([]string, len(cols), len(cols)+1)
		if l.row == nil {
			continue
		}
		for c, col := range cols {
			cells[i][c] = col.cell(l.row)
			widths[c] = max(widths[c], names.Width(cells[i][c]))
		}
	}
	shown, nameWidth := fit(widths, v.Options.Width)
	g := &grid{}
	for _, col := range cols[:shown] {
		g.header = append(g.header, s.bold(col.title))
	}
	g.header = append(g.header, s.bold(v.nameTitle()))
	for i, l := range lines {
		row := cells[i][:shown]
		if v.diff() && l.row != nil && s.on {
			for c, col := range v.diffColumns(s)[:shown] {
				row[c] = col.cell(l.row)
			}
		}
		if l.row != nil && l.row.Kind == total {
			for c := range row {
				row[c] = s.bold(row[c])
			}
		}
		g.rows = append(g.rows, append(row, v.nameCell(l, nameWidth, s)))
	}
	return g.write(w)
}

func (v *View) totalRow() *Row { return &Row{Kind: total, Sums: v.Total} }

// fit returns how many of the columns fit into the width beside names that can
// still be read, and how wide the names may be. The first two columns, what is
// sorted by and its share, are always shown.
func fit(widths []int, width int) (shown, nameWidth int) {
	const gap = 2
	if width <= 0 {
		return len(widths), freeNameWidth
	}
	least := min(max(width*2/5, 28), 60)
	room := width
	for i, w := range widths {
		if i >= 2 && room-w-gap < least {
			break
		}
		room -= w + gap
		shown = i + 1
	}
	return shown, max(room, 16)
}

// nameCell is the last column: branches, name, place, and whether it is an arena.
func (v *View) nameCell(l line, width int, s palette) string {
	if l.chunks != nil {
		// The name needs most of the room; where there is little, a word must do.
		about := l.chunks.text(v.units())
		if names.Width(about) > width/2 {
			about = l.chunks.noun
		}
		l.chunks = nil
		const gap = "  "
		return v.nameCell(l, width-len(gap)-names.Width(about), s) + gap + s.dim(about)
	}
	width = max(width-names.Width(l.prefix), 16)
	var name, place string
	style := func(s string) string { return s }
	switch {
	case l.row == nil:
		name, place = v.frameLabel(l.frame)
	case l.row.Kind == total:
		return s.bold("total")
	default:
		name, place = l.row.label(v)
		if l.row.Kind != Entry {
			style = s.dim
		}
	}
	if place == "" {
		return s.dim(l.prefix) + style(names.Shorten(name, width))
	}
	const gap = "  "
	// A file and its line stay, if they take no more than half of the room; a
	// caller's name gives way to the site's.
	least := width / 2
	if l.row != nil && l.row.Caller != nil {
		least = width / 3
	}
	place = names.CutMiddle(place, max(least, width-len(gap)-names.Width(name)))
	return s.dim(l.prefix) + style(names.Shorten(name, width-names.Width(place)-len(gap))) + gap + s.dim(place)
}

func (v *View) nameTitle() string {
	switch {
	case v.Options.Tree && v.Options.BottomUp:
		return v.Options.By.String() + ", its callers below"
	case v.Options.Tree:
		return "callers first"
	}
	return v.Options.By.String()
}

// writeHead writes what the profiles are and hold.
func (v *View) writeHead(w io.Writer, s palette) error {
	if v.diff() {
		return v.writeDiffHead(w, s)
	}
	p := v.Profiles[0]
	facts := append([]fact{{"command", v.command(0)}}, overview(p, &v.Total[0])...)
	if mode := names.Printable(p.Mode); mode != "heap" && mode != "rust-heap" && mode != profile.ModeMappings {
		facts = append(facts, fact{"mode", mode})
	}
	facts = append(facts, v.unnamedFacts()...)
	if h, ok := HiddenHeap(p); ok {
		facts = append(facts, h.fact())
	}
	if err := writeFacts(w, facts, s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (v *View) writeDiffHead(w io.Writer, s palette) error {
	facts := []fact{
		{"before", v.command(0)},
		{"after", v.command(1)},
		{"compared", v.Metric.String() + ", by " + v.Options.By.String()},
	}
	for i, p := range v.Profiles {
		for _, f := range losses(p) {
			f.text = [...]string{"before: ", "after: "}[i] + f.text
			facts = append(facts, f)
		}
	}
	if err := writeFacts(w, facts, s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// command is the profiled command line, cut to what fits on a line.
func (v *View) command(i int) string {
	p := v.Profiles[i]
	const labels = 14
	limit := freeNameWidth
	if v.Options.Width > 0 {
		limit = max(v.Options.Width-labels, 20)
	}
	text := strings.Join(strings.Fields(names.Printable(p.Command)), " ")
	if text == "" {
		return "(unknown)"
	}
	return names.CutEnd(text, limit)
}

// writeMarkdown writes the table alone, for a pull request or an issue.
func (v *View) writeMarkdown(w io.Writer) error {
	cols := v.reportColumns()
	if v.diff() {
		cols = v.diffColumns(palette{})
	}
	g := &grid{}
	for _, c := range cols {
		g.header = append(g.header, c.title)
	}
	g.header = append(g.header, v.nameTitle())
	for _, l := range append(v.lines(), line{row: v.totalRow()}) {
		cells := make([]string, len(cols), len(cols)+1)
		if l.row != nil {
			for c, col := range cols {
				cells[c] = col.cell(l.row)
			}
		}
		g.rows = append(g.rows, append(cells, v.markdownName(l)))
	}
	return g.markdown(w)
}

func (v *View) markdownName(l line) string {
	// A table's cell drops leading spaces; no-break spaces keep a tree's shape.
	indent := strings.ReplaceAll(l.prefix, " ", "\u00a0")
	var name, place string
	switch {
	case l.row == nil:
		name, place = v.frameLabel(l.frame)
	case l.row.Kind == total:
		return "**total**"
	case l.row.Kind != Entry:
		name, _ := l.row.label(v)
		return indent + "*" + strings.ReplaceAll(name, "|", `\|`) + "*"
	default:
		name, place = l.row.label(v)
	}
	text := indent + markdownCode(name)
	if place != "" {
		text += " " + markdownCode(place)
	}
	if about := l.chunks.text(v.units()); about != "" {
		text += " " + about
	}
	return text
}
