//go:build linux && (amd64 || arm64)

package tracker

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestNothingUsesTheSharedMemoryOnceARunHasEnded: it is unmapped then. What still woke its
// reader was a crash, once in some hundred runs.
func TestNothingUsesTheSharedMemoryOnceARunHasEnded(t *testing.T) {
	if _, err := Run(Options{Args: []string{"true"}, Depth: 16}); err != nil {
		t.Fatal(err)
	}
	// A goroutine that has said that it is done, by closing a channel, is still listed until the
	// scheduler has let it return.
	var running []string
	for range 100 {
		if running = usersOfSharedMemory(); running == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("still running:\n%s", strings.Join(running, "\n\n"))
}

// usersOfSharedMemory are the stacks of the goroutines that work on a run.
func usersOfSharedMemory() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var users []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "tracker.(*recording)") || strings.Contains(stack, "launch.(*Signals)") || strings.Contains(stack, "shm.(*Memory)") {
			users = append(users, stack)
		}
	}
	return users
}
