package terminal

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/report/names"
)

// overlay is a page of words that covers the rows.
type overlay struct {
	title    string
	lines    []string
	marks    []int // lines at which parts begin
	top      int   // the first line on the screen
	height   int   // lines that the screen has room for
	explains bool
}

// overlayFrame is how many lines of the screen are not the overlay's.
const overlayFrame = 3

func (o *overlay) move(by int) {
	o.top = max(min(o.top+by, len(o.lines)-max(o.height, 1)), 0)
}

// part shows the next part, or the one before.
func (o *overlay) part(step int) {
	at := -1
	for _, mark := range o.marks {
		if step > 0 && mark > o.top {
			at = mark
			break
		}
		if step < 0 && mark < o.top {
			at = mark
		}
	}
	if at >= 0 {
		o.move(at - o.top)
	}
}

// read is a key while a page of words is shown.
func (m *Model) read(name string) tea.Cmd {
	o := m.overlay
	switch name {
	case "q", "esc", "x", "?", "f1", "left", "h":
		m.overlay = nil
	case "up", "k", "ctrl+p":
		o.move(-1)
	case "down", "j", "enter", "ctrl+n":
		o.move(1)
	case "pgup", "b", "ctrl+b":
		o.move(1 - o.height)
	case "pgdown", "space", "ctrl+f":
		o.move(o.height - 1)
	case "home", "g":
		o.move(-len(o.lines))
	case "end", "G":
		o.move(len(o.lines))
	case "n", "tab":
		o.part(1)
	case "N", "shift+tab":
		o.part(-1)
	}
	return nil
}

func (m *Model) help() tea.Cmd {
	var lines []string
	for _, k := range m.keys() {
		if k.shown != "" {
			lines = append(lines, "  "+pad(k.shown, 14)+k.does)
		}
	}
	lines = append(lines, "", "How to read it")
	for _, s := range []string{
		"A row is a site: the innermost function of a stack that is no allocator or container. It opens to its lines, if there are several, and to what called it, each with its part.",
		"What is called by one function alone stands below it without numbers: they are the same.",
		"All rows add up to the total. What a filter leaves out has a row of its own.",
		"A row with a ! has a finding: x explains it.",
		"A bar is as long as the row's part of the largest row.",
		"Of a sampled profile numbers with a ~ are estimates; 19 in 20 are right within their ±.",
	} {
		for i, line := range wrap(s, max(m.width-4, 20)) {
			lines = append(lines, map[bool]string{true: "  ", false: "    "}[i == 0]+line)
		}
	}
	m.overlay = &overlay{title: "keys", lines: lines, height: m.height - overlayFrame}
	return nil
}

func (m *Model) startExplanation() tea.Cmd {
	if m.live != nil { // what was found before is of then
		m.explain, m.finding = nil, 0
	}
	m.overlay = &overlay{title: "explain", explains: true, height: m.height - overlayFrame}
	return m.explanation()
}

// explanation has what is to be said in words found, for the width of the screen.
func (m *Model) explanation() tea.Cmd {
	if m.explain != nil && m.wide == m.width {
		m.showExplanation()
		return nil
	}
	if m.overlay.lines == nil {
		m.overlay.lines = []string{"  working it out" + "…"}
	} // after a resize what is there stays until then
	return m.findOut()
}

// findFirst has what is to be said in words found for the first time, when there is something to look at meanwhile.
func (m *Model) findFirst() tea.Cmd {
	if m.live != nil || m.finding > 0 || m.width == 0 || !m.tab().answered {
		return nil
	}
	return m.findOut()
}

// findOut has what is to be said in words found, once for each width.
func (m *Model) findOut() tea.Cmd {
	if m.finding == m.width {
		return nil
	}
	m.finding = m.width
	width, asking, explain := m.width, m.asking, m.o.Explain
	return func() tea.Msg {
		asking.Lock()
		defer asking.Unlock()
		return explained{width, explain(max(width, 20))}
	}
}

// showExplanation shows it from what is said of the selected row on, if something is.
func (m *Model) showExplanation() {
	o := m.overlay
	isNew := o.marks == nil
	o.lines, o.marks = m.explain.Lines, m.explain.Marks
	o.move(0)
	if !isNew {
		return // who reads on after a resize has gone elsewhere, perhaps
	}
	l := &m.tab().list
	for at := l.cursor; at >= 0 && at < len(l.entries); at = l.entries[at].parent {
		if part, ok := m.foundOf(l.entries[at].row); ok {
			o.top = 0
			o.move(m.explain.Marks[part])
			return
		}
	}
}

// wrap breaks a text into lines between words.
func wrap(s string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case names.Width(line)+1+names.Width(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// pad returns a text with spaces behind it, so that it takes so many columns at least.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-names.Width(s), 0))
}

// padLeft returns a text with spaces before it.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-names.Width(s), 0)) + s
}
