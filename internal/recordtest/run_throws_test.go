//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"testing"

	"heapprof/internal/testkit"
)

// TestWhatOperatorNewThrowsIsCaughtAsEver: a static program's unwinder does not know of the tracker's frames.
func TestWhatOperatorNewThrowsIsCaughtAsEver(t *testing.T) {
	for kind, flags := range map[string][]string{"dynamic": {"-O1", "-g"}, "static": {"-O1", "-g", "-static"}} {
		program := testkit.BuildWith(t, "g++", "bad_alloc.cc", flags...)
		native := testkit.Run(t, exec.Command(program))
		for _, options := range [][]string{nil, {"--retained"}, {"--frees"}} {
			r := record(t, options, program)
			if r.Status != native.Status || r.Stdout != native.Stdout {
				t.Errorf("%s, %q: %s\nnatively: %s", kind, options, shorten(r.Result), shorten(native))
			}
			if n := r.Profile.Totals().TotalBlocks; n < 3 {
				t.Errorf("%s, %q: %d blocks", kind, options, n)
			}
		}
	}
}
