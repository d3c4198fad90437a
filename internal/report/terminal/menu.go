package terminal

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// menu is a list to choose from.
type menu struct {
	choices []string
	cursor  int
}

func (m *Model) openMenu() tea.Cmd {
	a := &m.tab().answer
	if len(a.Choices) < 2 {
		m.message = "there is nothing to choose here"
		return nil
	}
	m.menu = &menu{choices: a.Choices, cursor: max(slices.Index(a.Choices, a.Choice), 0)}
	return nil
}

// choose is a key while a menu is open.
func (m *Model) choose(name string) tea.Cmd {
	n := len(m.menu.choices)
	switch name {
	case "esc", "q", "m", "s", "left", "h":
		m.menu = nil
	case "up", "k", "shift+tab":
		m.menu.cursor = (m.menu.cursor + n - 1) % n
	case "down", "j", "tab":
		m.menu.cursor = (m.menu.cursor + 1) % n
	case "home", "g":
		m.menu.cursor = 0
	case "end", "G":
		m.menu.cursor = n - 1
	case "enter", "space", "right", "l":
		t := m.tab()
		t.choice = m.menu.choices[m.menu.cursor]
		m.menu = nil
		return m.ask()
	}
	return nil
}
