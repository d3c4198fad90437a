//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"testing"

	"heapprof/internal/testkit"
)

// TestCallsAnswerAsNatively makes every kind of call that fails or that is left
// open, and holds results and errno against the same program's natively.
func TestCallsAnswerAsNatively(t *testing.T) {
	bin := testkit.Build(t, "calls.c", "-O0", "-g", "-fno-builtin")
	for _, way := range []string{"", "limited"} {
		t.Run(way, func(t *testing.T) {
			native := testkit.Run(t, exec.Command(bin, way))
			r := record(t, nil, bin, way)
			if r.Result != native {
				t.Errorf("under heapprof:\n%s\nnatively:\n%s", r.Stdout, native.Stdout)
			}
			wantOwnCounts(t, r, "calls.c")
			counts, got := testkit.Counts(r.Stdout), ownSums(r.Profile, "calls.c")
			if got.PeakBytes != counts["peak_bytes"] || got.PeakBlocks != counts["peak_blocks"] {
				t.Errorf("the peak is %d bytes in %d blocks, the program counted %d in %d",
					got.PeakBytes, got.PeakBlocks, counts["peak_bytes"], counts["peak_blocks"])
			}
			if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
		})
	}
}

// TestBlocksFromBeforeTheRecording frees and resizes blocks that were allocated
// where nobody saw it, as by the C library's own malloc that is not patched. They are
// counted apart and disturb nothing.
func TestBlocksFromBeforeTheRecording(t *testing.T) {
	r := record(t, []string{"--no-patch"}, testkit.Build(t, "calls.c", "-O0", "-g", "-fno-builtin"), "foreign")
	if r.Status != 0 || r.Stderr != "" {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "calls.c")
	const each = 10 // freed, and as many resized to 1000 bytes and then freed
	if n := r.Profile.Recording.Counts.UnknownFrees; n != 2*each {
		t.Errorf("%d frees of unknown blocks, want %d", n, 2*each)
	}
	var resized sums
	for i := range r.Profile.Points {
		if pt := &r.Profile.Points[i]; stack(r.Profile, pt)[0].Function == "[unknown]" {
			resized.add(pt)
		}
	}
	if resized.TotalBlocks != each || resized.TotalBytes != 1000*each || resized.EndBlocks != 0 {
		t.Errorf("without a site stand %+v, want %d blocks of 1000 bytes, none at the end", resized, each)
	}
}
