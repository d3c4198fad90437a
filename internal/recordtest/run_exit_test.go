//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestASnapshotOfTheExitHasWhatLivedBeforeItsHandlers holds that it is made however a program asks for
// its end, before any handler of exit frees, and that children and signals do not come in between.
func TestASnapshotOfTheExitHasWhatLivedBeforeItsHandlers(t *testing.T) {
	for kind, build := range map[string]func(source string) string{
		"dynamic": func(source string) string { return testkit.Build(t, source, "-pthread") },
		"static":  func(source string) string { return testkit.BuildWith(t, "gcc", source, "-pthread", "-static") },
		"musl":    func(source string) string { return buildForMusl(t, source) },
	} {
		for _, program := range []struct {
			source string
			blocks uint64
			ways   string
		}{
			{"exits.c", 100, "return exit _exit quick_exit"},
			{"leaving.c", 50, "vfork fork twice handler jumped many"},
		} {
			bin := build(program.source)
			for way := range strings.FieldsSeq(program.ways) {
				t.Run(kind+", "+way, func(t *testing.T) {
					t.Parallel()
					native := testkit.Run(t, exec.Command(bin, way))
					r := record(t, []string{"--retained=exit"}, bin, way)
					if r.Result.Status != native.Status || r.Result.Stdout != native.Stdout {
						t.Fatalf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
					}
					s := exitSnapshot(r.Profile)
					// A C library has some of its own.
					if s == nil || s.Live.Blocks < program.blocks || s.Live.Blocks > program.blocks+8 {
						t.Errorf("the snapshot of the exit has %+v, want %d blocks; %v", s, program.blocks, r.Profile.Recording.Notes)
					}
				})
			}
		}
	}
}

func exitSnapshot(p *profile.Profile) *profile.Snapshot {
	i := slices.IndexFunc(p.Recording.Snapshots, func(s profile.Snapshot) bool { return s.Kind == profile.ExitSnapshot })
	if i < 0 {
		return nil
	}
	return &p.Recording.Snapshots[i]
}

// TestAProgramWithoutAHookAtItsExitEndsAsEver holds that where nothing is patched, or the process is
// killed, the profile says that there is no snapshot of the exit, and why.
func TestAProgramWithoutAHookAtItsExitEndsAsEver(t *testing.T) {
	bin := testkit.Build(t, "exits.c", "-pthread")
	for _, row := range []struct {
		flags []string
		way   string
		want  profile.CauseCode
	}{
		{[]string{"--no-patch"}, "exit", profile.PatchingSwitchedOff},
		{nil, "abort", profile.EndedBySignal},
		{nil, "kill", profile.EndedBySignal},
	} {
		file := filepath.Join(t.TempDir(), "p.json")
		testkit.Run(t, heapprofRun(append([]string{"-q", "--retained=exit", "-o", file}, row.flags...), bin, row.way))
		p := readRecording(t, file)
		i := slices.IndexFunc(p.Recording.Notes, func(n profile.Note) bool { return n.Code == profile.ExitNotCopied })
		if exitSnapshot(p) != nil || i < 0 || p.Recording.Notes[i].Causes[0].Code != row.want {
			t.Errorf("%s: notes %+v, want that the exit was not copied: %s", row.way, p.Recording.Notes, row.want)
		}
	}
}
