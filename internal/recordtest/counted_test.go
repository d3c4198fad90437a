//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os/exec"
	"testing"

	"heapprof/internal/testkit"
)

// A countedProgram is one that counts its own blocks.
type countedProgram struct {
	name   string
	source string
	build  []string
	args   []string
	status int
	varies bool // its output differs from run to run, or under a profiler
	glibc  bool // musl has another result, or lacks what it calls
}

// optimised is with every block: otherwise gcc leaves out those that nothing looks into.
var optimised = []string{"-O2", "-g", "-fomit-frame-pointer", "-fno-builtin"}

// check runs the program as it was built: it must behave as it does natively, and the
// profile must have exactly the blocks that it counted.
func (p countedProgram) check(t *testing.T, bin string) {
	t.Helper()
	r := record(t, []string{"--no-children"}, bin, p.args...) // a child may have more
	if r.Status != p.status || r.Stderr != "" {
		t.Errorf("status %d, want %d; standard error: %q", r.Status, p.status, r.Stderr)
	}
	if !p.varies {
		wantNative(t, r.Result, testkit.Run(t, exec.Command(bin, p.args...)))
	}
	wantOwnCounts(t, r, p.source)
	wantExit(t, r)
}

// wantNative wants the output and the status of a native run.
func wantNative(t *testing.T, got, native testkit.Result) {
	t.Helper()
	if got.Stdout != native.Stdout || got.Status != native.Status {
		t.Errorf("status %d and output\n%s\nnatively %d and\n%s", got.Status, got.Stdout, native.Status, native.Stdout)
	}
}

// wantExit holds the exit status in the profile against the one that a shell saw.
func wantExit(t *testing.T, r recording) {
	t.Helper()
	x := r.Profile.Recording
	if x.Signal != 0 && r.Status != 128+x.Signal || x.Signal == 0 && r.Status != x.ExitCode {
		t.Errorf("the profile says exit code %d, signal %d; the status was %d", x.ExitCode, x.Signal, r.Status)
	}
}
