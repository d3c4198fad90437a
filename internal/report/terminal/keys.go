package terminal

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/report/outline"
)

// key is what keys do.
type key struct {
	names []string // as tea.Key.String has them
	shown string   // as help has them
	does  string
	press func(*Model) tea.Cmd
}

// keys are those of the page.
func keys() []key {
	move := func(by func(*list) int) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			l := &m.tab().list
			l.move(by(l))
			return nil
		}
	}
	page := func(l *list) int { return max(l.height-1, 1) }
	return []key{
		{[]string{"up", "k", "ctrl+p"}, "up, k", "the row above", move(func(*list) int { return -1 })},
		{[]string{"down", "j", "ctrl+n"}, "down, j", "the row below", move(func(*list) int { return 1 })},
		{[]string{"pgup", "ctrl+b", "b"}, "PgUp, b", "a page up", move(func(l *list) int { return -page(l) })},
		{[]string{"pgdown", "ctrl+f"}, "PgDn", "a page down", move(page)},
		{[]string{"home", "g"}, "Home, g", "the first row", move(func(l *list) int { return -len(l.entries) })},
		{[]string{"end", "G"}, "End, G", "the last row", move(func(l *list) int { return len(l.entries) })},
		{[]string{"enter", "space"}, "Enter, Space", "open a row, or close it", (*Model).toggle},
		{[]string{"right", "l"}, "right, l", "open a row: its lines, its callers", (*Model).open},
		{[]string{"left", "h"}, "left, h", "close it, or go to the row it is below", func(m *Model) tea.Cmd { m.tab().list.close(); return nil }},
		{[]string{"-"}, "-", "close all rows", func(m *Model) tea.Cmd { m.tab().list.closeAll(); return nil }},
		{[]string{"tab", "]"}, "Tab, 1-7", "the next question, or that one", func(m *Model) tea.Cmd { return m.goTo((m.at + 1) % len(m.tabs)) }},
		{[]string{"shift+tab", "["}, "Shift-Tab", "the question before", func(m *Model) tea.Cmd { return m.goTo((m.at + len(m.tabs) - 1) % len(m.tabs)) }},
		{[]string{"/"}, "/", "filter: only what has a function, file or type that matches", (*Model).startFilter},
		{[]string{"n"}, "n, N", "the next row that matches, the one before", func(m *Model) tea.Cmd { return m.next(1) }},
		{[]string{"N"}, "", "", func(m *Model) tea.Cmd { return m.next(-1) }},
		{[]string{"m", "s"}, "m, s", "choose the metric to sort by, or the moment", (*Model).openMenu},
		{[]string{"f"}, "f", "fold plumbing and frames that are only passed, or show all", (*Model).fold},
		{[]string{"e"}, "e", "edit the line ($VISUAL, $EDITOR)", (*Model).edit},
		{[]string{"x"}, "x", "explain: what was found, and what to try", (*Model).startExplanation},
		{[]string{"c"}, "c", "the command that prints this, copied", (*Model).command},
		{[]string{"?", "f1"}, "?", "this help", (*Model).help},
		{[]string{"esc"}, "Esc", "leave the filter", (*Model).leave},
		{[]string{"ctrl+z"}, "", "", func(*Model) tea.Cmd { return tea.Suspend }},
		{[]string{"ctrl+l"}, "", "", func(*Model) tea.Cmd { return tea.ClearScreen }},
		{[]string{"q", "ctrl+c"}, "q, Ctrl-C", "quit", func(*Model) tea.Cmd { return tea.Quit }},
	}
}

