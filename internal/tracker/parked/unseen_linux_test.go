//go:build linux && (amd64 || arm64)

package parked

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"

	"golang.org/x/sys/unix"
)

// subject is a program that copies are made of.
type subject struct {
	*testkit.Ready
	pid int // of the program itself
}

// start starts a program with its standard input open.
func start(t *testing.T, args ...string) *subject {
	t.Helper()
	r := testkit.StartReady(t, args...)
	return &subject{Ready: r, pid: r.Process.Pid}
}

// copies is how many copies a test makes.
func copies(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_COPIES")); err == nil {
		return n
	}
	if testing.Short() {
		return 20
	}
	return 100
}

// parkedProgram builds the program that sees everything.
func parkedProgram(t *testing.T) string {
	return testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm")
}

// TestAProgramSeesNothingOfCopies: neither a child nor a descriptor nor a signal, and no wait ends because of them.
func TestAProgramSeesNothingOfCopies(t *testing.T) {
	program := parkedProgram(t)
	shell := []string{"sh", "-c", program + "; s=$?; wait; jobs; exit $s"}
	for name, args := range map[string][]string{
		"of a child": {program}, "of a child's child": shell, "without a first thread": {program, "headless"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, args...)
			if children := procfs.Process(s.pid).Children(); args[0] == "sh" && len(children) == 1 {
				s.pid = int(children[0])
			}
			c := NewCopier(Options{Stamp: func() uint64 { return 0 }})
			defer c.Close()
			var last *Copy
			made := 0
			var paused, cpu time.Duration
			for range copies(t) {
				next, err := c.Copy(s.pid, 0)
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
			counts, status := s.Finish(t)
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

// reason returns the code of why a process was not copied; "" if it was.
func reason(t *testing.T, pid int) profile.CauseCode {
	t.Helper()
	c := NewCopier(Options{Stamp: func() uint64 { return 0 }})
	defer c.Close()
	_, err := c.Copy(pid, 0)
	var refused *Error
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	} else if err != nil {
		return refused.Cause.Code
	}
	return ""
}

func TestAProgramThatFiltersItsSystemCallsIsNotMadeToMakeAny(t *testing.T) {
	s := start(t, parkedProgram(t), "filtered")
	if got := reason(t, s.pid); got != profile.CallsFiltered {
		t.Errorf("got %q", got)
	}
	if _, status := s.Finish(t); status != 3 {
		t.Errorf("status %d", status)
	}
}

func TestAProgramThatIsTracedIsLeftToItsTracer(t *testing.T) {
	s := start(t, "sh", "-c", "echo ready; read line; exit 4")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.PtraceSeize(s.pid); err != nil {
		testkit.Skip(t, "ptrace is not permitted: %v", err)
	}
	if got := reason(t, s.pid); got != profile.TracedByOther {
		t.Errorf("got %q", got)
	}
	if _, status := s.Finish(t); status != 4 {
		t.Errorf("status %d", status)
	}
}

// TestAProgramThatIsStoppedStaysSo: it was stopped by a signal, as by a shell's job control.
func TestAProgramThatIsStoppedStaysSo(t *testing.T) {
	s := start(t, "sh", "-c", "echo ready; read line; exit 4")
	state := func() byte {
		status, _ := procfs.Process(s.pid).ThreadStatus(s.pid)
		return status.State
	}
	await := func(what string, want func() bool) {
		for deadline := time.Now().Add(10 * time.Second); !want(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("it does not %s: %c", what, state())
			}
		}
	}
	s.Process.Signal(unix.SIGSTOP)
	await("stop", func() bool { return state() == 'T' })
	if got := reason(t, s.pid); got != "" {
		t.Errorf("it was not copied: %q", got)
	}
	await("stay stopped", func() bool { return state() == 'T' })
	s.In.Close()
	time.Sleep(10 * time.Millisecond) // enough for it to end if it runs
	if got := state(); got != 'T' {
		t.Errorf("its state is %c", got)
	}
	s.Process.Signal(unix.SIGCONT)
	if _, status := s.Finish(t); status != 4 {
		t.Errorf("status %d", status)
	}
}

// TestAProgramWhoseChildrenBeginAPIDNamespaceHasThemBeginIt: the first of them is the one that keeps it alive.
func TestAProgramWhoseChildrenBeginAPIDNamespaceHasThemBeginIt(t *testing.T) {
	unshare := []string{"unshare", "-Urp"}
	if err := exec.Command(unshare[0], append(unshare[1:], "true")...).Run(); err != nil {
		testkit.Skip(t, "no namespace can be made: %v", err)
	}
	s := start(t, append(unshare, "sh", "-c", "echo ready; read line; (exit 4)")...)
	if got := reason(t, s.pid); got != profile.OtherNamespace {
		t.Errorf("got %q", got)
	}
	if _, status := s.Finish(t); status != 4 {
		t.Errorf("status %d", status)
	}
}

// TestAWriteToAPipeIsNotCutShort: a stop would end it with fewer bytes than it was asked for.
func TestAWriteToAPipeIsNotCutShort(t *testing.T) {
	s := start(t, "sh", "-c", "echo ready; exec dd if=/dev/zero bs=65536 count=16 status=none")
	for deadline := time.Now().Add(10 * time.Second); reason(t, s.pid) != profile.CallUnderWay; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is copied while it waits for room in the pipe")
		}
	}
	if rest, err := io.ReadAll(s.Out); err != nil || len(rest) != 16*65536 {
		t.Errorf("%d bytes, %v", len(rest), err)
	}
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
}
