//go:build linux && (amd64 || arm64)

package halt

import (
	"maps"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestThreadsAreScheduledAfterAHurryAsTheyWere(t *testing.T) {
	before := schedules()
	relax := HurryAll()
	hurried := schedules()
	if now := hurried[os.Getpid()]; now.Policy != unix.SCHED_RR && now.Nice != mostUrgent && !maps.Equal(hurried, before) {
		t.Errorf("in a hurry they are %v, and were %v", hurried, before)
	}
	relax()
	after := schedules()
	for thread, was := range before {
		if is, lives := after[thread]; lives && is != was {
			t.Errorf("thread %d is %v, and was %v", thread, is, was)
		}
	}
}
