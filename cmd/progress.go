package cmd

import (
	"fmt"
	"sync"
	"time"

	"heapprof/internal/report/human"
)

// progress shows on a terminal that something takes its time.
type progress struct {
	streams *Streams
	began   time.Time // when naming began; zero: not yet

	mu    sync.Mutex  // guards what follows: a timer writes, too
	timer *time.Timer // that will write a line; nil: none was set
	shown time.Time   // when the line was last written; zero: never
	over  bool        // nothing is written any more
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
	if now.Sub(p.began) >= progressAfter {
		p.show(fmt.Sprintf("reading debug information: %d of %d addresses", done, all), progressEvery)
	}
}

// snapshot shows that a snapshot of so many blocks is being made, if that takes long.
func (p *progress) snapshot(number, of int, blocks uint64) {
	words := fmt.Sprintf("looking who holds %s", human.Counted(blocks, "block"))
	if of > 1 {
		words += fmt.Sprintf(", snapshot %d of %d", number, of)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(progressAfter, func() { p.show(words, 0) })
}

// show writes the line, unless it was written not as long ago as that.
func (p *progress) show(words string, every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.streams.ErrTerminal && !p.over && now.Sub(p.shown) >= every {
		p.shown = now
		fmt.Fprint(p.streams.Err, "\r\x1b[Kheapprof: ", words)
	}
}

// clear removes the line that shows the progress, if there is one, for good.
func (p *progress) clear() {
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
