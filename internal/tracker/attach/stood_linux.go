//go:build linux && (amd64 || arm64)

package attach

import (
	"os"
	"time"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// A recorder is taken for one that has been stopped if it is seen so that often in a row.
const (
	guardLooks  = 250 * time.Millisecond
	looksToTell = 4
)

// watcher tells whether a recorder has been stopped.
type watcher struct {
	target, recorder procfs.Process
	looks            int // in a row at which it was
}

// hasStood looks at the recorder, and reports whether it has been stopped for a while; once, until it runs on. One that was stopped while
// the target stood still for it is let go on.
func (w *watcher) hasStood() bool {
	status, err := w.recorder.ThreadStatus(int(w.recorder))
	if err != nil || status.State != 'T' && status.State != 't' || procfs.Process(os.Getppid()) != w.recorder {
		w.looks = 0
		return false
	}
	if w.looks++; w.looks >= looksToTell && w.holdsTarget() {
		_ = unix.Kill(int(w.recorder), unix.SIGCONT)
		w.looks = 0
	}
	return w.looks == looksToTell
}

// holdsTarget reports whether threads of the target are stopped by the recorder.
func (w *watcher) holdsTarget() bool {
	ids, err := w.target.Threads()
	if err != nil {
		return false
	}
	for _, id := range ids {
		status, err := w.target.ThreadStatus(id)
		if err != nil || status.Tracer == 0 {
			continue
		}
		detail, err := status.Tracer.Detail()
		return err == nil && (status.Tracer == w.recorder || detail.Group == w.recorder)
	}
	return false
}
