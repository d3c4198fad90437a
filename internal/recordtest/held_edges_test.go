//go:build linux && (amd64 || arm64)

package recordtest

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestBlocksHeldFromOutOfTheWayAreNotLost has blocks to which only a register for vectors leads, memory that cannot be read and
// the like; the program ends from stacks and threads that are not main's.
func TestBlocksHeldFromOutOfTheWayAreNotLost(t *testing.T) {
	bin := testkit.Build(t, "held_edges.c", "-O1", "-g", "-pthread")
	for _, end := range []string{"main", "altstack", "coroutine", "thread", "leader", "fork"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			r := record(t, []string{"--no-children", "--retained=exit"}, bin, end)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			h := holdingsOf(t, r.Profile, profile.ExitSnapshot, madeBy(`^(hold_[a-z_]+|main)`))
			for function, by := range h.made {
				if by[noOwner].Blocks != 0 {
					t.Errorf("%v of %q are said to be lost", by[noOwner], function)
				}
			}
			if h.Unread != 0 || len(h.made) < 7 {
				t.Errorf("%d bytes could not be read; blocks are of %d functions", h.Unread, len(h.made))
			}
			if t.Failed() {
				t.Log(h)
			}
		})
	}
}
