//go:build linux && (amd64 || arm64)

package parked

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// subject is a program that copies are made of, and says "ready" before.
type subject struct {
	*exec.Cmd
	in  io.Closer
	out *bufio.Reader
	pid int // of the program itself
}

// start starts a program with its standard input open.
func start(t *testing.T, args ...string) *subject {
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
	s.in, s.out, s.pid = in, bufio.NewReader(out), s.Process.Pid
	if line, err := s.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return s
}

// finish closes the program's standard input, and returns what it writes and its status.
func (s *subject) finish(t *testing.T) (map[string]uint64, int) {
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
	return testkit.Counts(string(rest)), s.ProcessState.ExitCode()
}

// copies is how many copies a test makes.
func copies(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_COPIES")); err == nil {
		return n
	}
	if testing.Short() {
		return 30
	}
	return 300
}

// parkedProgram builds the program that sees everything.
func parkedProgram(t *testing.T) string {
	return testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm")
}

// TestAProgramSeesNothingOfCopies: neither a child nor a descriptor nor a signal, and no wait ends because of them.
func TestAProgramSeesNothingOfCopies(t *testing.T) {
	program := parkedProgram(t)
	shell := []string{"sh", "-c", program + "; s=$?; wait; jobs; exit $s"}
	for name, args := range map[string][]string{"of a child": {program}, "of a child's child": shell} {
		t.Run(name, func(t *testing.T) {
			s := start(t, args...)
			if children := procfs.Process(s.pid).Children(); len(args) > 1 && len(children) == 1 {
				s.pid = int(children[0])
			}
			c := NewCopier(Options{Stamp: func() uint64 { return 0 }})
			defer c.Close()
			var last *Copy
			made := 0
			var paused, cpu time.Duration
			for range copies(t) {
				next, err := c.Copy(s.pid)
				var refused *Error
				if errors.As(err, &refused) && refused.Cause.Code == profile.ThreadNotStopped {
					continue // its fork cannot be stopped
				} else if err != nil {
					t.Fatal(err)
				}
				made++
				paused, cpu = paused+next.Paused, cpu+next.CPU
				if last != nil {
					last.Close()
				}
				last = next
			}
			t.Logf("%d copies, of %d threads: on average stopped for %v, %v of a processor", made, len(last.Threads), paused/time.Duration(made), cpu/time.Duration(made))
			counts, status := s.finish(t)
			if status != 3 || counts["turns"] == 0 {
				t.Errorf("status %d, %d turns", status, counts["turns"])
			}
			delete(counts, "turns")
			if s.pid != s.Process.Pid {
				delete(counts, "children_listed") // they are the program's children, though such as only it could see
			}
			for part, seen := range counts {
				if seen != 0 {
					t.Errorf("%s: %d", part, int64(seen))
				}
			}
			if len(counts) < 28 {
				t.Errorf("only %d parts", len(counts))
			}
			if name, err := last.Proc().ExeName(); err != nil || !strings.HasPrefix(name, program) {
				t.Errorf("the copy runs %q, %v", name, err)
			}
		})
	}
}
