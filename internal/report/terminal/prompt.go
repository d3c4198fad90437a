package terminal

import (
	"regexp"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// prompt is a filter that is typed.
type prompt struct{ text string }

func (m *Model) startFilter() tea.Cmd {
	m.prompt = &prompt{}
	if m.filter != nil {
		m.prompt.text = m.filter.String()
	}
	return nil
}

// typed is a key while a filter is typed.
func (m *Model) typed(name, text string) tea.Cmd {
	p := m.prompt
	switch name {
	case "esc":
		m.prompt = nil
	case "enter":
		return m.setFilter(p.text)
	case "backspace", "ctrl+h":
		if p.text == "" {
			m.prompt = nil
			return nil
		}
		_, n := utf8.DecodeLastRuneInString(p.text)
		p.text = p.text[:len(p.text)-n]
	case "ctrl+u":
		p.text = ""
	case "ctrl+w":
		p.text = strings.TrimRight(p.text, " ")
		p.text = p.text[:strings.LastIndexByte(p.text, ' ')+1]
	default:
		p.text += text
	}
	return nil
}

// setFilter shows what matches the expression, or all if it is empty.
func (m *Model) setFilter(expression string) tea.Cmd {
	if expression == "" {
		m.prompt, m.filter = nil, nil
		return m.ask()
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		m.message = "no regular expression: " + onOneLine(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	m.prompt, m.filter = nil, re
	if t := m.tab(); t.answered && !t.answer.Filters {
		m.message = "this question is not filtered: n goes to what matches"
	}
	return m.ask()
}
