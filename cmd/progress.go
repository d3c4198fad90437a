package cmd

import (
	"fmt"
	"time"
)

// progress shows on a terminal that something takes its time.
type progress struct {
	streams *Streams
	began   time.Time // when the work began; zero: not yet
	shown   time.Time // when the line was last written; zero: never
}

func newProgress(s *Streams) *progress { return &progress{streams: s} }

// Progress is shown only of work that takes this long, and this often.
const (
	progressAfter = 500 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// naming shows how many addresses have got their names, if that takes long.
func (p *progress) naming(done, all int) {
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	if !p.streams.ErrTerminal || now.Sub(p.began) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	fmt.Fprintf(p.streams.Err, "\rheapprof: reading debug information: %d of %d addresses", done, all)
}

// clear removes the line that shows the progress, if there is one.
func (p *progress) clear() {
	if !p.shown.IsZero() {
		fmt.Fprint(p.streams.Err, "\r\x1b[K")
	}
}