// keys are those of the page, the owner's of what changes first.
func (m *Model) keys() (all []key) {
	if m.live == nil {
		return keys()
	}
	taken := map[string]bool{"p": true}
	for _, k := range m.live.Keys {
		taken[k.Name] = true
		all = append(all, key{shown: k.Shown, does: k.Does})
	}
	all = append(all, key{shown: "p", does: "pause: nothing changes until it is pressed again"})
	for _, k := range keys() {
		var left []string
		for _, name := range k.names {
			if !taken[name] {
				left = append(left, name)
			}
		}
		switch {
		case len(left) == 0:
			continue
		case slices.Contains(left, "q") && m.live.Quit != "":
			k.shown, k.does = "q", m.live.Quit
		case len(left) < len(k.names) && k.shown != "":
			k.shown = left[0] // the other ones do something else here
		}
		k.names = left
		all = append(all, k)
	}
	return all
}

// key does what a key is for: in a line that is typed, in a menu, on a page of words, on the page.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	m.message = ""
	switch {
	case name == "ctrl+c":
		if c, ok := m.live.press(m, name); ok {
			return c
		}
		return tea.Quit
	case m.prompt != nil:
		return m.typed(name, msg.Text)
	case m.menu != nil:
		return m.choose(name)
	case m.overlay != nil:
		return m.read(name)
	}
	if c, ok := m.live.press(m, name); ok {
		return c
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(m.tabs) {
		return m.goTo(n - 1)
	}
	for _, k := range keys() {
		for _, other := range k.names {
			if other == name {
				return k.press(m)
			}
		}
	}
	return nil
}

func (m *Model) goTo(tab int) tea.Cmd {
	m.at = tab
	return m.ask()
}

func (m *Model) open() tea.Cmd {
	l := &m.tab().list
	if row := l.row(); row != nil && row.Opened {
		l.move(1)
	} else {
		l.open()
	}
	return nil
}

func (m *Model) toggle() tea.Cmd {
	l := &m.tab().list
	if row := l.row(); row != nil && row.Opened {
		l.close()
	} else if row != nil && !l.open() {
		m.message = "nothing is below this row"
	}
	return nil
}

func (m *Model) next(step int) tea.Cmd {
	switch {
	case m.filter == nil:
		m.message = "/ sets what n looks for"
	case !m.tab().list.next(m.filter, step):
		m.message = "no row that is shown matches by itself: their callers do"
	}
	return nil
}

func (m *Model) fold() tea.Cmd {
	if m.tab().answered && !m.tab().answer.Folds {
		m.message = "nothing is folded here"
		return nil
	}
	m.allFrames = !m.allFrames
	m.message = "plumbing and passed frames are folded"
	if m.allFrames {
		m.message = "all frames are shown, the allocator's too: f folds them"
	}
	return m.ask()
}

func (m *Model) edit() tea.Cmd {
	row := m.tab().list.row()
	if row == nil || row.File == "" {
		m.message = "no source line is known of this row"
		return nil
	}
	f := m.o.Files.Of(row.File)
	if f.Path == "" {
		m.message = m.o.NoSource(row, f)
		return nil
	}
	c, err := m.o.Edit(f.Path, row.Line)
	if err != nil {
		m.message = err.Error()
		return nil
	}
	return tea.Exec(c, func(err error) tea.Msg { return edited{err} })
}

func (m *Model) command() tea.Cmd {
	command := m.o.Command(m.at, m.wants(m.tab()))
	m.message = command
	return tea.SetClipboard(command)
}

// leave ends what was begun last.
func (m *Model) leave() tea.Cmd {
	if m.filter == nil {
		return nil
	}
	m.filter = nil
	return m.ask()
}

// foundOf returns which part of what is to be said in words is about a row, as an index into the explanation's marks; ok is false
// where none is, or that is not known yet.
func (m *Model) foundOf(r *outline.Row) (part int, ok bool) {
	if m.explain == nil || r.Kind != outline.Entry {
		return 0, false
	}
	for _, s := range r.Subjects {
		if other, is := m.explain.Of[s]; is && (!ok || other < part) {
			part, ok = other, true
		}
	}
	return part, ok
}

// onOneLine returns a text without what ends a line.
func onOneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
