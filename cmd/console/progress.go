package console

import (
	"fmt"
	"sync"
	"time"

	"heapprof/internal/report/human"
)

// Progress shows on a terminal that something takes its time.
type Progress struct {
	streams *Streams
	began   time.Time // when naming began; zero: not yet

	mu    sync.Mutex  // guards what follows: a timer writes, too
	timer *time.Timer // that will write a line; nil: none was set
	shown time.Time   // when the line was last written; zero: never
	over  bool        // nothing is written any more
}

// NewProgress returns what shows on the terminal behind Err, if there is one, that something takes its time.
func NewProgress(s *Streams) *Progress { return &Progress{streams: s} }

// Progress is shown only of work that takes this long, and this often.
const (
	progressAfter = 500 * time.Millisecond
	ProgressEvery = 100 * time.Millisecond
)

// Naming shows how many addresses have got their names, if that takes long.
func (p *Progress) Naming(done, all int) {
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	if now.Sub(p.began) >= progressAfter {
		p.Show(fmt.Sprintf("reading debug information: %d of %d addresses", done, all), ProgressEvery)
	}
}

// Snapshot shows that a snapshot of so many blocks is being made, if that takes long.
func (p *Progress) Snapshot(number, of int, blocks uint64) {
	words := fmt.Sprintf("looking who holds %s", human.Counted(blocks, "block"))
	if of > 1 {
		words += fmt.Sprintf(", snapshot %d of %d", number, of)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(progressAfter, func() { p.Show(words, 0) })
}

// Show writes the line, unless it was written not as long ago as that.
func (p *Progress) Show(words string, every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.streams.ErrTerminal && !p.over && now.Sub(p.shown) >= every {
		p.shown = now
		fmt.Fprint(p.streams.Err, "\r\x1b[Kheapprof: ", words)
	}
}

// Clear removes the line that shows the progress, if there is one, for good.
func (p *Progress) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.shown.IsZero() {
		fmt.Fprint(p.streams.Err, "\r\x1b[K")
	}
}
