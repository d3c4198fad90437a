package terminal

import (
	"strings"

	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
)

// columns are how the lines of a page are laid out.
type columns struct {
	widths []int // of the numbers that there is room for
	bar    int   // 0: there is no bar
	name   int
}

// gap is what stands between columns.
const gap = 2

// The least widths: of names beside another column of numbers, of names beside one of those that the question is about,
// and of names beside a bar.
const (
	leastName   = 52
	leastAlways = 34
	leastBar    = 28
)

// columns finds what there is room for.
func (m *Model) columns(p *outline.Page) (c columns) {
	widths := m.tab().list.measure(p, &m.glyphs)
	room := m.width - 3 // what marks rows
	for i, w := range widths {
		least := leastName
		if i < p.Always {
			least = leastAlways
		}
		if i >= 2 && room-w-gap < least || room-w-gap < 4 {
			break
		}
		room -= w + gap
		c.widths = append(c.widths, w)
	}
	if p.Bars {
		bar := min(max(m.width/12, 6), 16) | 1
		for bar > 3 && room-bar-gap < leastBar {
			bar -= 2
		}
		if room-bar-gap >= leastBar {
			c.bar = bar
			room -= bar + gap
		}
	}
	c.name = max(room, 4)
	return c
}

// measured is how many rows are looked at for how wide columns are, besides those on the screen.
const measured = 200

// measure returns how wide the page's numbers are. It never tells less than before, or what is
// read would jump.
func (l *list) measure(p *outline.Page, g *glyphs) []int {
	if l.widths == nil {
		l.widths = make([]int, len(p.Titles))
		for i, title := range p.Titles {
			l.widths[i] = names.Width(g.words(title))
		}
		for _, r := range l.rows[:min(len(l.rows), measured)] {
			l.widen(r, g)
		}
		if len(l.rows) > 0 {
			l.widen(l.rows[len(l.rows)-1], g)
		}
	}
	for i := l.top; i < min(l.top+l.height, len(l.entries)); i++ {
		l.widen(l.entries[i].row, g)
	}
	return l.widths
}

func (l *list) widen(r *outline.Row, g *glyphs) {
	for i, cell := range r.Cells() {
		l.widths[i] = max(l.widths[i], names.Width(g.words(cell)))
	}
}

// rowLines are the titles of the columns, and the rows on the screen.
func (m *Model) rowLines() (lines []string) {
	t := m.tab()
	p, l := t.answer.Page, &t.list
	c := m.columns(p)
	lines = append(lines, m.headLine(p, c))
	for i := l.top; i < min(l.top+l.height, len(l.entries)); i++ {
		lines = append(lines, m.rowLine(p, c, i))
	}
	return lines
}

func (m *Model) headLine(p *outline.Page, c columns) string {
	line := "   "
	for i, w := range c.widths {
		line += padLeft(m.glyphs.words(p.Titles[i]), w) + strings.Repeat(" ", gap)
	}
	if c.bar > 0 {
		line += strings.Repeat(" ", c.bar+gap)
	}
	return m.styles.bold.Render(m.fit(line+p.Name, m.width))
}

// found marks a row of which something was found.
const found = "!"

// rowLine is one row.
func (m *Model) rowLine(p *outline.Page, c columns, at int) string {
	e := m.tab().list.entries[at]
	r := e.row
	selected := at == m.tab().list.cursor
	numbers := m.numbers(c, r)
	bar := ""
	if c.bar > 0 {
		bar = m.bar(p, c, r) + strings.Repeat(" ", gap)
	}
	name, beside := m.name(r, e.depth, c.name)
	mark := " "
	if _, ok := m.foundOf(r); ok {
		mark = found
	}
	if selected {
		return m.styles.selected.Render(pad(m.fit(">"+mark+" "+numbers+bar+name+beside, m.width), m.width))
	}
	switch r.Kind {
	case outline.Total:
		name = m.styles.bold.Render(name)
	case outline.Rest, outline.Heading:
		name = m.styles.faint.Render(name)
	}
	if strings.TrimSpace(beside) != "" {
		beside = m.styles.faint.Render(beside)
	}
	switch {
	case p.Signed && r.Share > 0:
		bar = m.styles.more.Render(bar)
	case p.Signed && r.Share < 0:
		bar = m.styles.less.Render(bar)
	case strings.TrimSpace(bar) != "":
		bar = m.styles.bar.Render(bar)
	}
	if r.Kind == outline.Total {
		numbers = m.styles.bold.Render(numbers)
	}
	if mark == found {
		mark = m.styles.warning.Render(mark)
	}
	return m.fit(" "+mark+" "+numbers+bar+name+beside, m.width)
}

// numbers returns the numbers of a row. Those of the only one below another are that one's.
func (m *Model) numbers(c columns, r *outline.Row) string {
	var cells []string
	if !r.Only {
		cells = r.Cells()
	}
	var b strings.Builder
	for i, w := range c.widths {
		cell := ""
		if i < len(cells) {
			cell = m.glyphs.words(cells[i])
		}
		b.WriteString(padLeft(m.fit(cell, w), w) + strings.Repeat(" ", gap))
	}
	return b.String()
}

func (m *Model) bar(p *outline.Page, c columns, r *outline.Row) string {
	switch {
	case r.Only || r.Kind == outline.Heading || r.Kind == outline.Total || r.Kind == outline.Rest:
		return strings.Repeat(" ", c.bar)
	case p.Signed:
		return m.glyphs.signed(r.Share, c.bar)
	}
	return m.glyphs.right(r.Share, c.bar)
}

// name returns what a row is called and what stands beside that, in so many columns.
func (m *Model) name(r *outline.Row, depth, width int) (name, beside string) {
	mark := m.glyphs.leaf
	switch {
	case r.Opened:
		mark = m.glyphs.opened
	case r.Opens():
		mark = m.glyphs.closed
	}
	indent := strings.Repeat("  ", depth)
	if most := width / 3; len(indent) > most {
		indent = indent[:most] // what is deeper stands no deeper
	}
	room := width - len(indent) - gap
	name = m.glyphs.words(r.Name)
	if r.Kind == outline.Line {
		return indent + mark + name, m.fit(strings.Repeat(" ", gap)+r.Place, room-names.Width(name))
	}
	beside = m.beside(r, names.Width(name), room)
	if beside != "" {
		beside = strings.Repeat(" ", gap) + beside
	}
	name = names.Shorten(name, max(room-names.Width(beside), 1))
	return indent + mark + name, m.fit(beside, room-names.Width(name))
}

// beside returns what stands beside a name that is so wide, where both have so much room: the type of its blocks and its
// place; where there is no room for both the type, which tells rows of one function apart. A third of the room is its, if the name
// needs the rest.
func (m *Model) beside(r *outline.Row, name, room int) string {
	const telling = 8 // columns: in less nothing is told
	left := max(room-name-gap, room/3-gap)
	if left < telling {
		return ""
	}
	place := m.glyphs.words(r.Beside(left))
	if r.Type == "" {
		if w := names.Width(place); w <= room/2 {
			left = max(left, w) // a file and its line stay
		}
		return names.CutMiddle(place, left)
	}
	typ := "[" + names.CutType(m.glyphs.words(r.Type), max(left-2, 1)) + "]"
	if rest := left - names.Width(typ) - gap; place != "" && names.Width(place) <= rest {
		typ += strings.Repeat(" ", gap) + place
	}
	return typ
}
