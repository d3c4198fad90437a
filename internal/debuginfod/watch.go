package debuginfod

import (
	"io"
	"sync/atomic"
	"time"
)

// stretch is how many bytes a server must send in the time that it has.
const stretch = 100 << 10

// watch ends a request whose server takes too long.
type watch struct {
	time  time.Duration // 0: any
	timer *time.Timer
	over  atomic.Bool
}

// newWatch begins to watch. cancel ends the request.
func newWatch(most time.Duration, cancel func()) *watch {
	w := &watch{time: most}
	if most > 0 {
		w.timer = time.AfterFunc(most, func() {
			w.over.Store(true)
			cancel()
		})
	}
	return w
}

// again gives the server the same time once more.
func (w *watch) again() {
	if w.timer != nil {
		w.timer.Reset(w.time)
	}
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// ran reports whether the request was ended.
func (w *watch) ran() bool { return w.over.Load() }

// countedReader reads what a server sends.
type countedReader struct {
	from     io.Reader
	answer   *answer
	progress Progress
	most     int64 // bytes; 0: any

	done, told int64
	err        error // of reading
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.done += int64(n)
	if r.done-r.told >= stretch {
		r.told = r.done
		r.answer.watch.again()
		r.tell()
	}
	if err == io.EOF {
		r.tell()
	}
	if r.most > 0 && r.done > r.most {
		err = ErrTooLarge
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// tell tells how much has come.
func (r *countedReader) tell() {
	if r.progress != nil {
		r.progress(r.done, r.answer.size)
	}
}
