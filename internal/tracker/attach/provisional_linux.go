//go:build linux && (amd64 || arm64)

package attach

import (
	"time"

	"heapprof/internal/procfs"
)

// Target is a process that is to be recorded though it ran before.
type Target struct {
	Proc        procfs.Process
	Undo, Token uint64
	Loader      uint64
	Began       uint64
	pauses      []time.Duration
}

func (t *Target) notePause(d time.Duration) { t.pauses = append(t.pauses, d) }
