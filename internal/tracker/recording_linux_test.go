//go:build linux && (amd64 || arm64)

package tracker

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestNothingUsesTheSharedMemoryOnceARunHasEnded: it is unmapped then. What still woke its
// reader was a crash, once in some hundred runs.
func TestNothingUsesTheSharedMemoryOnceARunHasEnded(t *testing.T) {
	if _, err := Run(Options{Args: []string{"true"}, Depth: 16}); err != nil {
		t.Fatal(err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "tracker.(*recording)") || strings.Contains(stack, "launch.(*Signals)") || strings.Contains(stack, "shm.(*Memory)") {
			t.Errorf("%s still runs:\n%s", filepath.Base(os.Args[0]), stack)
		}
	}
}
