package terminal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"heapprof/internal/report/names"
)

// sizes are how many lines the parts of the screen have.
type sizes struct {
	list, pane int
	said       bool // there is room for the sentence below the tabs
}

// The least that a screen must have to show anything, and what it must have for more than rows.
const (
	leastWidth, leastHeight = 20, 5
	saidHeight              = 12
	paneHeight              = 16
)

// sizes divides the screen: a third is the pane's.
func (m *Model) sizes() (s sizes) {
	rest := m.height - 4 - len(m.headLines()) // title, tabs, titles of columns, keys
	if m.height >= saidHeight {
		s.said = true
		rest--
	}
	if m.height >= paneHeight {
		s.pane = min(m.height/3, 16)
		if m.live != nil {
			s.pane = min(m.height/4, 16) // what changes is the list
		}
	}
	s.list = max(rest-s.pane, 1)
	return s
}

// Screen returns what is shown: as many lines as the screen has, none wider than it is.
func (m *Model) Screen() string {
	if m.width < leastWidth || m.height < leastHeight {
		return strings.Join(m.fill([]string{m.glyphs.line(names.CutEnd("too small", max(m.width, 1)))}, m.height), "\n")
	}
	lines := append([]string{m.titleLine()}, m.headLines()...)
	lines = append(lines, m.tabLine())
	if m.overlay != nil {
		lines = append(lines, m.overlayLines()...)
	} else {
		lines = append(lines, m.pageLines()...)
	}
	lines = m.fill(lines, m.height-1)
	lines = append(lines, m.statusLine())
	for i := range lines {
		lines[i] = m.glyphs.line(lines[i])
	}
	return strings.Join(lines, "\n")
}

// fill makes lines so many.
func (m *Model) fill(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines[:max(n, 0)]
}

// fit returns a text in the characters of the terminal in at most so many columns. What a style in it began ends.
func (m *Model) fit(s string, width int) string {
	if width < 1 {
		return ""
	}
	s = m.glyphs.words(s)
	if names.Width(s) <= width {
		return s
	}
	s = names.CutEnd(s, width)
	if strings.Contains(s, "\x1b") {
		s += "\x1b[0m"
	}
	return s
}

// ends returns a line with one text at its left and another one at its right, in a style. Where there is no room for both, the left
// one gives way.
func (m *Model) ends(left, right string, style lipgloss.Style) string {
	right = m.fit(right, m.width/2)
	left = m.fit(left, m.width-names.Width(right)-1)
	return style.Render(pad(left, m.width-names.Width(right)) + right)
}

func (m *Model) titleLine() string {
	title, aside := m.o.Title, m.o.Aside
	if m.live != nil {
		title, aside = m.live.head.Title, m.live.head.Aside
	}
	return m.ends(" "+title, aside+" ", m.styles.title)
}

// headLines are what stands between the title and the tabs of what changes.
func (m *Model) headLines() (lines []string) {
	if m.live == nil || m.overlay != nil || m.height < saidHeight {
		return nil
	}
	for _, line := range m.live.head.Lines {
		lines = append(lines, m.fit(" "+line, m.width))
	}
	return lines
}

// tabLine names the questions, with their numbers. Where there is no room for all they stand closer, and where there is still
// none those before the one that is shown go.
func (m *Model) tabLine() string {
	for _, space := range []string{" ", ""} {
		if line, last := m.tabsFrom(0, space); last == len(m.tabs)-1 {
			return line
		}
	}
	for first := range m.at {
		if line, last := m.tabsFrom(first, ""); last >= m.at {
			return line
		}
	}
	line, _ := m.tabsFrom(m.at, "")
	return line
}

// tabsFrom names the questions from the first on that there is room for, with a space at both sides of each, and returns
// the last of these.
func (m *Model) tabsFrom(first int, space string) (line string, last int) {
	width := 0
	last = first - 1
	for i := first; i < len(m.tabs); i++ {
		name := fmt.Sprintf("%s%d %s%s", space, i+1, m.tabs[i].Name, space)
		if i > first {
			width++
		}
		if width += names.Width(name); width > m.width {
			break
		}
		if i > first {
			line += m.styles.faint.Render(m.glyphs.between)
		}
		if i == m.at {
			name = m.styles.selected.Bold(true).Render(name)
		}
		line, last = line+name, i
	}
	return line, last
}

// pageLines are the sentence, the rows and what is told of the selected one.
func (m *Model) pageLines() (lines []string) {
	t, s := m.tab(), m.sizes()
	if s.said {
		lines = append(lines, m.saidLine())
	}
	switch {
	case m.menu != nil:
		lines = append(lines, m.menuLines(s.list+1)...)
	case !t.answered:
		lines = append(lines, m.fill([]string{"", "  working it out" + "…"}, s.list+1)...)
	case t.answer.Page == nil || len(t.answer.Page.Rows) == 0:
		lines = append(lines, m.fill(append([]string{""}, m.emptyLines()...), s.list+1)...)
	default:
		lines = append(lines, m.fill(m.rowLines(), s.list+1)...)
	}
	if s.pane > 0 {
		lines = append(lines, m.fill(m.paneLines(s.pane), s.pane)...)
	}
	return lines
}

