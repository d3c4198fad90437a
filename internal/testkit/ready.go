package testkit

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Ready is a program that has said "ready" in a line of its own, and runs until its standard input is closed.
type Ready struct {
	*exec.Cmd
	In  io.Closer
	Out *bufio.Reader // what it writes after that line
}

// StartReady starts a program and waits for its "ready". It is killed when the test ends.
func StartReady(t testing.TB, args ...string) *Ready {
	t.Helper()
	r := &Ready{Cmd: exec.Command(args[0], args[1:]...)}
	in, err := r.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Stderr = os.Stderr
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Process.Kill() })
	r.In, r.Out = in, bufio.NewReader(out)
	if line, err := r.Out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return r
}

// Finish closes the program's standard input, and returns the counts that it writes (see Counts) and its status.
func (r *Ready) Finish(t testing.TB) (counts map[string]uint64, status int) {
	t.Helper()
	r.In.Close()
	rest, err := io.ReadAll(r.Out)
	if err != nil {
		t.Fatal(err)
	}
	var failed *exec.ExitError
	if err := r.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return Counts(string(rest)), r.ProcessState.ExitCode()
}

// FinishUnseen is Finish for parked.c or borrowed.c, which count what they see of what is done to them. The test fails if that is
// anything but what it may be.
func (r *Ready) FinishUnseen(t testing.TB, maySee ...string) {
	t.Helper()
	counts, status := r.Finish(t)
	if status != 3 || counts["turns"] == 0 {
		t.Errorf("status %d, %d turns", status, counts["turns"])
	}
	for _, part := range append(maySee, "turns") {
		delete(counts, part)
	}
	for part, seen := range counts {
		if seen != 0 {
			t.Errorf("%s: %d", part, int64(seen))
		}
	}
}
