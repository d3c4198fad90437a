//go:build linux && (amd64 || arm64)

package cmd

import (
	"testing"

	"heapprof/internal/testkit"
)

// layersFlags name the allocator of layers.c.
var layersFlags = []string{
	"--alloc-function", "outer_alloc(size=1)", "--free-function", "outer_free(ptr=1)",
	"--alloc-function", "inner_alloc(size=1)", "--free-function", "inner_free(ptr=1)",
	"--alloc-function", "abandon_alloc(size=1)",
}

// TestOfLayersTheOutermostCounts has layers call each other by near and far frames,
// be left for good, and be interrupted by signal handlers that allocate, too.
func TestOfLayersTheOutermostCounts(t *testing.T) {
	for _, build := range [][]string{
		{"-O0", "-g", "-fno-omit-frame-pointer"},
		{"-O2", "-g", "-fomit-frame-pointer", "-fno-optimize-sibling-calls"},
		{"-O2", "-g", "-no-pie", "-fno-pie"},
	} {
		r := record(t, layersFlags, testkit.Build(t, "layers.c", build...))
		if r.Status != 0 || r.Stderr != "" {
			t.Fatalf("status %d\n%s", r.Status, r.Stderr)
		}
		wantOwnCounts(t, r, "layers.c")
		if n := r.Profile.Extra.Counts.UnknownFrees; n != 0 {
			t.Errorf("%d frees of unknown blocks", n)
		}
	}
}
