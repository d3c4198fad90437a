//go:build linux && amd64

package recordtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// runToItsEnd is for a run that may hang: it fails if that takes a minute.
// It is handed to ended when it has.
func runToItsEnd(t *testing.T, cmd *exec.Cmd, ended ...func(*exec.Cmd)) testkit.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	limited := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	limited.Dir, limited.Env = cmd.Dir, cmd.Env
	r := testkit.Run(t, limited)
	if ctx.Err() != nil {
		t.Fatalf("it does not end: %s%s", r.Stdout, r.Stderr)
	}
	for _, f := range ended {
		f(limited)
	}
	return r
}

// boxedFamily reads the profiles of a run of boxed.c: of the child that is process 1 in
// there, and of that one's child.
func boxedFamily(t *testing.T, dir string) (child, grandchild *profile.Profile, root *profile.Profile) {
	t.Helper()
	for _, file := range filesBelow(t, dir) {
		p := readRecording(t, file)
		if c := p.Recording.Counts; c.LostEvents != 0 || c.Unprofiled != 0 {
			t.Errorf("%s: %+v", file, c)
		}
		main := filepath.Base(file) == "p.json"
		switch blocks := p.Totals().TotalBlocks; {
		case blocks == 100 && (main || strings.HasSuffix(file, "."+strconv.FormatInt(p.PID, 10)+".json")):
			grandchild = p
		case blocks == 1:
			child = p
		case main || blocks == 10000:
			root = p
		default:
			t.Errorf("%s: process %d, %+v", file, p.PID, p.Totals())
		}
	}
	return child, grandchild, root
}

// TestProcessesInAPIDNamespaceAreCalledWhatTheyAreOutside: their own numbers are those
// of other processes, for whose ends heapprof would wait.
func TestProcessesInAPIDNamespaceAreCalledWhatTheyAreOutside(t *testing.T) {
	bin := testkit.Build(t, "boxed.c")
	for _, way := range []string{"none", "proc", "root"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := runToItsEnd(t, heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "p.json")}, bin, way, t.TempDir()))
			if r.Status == 77 {
				testkit.Skip(t, "no pid namespaces here: %s", r.Stderr)
			}
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d, %q", r.Status, r.Stderr)
			}
			child, grandchild, _ := boxedFamily(t, dir)
			if child == nil || strconv.FormatInt(child.PID, 10) != strings.TrimSpace(r.Stdout) {
				t.Errorf("the child's profile is %+v, want one of process %s", child, r.Stdout)
			}
			if grandchild == nil || grandchild.PID <= 2 {
				t.Errorf("no profile of the grandchild by its number outside")
			}
		})
	}
}

// TestANumberThatTheProgramHasOutsideDoesNotPassForTheProgram has heapprof itself in a
// small pid namespace, where the program has a small number, and a process further in has
// the same: taken for the program after an exec, it would leave the program's own rings
// without a reader, and the program waiting for ever.
func TestANumberThatTheProgramHasOutsideDoesNotPassForTheProgram(t *testing.T) {
	unshare, dir := testkit.Tool(t, "unshare"), t.TempDir()
	flags := []string{"--pid", "--fork", "--mount-proc"}
	if os.Geteuid() != 0 {
		flags = append(flags, "--user", "--map-root-user")
	}
	cmd := heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "p.json")}, testkit.Build(t, "boxed.c"), "same")
	cmd = exec.Command(unshare, append(append(flags, cmd.Path), cmd.Args[1:]...)...)
	r := runToItsEnd(t, cmd)
	if r.Status == 77 || strings.Contains(r.Stderr, "unshare") {
		testkit.Skip(t, "no pid namespaces here: %s", r.Stderr)
	}
	_, inside, root := boxedFamily(t, dir)
	if r.Status != 0 || root == nil || root.Totals().TotalBlocks != 10000 {
		t.Fatalf("status %d, the program's profile %+v; want one of 10,000 blocks\n%s", r.Status, root, r.Stderr)
	}
	if inside == nil || inside.PID == root.PID {
		t.Errorf("the profile of the process with its number is %+v, want one by another number", inside)
	}
}
