package terminal

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"heapprof/internal/report/outline"
	"heapprof/internal/report/source"
)

// Live is what is looked at while it changes.
type Live struct {
	Every time.Duration // how long after one look the next one is, or longer where looks take more than half the time

	// Look takes a look, which the tabs are asked about from then on, and returns what stands above them. It is never
	// called while a tab is asked, nor twice at a time.
	Look func() Head

	Keys  []Key           // that do what only the caller knows, also in the place of others
	Quit  string          // what q does; "": it quits
	Ended <-chan struct{} // the screen is left when it is closed
}

// Head is what stands above the tabs.
type Head struct {
	Title string   // in the place of Options.Title
	Aside string   // in the place of Options.Aside
	Lines []string // none of which has a style

	Files *source.Files // in the place of Options.Files; nil: these
}

// Key is a key that does what its owner says.
type Key struct {
	Name  string // as tea.Key.String has it
	Shown string // as help has it
	Does  string
	Short string // as the line of keys has it, where there is room; "": it is not there

	Tab   int           // the tab that is gone to, from 1 on; 0: it stays
	Press func() string // does it, beside the screen, and returns what there is to say; nil: nothing is done
	Asks  bool          // the tab that is shown has another answer then
}

// The messages of what is looked at while it changes.
type (
	tick   struct{ number int } // the next look is due
	looked struct {
		head Head
		answered
		began time.Time
	}
	pressed struct {
		key  *Key
		said string
	}
	ended struct{}
)

// live is the state of what is looked at while it changes.
type live struct {
	*Live
	head    Head
	paused  bool
	looking bool // a look is taken
	ticks   int  // the number of the tick that is awaited
}

// look has a look taken, and the tab that is shown asked about it.
func (m *Model) look() tea.Cmd {
	l := m.live
	if l.looking {
		return nil
	}
	l.looking = true
	l.ticks++
	t := m.tab()
	ask := t.beAsked(m.wants(t))
	opened, asking := t.list.opened(), m.asking
	return func() tea.Msg {
		asking.Lock()
		defer asking.Unlock()
		began := time.Now()
		head := l.Look()
		return looked{head, t.answerTo(ask, opened), began}
	}
}

// take shows a look, and has the next one taken when it is due.
func (l *live) take(m *Model, msg looked) tea.Cmd {
	l.head, l.looking = msg.head, false
	if msg.head.Files != nil {
		m.o.Files = msg.head.Files
	}
	for _, t := range m.tabs {
		if t != msg.tab {
			t.asked = nil // it has another answer now
		}
	}
	if msg.tab.asked == msg.ask {
		msg.tab.retake(msg.answer)
	}
	m.layOut()
	l.ticks++
	number := l.ticks
	took := time.Since(msg.began)
	next := tea.Tick(max(l.Every-took, took), func(time.Time) tea.Msg { return tick{number} })
	return tea.Batch(next, m.ask())
}

// awaitEnd waits until there is nothing to be looked at any more.
func (l *live) awaitEnd() tea.Msg {
	<-l.Ended
	return ended{}
}

// pause stops looking, or goes on.
func (m *Model) pause() tea.Cmd {
	m.live.paused = !m.live.paused
	if m.live.paused {
		m.message = "paused: nothing here changes until p"
		return nil
	}
	return m.look()
}

// update is what a message does that only who looks at what changes gets; ok is false for others.
func (l *live) update(m *Model, msg tea.Msg) (c tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case tick:
		if l.paused || msg.number != l.ticks {
			return nil, true
		}
		return m.look(), true
	case looked:
		return l.take(m, msg), true
	case pressed:
		m.message = msg.said
		if msg.key.Asks {
			m.tab().asked = nil
			return m.ask(), true
		}
		return nil, true
	case ended:
		return tea.Quit, true
	}
	return nil, false
}

// press does what a key is for that the owner of what is looked at knows; ok is false for others.
func (l *live) press(m *Model, name string) (c tea.Cmd, ok bool) {
	if l == nil {
		return nil, false
	}
	if name == "p" {
		return m.pause(), true
	}
	for i := range l.Keys {
		k := &l.Keys[i]
		if k.Name != name {
			continue
		}
		if k.Tab > 0 {
			m.at = k.Tab - 1
			m.tab().asked = nil
			c = m.ask()
		}
		if k.Press != nil {
			c = tea.Batch(c, func() tea.Msg { return pressed{k, k.Press()} })
		}
		return c, true
	}
	return nil, false
}

// beAsked notes how the tab is asked now.
func (t *tab) beAsked(a Ask) *Ask {
	t.asked = &a
	return t.asked
}

// answerTo returns the answer to what the tab is asked, of which those rows are opened that were.
func (t *tab) answerTo(ask *Ask, opened map[string]bool) answered {
	a := answered{t, ask, t.Page(*ask)}
	if a.answer.Page != nil {
		reopen(a.answer.Page.Rows, "", opened)
	}
	return a
}

// pathOf is how a row is known again in another answer, below another one of the path above.
func pathOf(above string, r *outline.Row) string {
	return above + "\x00" + string(rune('0'+r.Kind)) + r.Name + "\x01" + r.Type
}

// reopen opens the rows of these paths.
func reopen(rows []*outline.Row, above string, opened map[string]bool) {
	if len(opened) == 0 {
		return
	}
	for _, r := range rows {
		path := pathOf(above, r)
		r.Opened = opened[path] && r.Opens() && len(r.Below()) > 0
		if r.Opened {
			reopen(r.Below(), path, opened)
		}
	}
}

// paths returns the paths of all entries.
func (l *list) paths() []string {
	paths := make([]string, len(l.entries))
	for i, e := range l.entries {
		above := ""
		if e.parent >= 0 {
			above = paths[e.parent]
		}
		paths[i] = pathOf(above, e.row)
	}
	return paths
}

// opened returns the paths of the rows that are opened.
func (l *list) opened() map[string]bool {
	opened := make(map[string]bool)
	for i, path := range l.paths() {
		if l.entries[i].row.Opened {
			opened[path] = true
		}
	}
	return opened
}

// retake shows an answer in the place of another one of the same kind: what was opened is, and the row that was selected is that
// still, wherever it is now. Who is at the top stays there, unless he has opened that row.
func (t *tab) retake(a Answer) {
	opened, selected, top := t.list.opened(), "", t.list.cursor-t.list.top
	if row := t.list.row(); row != nil && (t.list.cursor > 0 || row.Opened) {
		selected = t.list.paths()[t.list.cursor]
	}
	height, widths := t.list.height, t.list.widths
	t.answer, t.answered = a, true
	var rows []*outline.Row
	if a.Page != nil {
		rows = a.Page.Rows
	}
	reopen(rows, "", opened) // what was opened or closed since it was asked
	if len(opened) == 0 {
		closeAll(rows)
	}
	t.list = newList(rows)
	t.list.height, t.list.widths = height, widths
	for i, path := range t.list.paths() {
		if path == selected {
			t.list.cursor = i
			t.list.top = i - top // where it was on the screen
			break
		}
	}
	t.list.scroll()
}

func closeAll(rows []*outline.Row) {
	for _, r := range rows {
		r.Opened = false
	}
}
