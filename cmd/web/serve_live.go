package web

import (
	"cmp"
	"errors"
	"strings"
	"sync"

	"heapprof/cmd/underway"
	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
	"heapprof/internal/serve"
	"heapprof/internal/tracker"
)

// LiveSource is a recording under way, and what it has come to when it has ended.
type LiveSource struct {
	Live interface {
		underway.Recording
		Stop()
	}
	PID int // of the program

	mu    sync.Mutex // guards what follows
	seen  *profile.Profile
	final *profile.Profile // nil: it has not ended
	state serve.State      // of final
}

// Look returns what is known of this moment, cheaply.
func (l *LiveSource) Look() (*profile.Profile, error) { return l.ask(l.Live.Look) }

// Profile returns all that is known of this moment.
func (l *LiveSource) Profile() (*profile.Profile, error) {
	p, err := l.ask(l.Live.Profile)
	if err == nil {
		p.FindLost()
	}
	return p, err
}

// ask returns what the recording tells. Between its end and what it has come to that is the last that it told.
func (l *LiveSource) ask(one func() (*profile.Profile, error)) (*profile.Profile, error) {
	l.mu.Lock()
	final := l.final
	l.mu.Unlock()
	if final != nil {
		return final, nil
	}
	p, err := one()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.seen = p
	case errors.Is(err, tracker.ErrEnded) && (l.final != nil || l.seen != nil):
		return cmp.Or(l.final, l.seen), nil
	}
	return p, err
}

// State returns what becomes of the numbers.
func (l *LiveSource) State() serve.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.final != nil {
		return l.state
	}
	return serve.Live
}

// End says what the recording has come to.
func (l *LiveSource) End(p *profile.Profile, state serve.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.final, l.state = p, state
}

// Mark names this moment. Errors are words.
func (l *LiveSource) Mark(name string) (string, error) {
	if err := underway.CheckMark(name); err != nil {
		return "", err
	}
	if l.State() != serve.Live {
		return "", errors.New("the recording has ended")
	}
	got, err := l.Live.Mark(name)
	if err != nil {
		err = underway.MarkError("mark", l.PID, err)
	}
	return got, err
}

// Stop ends the recording.
func (l *LiveSource) Stop() {
	if l.State() == serve.Live {
		l.Live.Stop()
	}
}

// sayNow has a page of a program that is recorded say what it shows: not an end, but now.
func sayNow(p *page.Page, state serve.State) {
	title, status := "Live now", "is recorded"
	switch state {
	case serve.Live:
		if hasMetric(p, view.EndBytes.String()) {
			p.Default = view.EndBytes.String() // the peak may be long ago
		}
	case serve.Detached:
		title, status = "Live when it was detached", "was detached"
	default:
		return
	}
	nameEnd(p, title)
	for i := range p.Sides {
		p.Sides[i].Status = status
	}
}

// nameEnd gives what lives at the end of a page's profile another title than that of a program that has exited.
func nameEnd(p *page.Page, title string) {
	words := strings.ToLower(title[:1]) + title[1:]
	for i := range p.Metrics {
		switch m := &p.Metrics[i]; m.Name {
		case view.EndBytes.String():
			m.Title, m.Words = title, words
		case view.EndBlocks.String():
			m.Title, m.Words = title, "blocks "+words
		}
	}
}
