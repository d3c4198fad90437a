//go:build linux && (amd64 || arm64)

package halt

import (
	"maps"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestThreadsAreAsNiceAfterAHurryAsTheyWere(t *testing.T) {
	before := usualNiceness()
	relax := HurryAll()
	n, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	if hurried := usualNiceness(); err != nil || 20-n != mostUrgent && !maps.Equal(hurried, before) {
		t.Errorf("in a hurry they are %v, and were %v (%v)", hurried, before, err)
	}
	relax()
	after := usualNiceness()
	for thread, was := range before {
		if is, lives := after[thread]; lives && is != was {
			t.Errorf("thread %d is %d, and was %d", thread, is, was)
		}
	}
}