// saidLine is the answer in a sentence.
func (m *Model) saidLine() string {
	t := m.tab()
	if !t.answered || t.answer.Page == nil {
		return ""
	}
	style := map[Tone]lipgloss.Style{Better: m.styles.less, Worse: m.styles.more, Warning: m.styles.warning}[t.answer.Tone]
	left, right := " "+t.answer.Said, ""
	if m.filter != nil {
		right = "/" + names.Printable(m.filter.String()) + " "
		if !t.answer.Filters {
			right = "not filtered "
		}
	}
	if right == "" {
		return style.Render(m.fit(left, m.width))
	}
	return m.ends(left, right, style)
}

// emptyLines say why there is nothing.
func (m *Model) emptyLines() (lines []string) {
	for _, line := range wrap(m.glyphs.words(m.tab().answer.Said), m.width-4) {
		lines = append(lines, "  "+m.fit(line, m.width-2))
	}
	return lines
}

func (m *Model) menuLines(height int) []string {
	lines := []string{m.styles.bold.Render(m.fit(" "+m.tab().answer.Choose, m.width))}
	top := max(m.menu.cursor-(height-2), 0)
	for i := top; i < len(m.menu.choices) && len(lines) < height; i++ {
		line := m.fit("   "+m.menu.choices[i]+" ", m.width)
		if i == m.menu.cursor {
			line = m.styles.selected.Render(m.fit(" > "+m.menu.choices[i]+" ", m.width))
		}
		lines = append(lines, line)
	}
	return m.fill(lines, height)
}

func (m *Model) overlayLines() (lines []string) {
	o := m.overlay
	for _, line := range o.lines[o.top:min(len(o.lines), o.top+max(o.height, 1))] {
		lines = append(lines, m.fit(line, m.width))
	}
	return lines
}

// statusLine tells the keys, or what the last one made.
func (m *Model) statusLine() string {
	right := ""
	switch l := &m.tab().list; {
	case m.overlay != nil && len(m.overlay.lines) > m.overlay.height:
		last := min(len(m.overlay.lines), m.overlay.top+m.overlay.height)
		right = fmt.Sprintf("%d/%d ", last, len(m.overlay.lines))
	case m.overlay == nil && len(l.entries) > l.height:
		right = fmt.Sprintf("%d/%d ", l.cursor+1, len(l.entries))
	}
	left := m.keysTold(m.width - names.Width(right) - 2)
	switch {
	case m.prompt != nil && m.message != "":
		return m.ends("/"+names.Printable(m.prompt.text)+"_", m.message+" ", m.styles.warning)
	case m.prompt != nil:
		return m.ends("/"+names.Printable(m.prompt.text)+"_", "Enter filters, Esc does not ", m.styles.bold)
	case m.message != "":
		return m.styles.bold.Render(m.fit(" "+names.Printable(m.message), m.width))
	}
	return m.ends(" "+left, right, m.styles.faint)
}

// keysTold returns the keys that matter most at the moment, as many as there is room for.
func (m *Model) keysTold(room int) string {
	switch {
	case m.menu != nil:
		return "up/down choose  Enter takes  Esc leaves it"
	case m.overlay != nil && len(m.overlay.marks) > 1:
		return "up/down, Space scroll  n next  q back"
	case m.overlay != nil:
		return "up/down, Space scroll  q back"
	}
	a, row := &m.tab().answer, m.tab().list.row()
	var told []string
	var give []int // of each how soon it gives way
	add := func(is bool, key string, rank int) {
		if is {
			told, give = append(told, key), append(give, rank)
		}
	}
	add(row != nil && row.Opened, "Enter close", 1)
	add(row != nil && !row.Opened && row.Opens(), "Enter open", 1)
	if m.live != nil {
		for i, k := range m.live.Keys {
			add(k.Short != "", k.Short, 2+min(i, 1))
		}
		add(m.live.paused, "p go on", 0)
		add(!m.live.paused, "p pause", 3)
	}
	add(a.Filters, "/ filter", 4)
	add(len(a.Choices) > 1, "m "+cmp.Or(a.Menu, "metric"), 5)
	add(a.Folds && !m.allFrames, "f all frames", 6)
	add(a.Folds && m.allFrames, "f fold", 6)
	add(row != nil && row.File != "", "e edit", 5)
	add(true, "Tab next", 7)
	add(m.live == nil, "x explain", 2)
	add(m.live != nil, "x explain", 6)
	add(true, "? help", 0)
	add(m.live == nil, "q quit", 0)
	add(m.live != nil, "q leave", 0)
	for names.Width(strings.Join(told, "  ")) > room && slices.Max(give) > 0 {
		at := slices.Index(give, slices.Max(give))
		told, give = slices.Delete(told, at, at+1), slices.Delete(give, at, at+1)
	}
	return strings.Join(told, "  ")
}
