package cmd

import (
	"cmp"
	"errors"
	"sync"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
	"heapprof/internal/serve"
	"heapprof/internal/tracker"
)

// liveSource is a recording under way, and what it has come to when it has ended.
type liveSource struct {
	live interface {
		recordingUnderWay
		Stop()
	}
	pid int // of the program

	mu    sync.Mutex // guards what follows
	seen  *profile.Profile
	final *profile.Profile // nil: it has not ended
	state serve.State      // of final
}

// Look returns what is known of this moment, cheaply.
func (l *liveSource) Look() (*profile.Profile, error) { return l.ask(l.live.Look) }

// Profile returns all that is known of this moment.
func (l *liveSource) Profile() (*profile.Profile, error) {
	p, err := l.ask(l.live.Profile)
	if err == nil {
		p.FindLost()
	}
	return p, err
}

// ask returns what the recording tells. Between its end and what it has come to that is the last that it told.
func (l *liveSource) ask(one func() (*profile.Profile, error)) (*profile.Profile, error) {
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
func (l *liveSource) State() serve.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.final != nil {
		return l.state
	}
	return serve.Live
}

// end says what the recording has come to.
func (l *liveSource) end(p *profile.Profile, state serve.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.final, l.state = p, state
}

// Mark names this moment. Errors are words.
func (l *liveSource) Mark(name string) (string, error) {
	if err := checkMark(name); err != nil {
		return "", err
	}
	got, err := l.live.Mark(name)
	if err != nil {
		err = markError("mark", l.pid, err)
	}
	return got, err
}

// Stop ends the recording.
func (l *liveSource) Stop() { l.live.Stop() }

// nowWords are what numbers of the end are called while there is none.
var nowWords = map[string]string{"end-bytes": "live now", "end-blocks": "blocks live now"}

// sayNow has a page of a program that is recorded say what it shows: not an end, but now.
func sayNow(p *page.Page, state serve.State) {
	if state != serve.Live && state != serve.Detached {
		return
	}
	title, status := "Live now", "is recorded"
	if state == serve.Detached {
		title, status = "Live when it was detached", "was detached"
	}
	if state == serve.Live && hasMetric(p, view.EndBytes.String()) {
		p.Default = view.EndBytes.String() // the peak may be long ago
	}
	for i := range p.Metrics {
		if words := nowWords[p.Metrics[i].Name]; words != "" {
			p.Metrics[i].Title = title
			if state == serve.Live {
				p.Metrics[i].Words = words
			}
		}
	}
	for i := range p.Sides {
		p.Sides[i].Status = status
	}
}
