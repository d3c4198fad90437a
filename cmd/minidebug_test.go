//go:build linux && amd64

package cmd

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestAnAllocatorIsFoundByTheSymbolsWithinAStrippedProgram has a static program's allocator recorded, whose functions have names
// in the compressed symbols only.
func TestAnAllocatorIsFoundByTheSymbolsWithinAStrippedProgram(t *testing.T) {
	if words := refusedStatic(); words != "" {
		t.Skip(words)
	}
	program := testkit.MiniDebug(t, testkit.Build(t, "pieces.c", append(piecesFlags, "-static")...))
	r := record(t, nil, program)
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	totals, counts := r.Profile.Totals(), testkit.Counts(r.Stdout)
	const threads = 2 // blocks that pthread_create makes for itself
	if totals.TotalBlocks < counts["total_blocks"] || totals.TotalBlocks > counts["total_blocks"]+threads {
		t.Errorf("the profile has %d blocks, the program counted %v", totals.TotalBlocks, counts)
	}
	for _, name := range []string{"main", "trader"} {
		if !slices.ContainsFunc(r.Profile.Frames, func(f profile.Frame) bool { return f.Function == name }) {
			t.Errorf("no frame is named %s", name)
		}
	}
}
