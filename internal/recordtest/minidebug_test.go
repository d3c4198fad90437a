//go:build linux && amd64

package recordtest

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
	program := testkit.Build(t, "pieces.c", append(piecesFlags, "-static")...)
	whole, mini := record(t, nil, program), record(t, nil, testkit.MiniDebug(t, program))
	if mini.Status != 0 || mini.Stderr != "" {
		t.Fatalf("status %d\n%s", mini.Status, mini.Stderr)
	}
	got, want := mini.Profile.Totals(), whole.Profile.Totals()
	// Not bytes: a block of the C library's has the program's path.
	if counted := testkit.Counts(mini.Stdout)["total_blocks"]; got.TotalBlocks != want.TotalBlocks || got.TotalBlocks < counted {
		t.Errorf("the profile has %d blocks, want %d, of which the program counted %d", got.TotalBlocks, want.TotalBlocks, counted)
	}
	for _, name := range []string{"main", "trader"} {
		if !slices.ContainsFunc(mini.Profile.Frames, func(f profile.Frame) bool { return f.Function == name }) {
			t.Errorf("no frame is named %s", name)
		}
	}
}
