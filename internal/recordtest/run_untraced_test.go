//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"heapprof/internal/testkit"
)

// TestAProgramThatMayNotBeTracedCopiesItself holds that owners are told where another process traces the program,
// and where the system lets nobody trace or read it, and that the program sees nothing of that.
func TestAProgramThatMayNotBeTracedCopiesItself(t *testing.T) {
	program := testkit.Build(t, "copied.c", "-O1", "-g")
	untraced, traced := testkit.Build(t, "untraced.c", "-O1"), testkit.Build(t, "traced.c", "-O1")
	for name, line := range map[string]func(flags []string) []string{
		"not permitted": func(f []string) []string {
			return slices.Concat([]string{untraced, "heapprof", "run"}, f, []string{program})
		},
		"traced": func(f []string) []string {
			return slices.Concat([]string{"heapprof", "run", "--children"}, f, []string{traced, program, "child"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "profile.json")
			args := line([]string{"-q", "--retained", "-o", file})
			r := recordCommand(t, exec.Command(args[0], args[1:]...), file)
			if r.Status != 3 {
				t.Errorf("%s", shorten(r.Result))
			}
			counts := testkit.Counts(r.Stdout)
			if len(counts) < 8 {
				t.Errorf("the program counts only %v", counts)
			}
			for part, seen := range counts {
				// Until the copy has let go of what the process has open, it holds the ends of pipes as well: of 100 looks
				// right after a close, one or two may come in that moment.
				if most := map[string]uint64{"pipe": 3}[part]; seen > most {
					t.Errorf("%s: %d", part, seen)
				}
			}
			held := heldBy(r.Profile, "kept")
			// How near to the peak the other one is depends on how busy the machine is: it may be none.
			if held["exit"] != 20 || held["peak"] > 40 {
				t.Errorf("blocks held in the snapshots: %v; %v", held, r.Profile.Recording.Notes)
			}
			for i := range r.Profile.Recording.Snapshots {
				if s := &r.Profile.Recording.Snapshots[i]; s.Unreached.Blocks != 5 {
					t.Errorf("%s: %d blocks are not reached, want 5", s.Kind, s.Unreached.Blocks)
				}
			}
		})
	}
}
