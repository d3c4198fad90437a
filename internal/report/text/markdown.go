package text

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// MarkdownReport writes a report's table, after the items that it begins with, for a pull request
// or an issue.
func MarkdownReport(w io.Writer, r *view.Report, items []Item, remark func(*view.Row) Remark) error {
	for i, item := range items {
		end := "\n"
		if i == len(items)-1 {
			end = "\n\n"
		}
		if _, err := fmt.Fprintf(w, "%d. %s%s", item.Number, markdownText(item.Text), end); err != nil {
			return err
		}
	}
	return (&table{view: &r.View, report: r, columns: r.Columns(), remark: remark}).markdown(w)
}

// MarkdownDiff writes a diff's table alone.
func MarkdownDiff(w io.Writer, d *view.Diff) error {
	return (&table{view: &d.View, diff: d, columns: d.Columns()}).markdown(w)
}

func (t *table) markdown(w io.Writer) error {
	g := &grid{header: t.header(), names: 1}
	types := t.typeColumn(0)
	if types > 0 {
		g.header = append(g.header, "type")
		g.names++
	}
	g.header = append(g.header, t.nameTitle())
	for _, l := range t.lines() {
		cells := make([]string, len(t.columns), len(t.columns)+2)
		if l.row != nil {
			for c, col := range t.columns {
				cells[c] = t.cell(col, l.row)
			}
		}
		if types > 0 {
			cells = append(cells, MarkdownCell(l.typeCell(types)))
		}
		if l.source != nil {
			above := g.rows[len(g.rows)-1]
			above[len(above)-1] += " " + MarkdownCell(l.source.Source)
			continue
		}
		g.rows = append(g.rows, append(cells, t.markdownName(l)))
	}
	return g.markdown(w)
}

func (t *table) markdownName(l line) string {
	// A table's cell drops leading spaces; no-break spaces keep a tree's shape.
	indent := strings.ReplaceAll(l.prefix, " ", "\u00a0")
	if l.row != nil && l.row.Kind == view.Whole {
		return "**total**"
	}
	if l.row != nil && l.row.Kind == view.Line {
		return strings.TrimRight(indent+":"+strconv.Itoa(l.row.Site.Line)+" "+MarkdownCell(l.row.Source), " ")
	}
	if l.row != nil && l.row.Kind != view.Entry {
		return indent + "*" + strings.ReplaceAll(label.Name(t.view, l.row), "|", `\|`) + "*"
	}
	if l.note != nil {
		return indent + "*" + strings.ReplaceAll(l.note.in(0), "|", `\|`) + "*"
	}
	name, place, via := t.name(l)
	text := indent + MarkdownCell(name)
	if place != "" {
		text += " " + MarkdownCell(place)
	}
	if via != "" {
		text += " " + via
	}
	if about := t.remarkOf(l).Text; about != "" {
		text += " " + about
	}
	return text
}

// markdown writes the grid as a GitHub-flavoured table.
func (g *grid) markdown(w io.Writer) error {
	var b strings.Builder
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| ")
			b.WriteString(c)
			b.WriteString(" ")
		}
		b.WriteString("|\n")
	}
	line(g.header)
	for i := range g.header {
		if i >= len(g.header)-g.names {
			b.WriteString("|:---")
		} else {
			b.WriteString("|---:")
		}
	}
	b.WriteString("|\n")
	for _, r := range g.rows {
		line(r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownText makes s a text that Markdown leaves as it is.
func markdownText(s string) string {
	const special = "\\`*_[]<>&|#~"
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(special, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// MarkdownCell makes s a code span that is safe inside of a table's cell.
func MarkdownCell(s string) string { return strings.ReplaceAll(MarkdownCode(s), "|", `\|`) }

// MarkdownCode makes s a code span: nothing in it is markup, calls for a user or links to an
// issue. "" stays so.
func MarkdownCode(s string) string {
	if s == "" {
		return ""
	}
	s = names.Printable(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}
