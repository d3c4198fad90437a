package terminal

import (
	"regexp"
	"sync"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/report/outline"
)

// Model is the state of the screen.
type Model struct {
	o             Options
	styles        styles
	glyphs        glyphs
	width, height int

	live      *live // nil: nothing changes
	tabs      []*tab
	at        int // the tab that is shown
	allFrames bool
	filter    *regexp.Regexp // nil: all is shown
	asking    *sync.Mutex    // is held while a question is answered: one at a time

	prompt  *prompt  // the filter that is typed; nil: none is
	menu    *menu    // what is chosen from; nil: nothing is
	overlay *overlay // what covers the page; nil: nothing does
	explain *Explanation
	wide    int    // the width that explain is for
	finding int    // the width that it is worked out for, or was last; 0: none
	message string // that the last key made; "": none
}

// tab is a question with its answer.
type tab struct {
	Tab
	choice   string // that was made; "": none
	asked    *Ask   // what the answer is of, or the one that is worked out; nil: none was
	answered bool
	answer   Answer
	list     list
}

// New returns what shows all that the options have. It has a size once a tea.WindowSizeMsg has told it.
func New(o Options) *Model {
	m := &Model{o: o, styles: newStyles(o.Color), glyphs: newGlyphs(o.Unicode), asking: &sync.Mutex{}}
	if o.Live != nil {
		m.live = &live{Live: o.Live, head: Head{Title: o.Title, Aside: o.Aside}}
	}
	for _, t := range o.Tabs {
		m.tabs = append(m.tabs, &tab{Tab: t})
	}
	return m
}

// Init asks the first question.
func (m *Model) Init() tea.Cmd {
	if m.live != nil {
		return tea.Batch(m.look(), m.live.awaitEnd)
	}
	return m.ask()
}

// answered is a message: the answer to what a tab was asked.
type answered struct {
	tab    *tab
	ask    *Ask
	answer Answer
}

// explained is a message: what is to be said in words, in lines of so many columns.
type explained struct {
	width int
	Explanation
}

// edited is a message: an editor has ended.
type edited struct{ err error }

// tab returns the tab that is shown.
func (m *Model) tab() *tab { return m.tabs[m.at] }

// wants returns how the tab is to be asked now.
func (m *Model) wants(t *tab) Ask {
	return Ask{Choice: t.choice, AllFrames: m.allFrames, Filter: m.filter}
}

// ask has the tab that is shown answered, if it was not asked in this way before.
func (m *Model) ask() tea.Cmd {
	t := m.tab()
	want := m.wants(t)
	if t.asked != nil && *t.asked == want {
		return nil
	}
	ask, asking := t.beAsked(want), m.asking
	var opened map[string]bool
	if m.live != nil {
		opened = t.list.opened()
	} else {
		t.answered = false
	}
	return func() tea.Msg {
		asking.Lock()
		defer asking.Unlock()
		return t.answerTo(ask, opened)
	}
}

// Update is what a message does.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if m.live != nil {
		if c, ok := m.live.update(m, msg); ok {
			return m, c
		}
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = max(msg.Width, 0), max(msg.Height, 0)
		m.layOut()
		if m.overlay != nil && m.overlay.explains {
			return m, m.explanation()
		}
		return m, m.findFirst()
	case answered:
		if msg.tab.asked == msg.ask {
			if m.live != nil {
				msg.tab.retake(msg.answer)
			} else {
				msg.tab.take(msg.answer)
			}
			m.layOut()
		}
		return m, m.findFirst()
	case explained:
		m.explain, m.wide = &msg.Explanation, msg.width
		if m.overlay != nil && m.overlay.explains {
			m.showExplanation()
		}
	case edited:
		if msg.err != nil {
			m.message = msg.err.Error()
		}
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		if m.prompt != nil {
			m.prompt.text += onOneLine(msg.Content)
		}
	}
	return m, nil
}

// take shows an answer, as far as possible at the row that was selected before.
func (t *tab) take(a Answer) {
	selected := ""
	if row := t.list.row(); row != nil {
		selected = row.Name + "\x00" + row.Type
	}
	t.answer, t.answered = a, true
	var rows []*outline.Row
	if a.Page != nil {
		rows = a.Page.Rows
	}
	t.list = newList(rows)
	for i, e := range t.list.entries {
		if e.row.Name+"\x00"+e.row.Type == selected {
			t.list.cursor = i
			break
		}
	}
}

// layOut has all lists fit the screen.
func (m *Model) layOut() {
	for _, t := range m.tabs {
		t.list.height = m.sizes().list
		t.list.scroll()
	}
	if m.overlay != nil {
		m.overlay.height = m.height - overlayFrame
		m.overlay.move(0)
	}
}

// View is what the screen shows.
func (m *Model) View() tea.View {
	v := tea.NewView(m.Screen())
	v.AltScreen = true
	return v
}
