//go:build linux && amd64

package recordtest

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"heapprof/cmd"
	"heapprof/cmd/console"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// TestBudgetsAgreeWithWhatDhatRSAsserts has a program assert on its heap by dhat-rs, and heapprof check
// without it: what dhat::HeapStats counts of a function is the least limit that is kept.
func TestBudgetsAgreeWithWhatDhatRSAsserts(t *testing.T) {
	t.Parallel()
	bin := testkit.BuildCargo(t, fixture.Cargo{Program: "guarded"})
	counts := testkit.Counts(testkit.Run(t, exec.Command(bin, "heap")).Stdout)
	if len(counts) != 6 || counts["total_blocks"] == 0 {
		t.Fatalf("dhat-rs counted %v", counts)
	}
	r := record(t, nil, bin, "plain")
	for name, n := range counts {
		metric := strings.ReplaceAll(name, "_", "-") + "@^guarded::measured"
		for limit, want := range map[uint64]int{n: console.ExitOK, n - 1: console.ExitExceeded} {
			if limit > n { // there is nothing below 0
				continue
			}
			var out bytes.Buffer
			s := &console.Streams{In: strings.NewReader(""), Out: &out, Err: &out}
			if status := cmd.Run(s, []string{"check", "--max", fmt.Sprintf("%s=%d", metric, limit), r.File}); status != want {
				t.Errorf("%s is %d by dhat-rs; of a limit of %d check says, with status %d: %s", name, n, limit, status, &out)
			}
		}
	}
}
