package attach

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// subject is a program that is stopped, and says "ready" before.
type subject struct {
	*exec.Cmd
	in   io.Closer
	out  *bufio.Reader
	proc procfs.Process
}

// begin starts a program with its standard input open.
func begin(t *testing.T, args ...string) *subject {
	t.Helper()
	s := &subject{Cmd: exec.Command(args[0], args[1:]...)}
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Stderr = os.Stderr
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill() })
	s.in, s.out, s.proc = in, bufio.NewReader(out), procfs.Process(s.Process.Pid)
	if line, err := s.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return s
}

// finish closes the program's standard input, and fails the test if the program has seen anything of what was done to it, but for what it may see. It is
// parked.c, or borrowed.c.
func (s *subject) finish(t *testing.T, maySee ...string) {
	t.Helper()
	s.in.Close()
	rest, err := io.ReadAll(s.out)
	if err != nil {
		t.Fatal(err)
	}
	var failed *exec.ExitError
	if err := s.Wait(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	counts := testkit.Counts(string(rest))
	if status := s.ProcessState.ExitCode(); status != 3 || counts["turns"] == 0 {
		t.Errorf("status %d, %d turns", status, counts["turns"])
	}
	delete(counts, "turns")
	for _, part := range maySee {
		delete(counts, part)
	}
	for part, seen := range counts {
		if seen != 0 {
			t.Errorf("%s: %d", part, int64(seen))
		}
	}
}

func parked(t *testing.T) string { return testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm") }
