//go:build linux && (amd64 || arm64)

package attach

import (
	"io"
	"time"

	"heapprof/internal/profile"
)

// Blame returns err, or in its place what is the reason for whatever goes wrong with the target: that it has ended, or that another program
// has taken its place since it was opened.
func (t *Target) Blame(err error) error {
	if err == nil || !t.isGone() {
		return err
	}
	// The memory of a process goes first when it ends.
	const mostly, look = 100 * time.Millisecond, 5 * time.Millisecond
	for since := time.Now(); time.Since(since) < mostly; time.Sleep(look) {
		status, err := t.Proc.ThreadStatus(int(t.Proc))
		if err != nil || status.State == 'Z' || status.State == 'X' {
			return refused(profile.Cause{Code: profile.EndedBefore})
		}
	}
	return refused(profile.Cause{Code: profile.BecameOther})
}

// isGone reports whether the memory that the target had when it was opened is no process's any more.
func (t *Target) isGone() bool {
	var b [1]byte
	_, err := t.image.ReadAt(b[:], 0) // nothing is mapped there: memory of a process has a fault, what is nobody's has an end
	return err == io.EOF
}
