//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"heapprof/internal/testkit"
)

// TestAProgramThatWritesOverTheSharedMemoryHarmsNobody: it ends as it would by itself, and
// heapprof with what it has, in bounded memory.
func TestAProgramThatWritesOverTheSharedMemoryHarmsNobody(t *testing.T) {
	bin := testkit.Build(t, "hostile.c", "-pthread")
	for _, args := range [][]string{
		{"nothing"}, {"counts"}, {"zeros"}, {"ones"}, {"slots", "2000"}, {"rings", "3000"},
		{"ended"}, {"tail"}, {"head"}, {"owner"}, {"shrink"}, {"child"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "p.json")
			var state *syscall.Rusage
			r := runToItsEnd(t, heapprofRun([]string{"-q", "--children", "-o", out}, bin, args...), func(cmd *exec.Cmd) {
				state, _ = cmd.ProcessState.SysUsage().(*syscall.Rusage)
			})
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, %q; natively 0 and nothing", r.Status, r.Stderr)
			}
			p := readRecording(t, out)
			if blocks := p.Totals().TotalBlocks; blocks < 100_000 && p.Recording.Counts.LostEvents == 0 && p.Recording.Counts.Unprofiled == 0 && len(p.Recording.Notes) == 0 {
				t.Errorf("%d blocks of 200,000 are recorded, and not said that some are not", blocks)
			}
			const most = 512 << 10 // KiB
			if state != nil && state.Maxrss > most {
				t.Errorf("heapprof had %d KiB of memory, want at most %d", state.Maxrss, most)
			}
		})
	}
}
