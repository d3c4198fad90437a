package terminal

import (
	"fmt"
	"strings"

	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/source"
)

// paneLines tell of the selected row what its line has no room for: its whole name, where it is, what
// is said of it, and the source.
func (m *Model) paneLines(height int) []string {
	r := m.tab().list.row()
	if m.menu != nil || !m.tab().answered {
		r = nil
	}
	if r == nil || r.Kind == outline.Heading {
		return []string{m.rule("")}
	}
	name := r.Name
	if r.Kind == outline.Line && r.Site != nil {
		name = r.Site.Label + " " + name
	}
	lines := []string{m.rule(name)}
	add := func(s string) { lines = append(lines, m.fit(" "+s, m.width)) }
	if m.isCut(name) {
		for _, line := range m.cut(name, 2) {
			add(line)
		}
	}
	if r.Type != "" {
		add("type " + names.CutType(m.glyphs.words(r.Type), m.width-7))
	}
	if hidden := m.hidden(r); hidden != "" {
		add(hidden)
	}
	if part, ok := m.foundOf(r); ok {
		const explains = " (x explains)"
		head := m.fit(found+" "+m.explain.Heads[part], m.width-1-len(explains))
		lines = append(lines, m.styles.warning.Render(" "+head+explains))
	}
	for _, said := range r.Said {
		for _, line := range wrap(m.glyphs.words(said), m.width-2) {
			add(line)
		}
	}
	const least = 4 // lines for the source
	if r.File != "" && len(lines) > height-least {
		lines = lines[:max(height-least, 1)]
	}
	return append(lines, m.sourceLines(r, height-len(lines))...)
}

// rule is a line across the screen, with a name in it.
func (m *Model) rule(name string) string {
	line := m.glyphs.rule
	if name != "" {
		line += " " + names.Shorten(m.glyphs.words(name), m.width-6) + " "
	}
	return m.styles.faint.Render(line + strings.Repeat(m.glyphs.rule, max(m.width-names.Width(line), 0)))
}

func (m *Model) isCut(name string) bool { return names.Width(m.glyphs.words(name)) > m.width-6 }

// cut returns a long name in at most so many lines.
func (m *Model) cut(name string, most int) (lines []string) {
	width := m.width - 2
	name = names.CutMiddle(m.glyphs.words(name), most*width)
	for name != "" {
		line := names.Begin(name, width)
		if line == "" {
			break
		}
		lines, name = append(lines, line), name[len(line):]
	}
	return lines
}

// sourceLines are where a row is, and in the other lines that there is room for the source.
func (m *Model) sourceLines(r *outline.Row, room int) (lines []string) {
	if room < 1 {
		return nil
	}
	var f *source.File
	if r.File != "" {
		f = m.o.Files.Of(r.File)
		place := r.File
		if r.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, r.Line)
		}
		lines = append(lines, m.styles.faint.Render(m.fit(" "+names.CutMiddle(m.glyphs.words(place), m.width-2), m.width)))
	}
	if f == nil || f.Path == "" || f.Newer || r.Line == 0 {
		for _, line := range wrap(m.glyphs.words(m.o.NoSource(r, f)), m.width-2) {
			lines = append(lines, m.fit(" "+line, m.width))
		}
		return lines[:min(len(lines), room)]
	}
	n := min(room-1, f.Lines())
	first := max(min(r.Line-(n-1)/2, f.Lines()-n+1), 1)
	digits := len(fmt.Sprint(first + n - 1))
	for at := first; at < first+n; at++ {
		line := fmt.Sprintf("%*d  %s", digits, at, f.Line(at))
		if at == r.Line {
			lines = append(lines, m.styles.bold.Render(m.fit(" > "+line, m.width)))
		} else {
			lines = append(lines, m.fit("   "+line, m.width))
		}
	}
	return lines
}

// hidden are the numbers of a row that there is no column for, with what they are.
func (m *Model) hidden(r *outline.Row) string {
	p := m.tab().answer.Page
	var all []string
	cells := r.Cells()
	for i := len(m.columns(p).widths); i < len(cells); i++ {
		if cells[i] != "" {
			all = append(all, p.Titles[i]+" "+cells[i])
		}
	}
	return strings.Join(all, ", ")
}
