//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/testkit"
)

// TestProgramsUnderTheirOwnSystemCallFilters holds that a filter that lets through what
// the program needs, and ends it or lies to it at any other call, ends nothing because
// of us, and that blocks below it are recorded: also where it is the first thing that
// happens, in threads that begin after it, and without a word from the kernel on what
// can be read.
func TestProgramsUnderTheirOwnSystemCallFilters(t *testing.T) {
	bin := testkit.Build(t, "filtered.c", "-g", "-O1", "-pthread")
	for _, args := range []string{
		"kill prctl", "kill syscall thread", "kill prctl child",
		"trap syscall", "trap prctl thread",
		"errno prctl", "errno syscall thread",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			native := testkit.Run(t, exec.Command(bin, strings.Fields(args)...))
			r := record(t, nil, bin, strings.Fields(args)...)
			if r.Result != native {
				t.Fatalf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
			}
			wantOwnCounts(t, r, "filtered.c")
			if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
				t.Errorf("%d blocks whose stacks end early", c.IncompleteBlocks)
			}
		})
	}
}

// TestAFilterThatCouldNotBeLookedAtIsNamed is for static programs, whose prctl is not wrapped.
func TestAFilterThatCouldNotBeLookedAtIsNamed(t *testing.T) {
	bin, file := testkit.Build(t, "filtered.c", "-g", "-O1", "-pthread", "-static"), filepath.Join(t.TempDir(), "p.json")
	r := testkit.Run(t, heapprofRun([]string{"-o", file}, bin, "kill", "prctl"))
	if r.Status != 128+int(unix.SIGSYS) || !strings.Contains(r.Stderr, "its filter must let through what heapprof calls, too: ") || !strings.Contains(r.Stderr, "rt_sigprocmask") {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
}

// TestStrictModeIsNotRecorded holds that a program in seccomp's strict mode, in which
// the kernel ends it where the clock is read, runs on, and that what is not recorded is
// counted.
func TestStrictModeIsNotRecorded(t *testing.T) {
	bin := testkit.Build(t, "filtered.c", "-g", "-O1", "-pthread")
	native := testkit.Run(t, exec.Command(bin, "strict", "prctl"))
	r := record(t, nil, bin, "strict", "prctl")
	if r.Result != native {
		t.Fatalf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
	}
	calls := 2 * (testkit.Counts(r.Stdout)["total_blocks"] - 1) // all but the first block's
	if got := r.Profile.Recording.Counts.LostEvents; got != calls {
		t.Errorf("%d calls are said to be lost, want %d", got, calls)
	}
}
