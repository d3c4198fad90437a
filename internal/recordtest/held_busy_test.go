//go:build linux && (amd64 || arm64)

package recordtest

import (
	"testing"

	"heapprof/internal/testkit"
)

// TestThreadsAtWorkLoseNothing looks at threads while they hand blocks to each other: at some moments only a register or
// a word of a stack leads to a block.
func TestThreadsAtWorkLoseNothing(t *testing.T) {
	r := record(t, []string{"--retained"}, testkit.Build(t, "held_busy.cc", "-O2", "-g", "-pthread"), "50000")
	if r.Status != 0 || r.Stdout != "running\n" || r.Stderr != "" {
		t.Errorf("status %d, output %q, standard error %q", r.Status, r.Stdout, r.Stderr)
	}
	for _, s := range r.Profile.Recording.Snapshots {
		h := holdingsOf(t, r.Profile, s.Kind, heldFunction)
		if h.Unreached.Blocks != 0 || h.Live.Blocks < 100 {
			t.Errorf("at the %s %v of %v are said to be lost\n%s", s.Kind, h.Unreached, h.Live, h)
		}
	}
}
