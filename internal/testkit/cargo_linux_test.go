package testkit

import (
	"maps"
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit/fixture"
)

// Where a program counts differently from one run to the next, nothing can be
// held against its counts.
func TestRustProgramsCountTheSameInEveryRun(t *testing.T) {
	for _, program := range fixture.RustPrograms() {
		t.Run(program.Name(), func(t *testing.T) {
			bin := BuildCargo(t, program)
			counts := runTwice(t, bin, filepath.Join(t.TempDir(), "own-profile.json"))
			checkCounts(t, counts)
			if program.Program == "in_arenas" {
				return
			}
			for name, want := range rustPieces {
				if got := counts[name]; got != want {
					t.Errorf("%s=%d, want %d", name, got, want)
				}
			}
		})
	}
}

// rustPieces is what the sources say: these do not depend on how Rust's own
// collections grow, nor on the allocator.
var rustPieces = map[string]uint64{
	"plant_blocks":  1<<11 - 1,
	"resize_blocks": 5 * 100,
	"trade_blocks":  2 * 3 * 500,
	"leak_blocks":   40,
	"leak_bytes":    40*1000 + 39*40/2,
	"summit_blocks": 256 + 1, // and the vector that holds them
}

func runTwice(t *testing.T, bin string, args ...string) map[string]uint64 {
	t.Helper()
	var runs [2]map[string]uint64
	for i := range runs {
		result := Run(t, exec.Command(bin, args...))
		if result.Status != 0 {
			t.Fatalf("ended with status %d:\n%s", result.Status, result.Stderr)
		}
		runs[i] = Counts(result.Stdout)
	}
	if !maps.Equal(runs[0], runs[1]) {
		t.Errorf("one run counted\n%v, the next\n%v", runs[0], runs[1])
	}
	return runs[0]
}

// checkCounts holds a program's counts against each other.
func checkCounts(t *testing.T, counts map[string]uint64) {
	t.Helper()
	for _, unit := range []string{"bytes", "blocks"} {
		total, peak, end := counts["total_"+unit], counts["peak_"+unit], counts["end_"+unit]
		if end == 0 || end > peak || peak > total {
			t.Errorf("%s: %d at the end, %d at the peak, %d in all", unit, end, peak, total)
		}
	}
}

// A target's standard library comes from elsewhere than all else, so that its tests
// are skipped even where nothing may be skipped.
func TestATargetThatIsNotHereIsExempt(t *testing.T) {
	Tool(t, "cargo")
	_, err := fixture.Cargo{Program: "on_system", Target: "no-such-target"}.Build()
	if !fixture.Missing(err) || !fixture.Exempt(err) {
		t.Errorf("the error is %v", err)
	}
	if _, err := fixture.Archive("libnone.a"); !fixture.Missing(err) || fixture.Exempt(err) {
		t.Errorf("without an archive the error is %v", err)
	}
}
