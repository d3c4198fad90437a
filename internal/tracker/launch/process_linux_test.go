//go:build linux && (amd64 || arm64)

package launch

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"heapprof/internal/testkit"

	"golang.org/x/sys/unix"
)

// TestAStopOfATracedProgramIsNotItsEnd: while one thread of this process traces the program and stops it, another
// one waits for its end. What tells of the stop is left to the tracer, and the status is the program's own.
func TestAStopOfATracedProgramIsNotItsEnd(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child, err := os.StartProcess(shell, []string{"sh", "-c", "read line; exit 3"}, &os.ProcAttr{Files: []*os.File{read, os.Stdout, os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	p := &Process{PID: child.Pid, child: child}
	ended := make(chan Ending)
	go func() {
		e, err := p.Wait()
		if err != nil {
			t.Error(err)
		}
		ended <- e
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 100 {
		if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(p.PID), 0, 0, 0, 0); errno != 0 {
			testkit.Skip(t, "ptrace is not permitted: %v", errno)
		}
		if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_INTERRUPT, uintptr(p.PID), 0, 0, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
		var info unix.Siginfo
		for tries := 0; info.Code == 0; tries++ {
			time.Sleep(100 * time.Microsecond) // whoever waits may see the stop now
			if err := unix.Waitid(unix.P_PID, p.PID, &info, unix.WSTOPPED|unix.WNOHANG, nil); err != nil || tries > 100_000 {
				t.Fatalf("the stop has been taken away: %v", err)
			}
		}
		if err := unix.PtraceDetach(p.PID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(write, "on\n"); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if e := <-ended; e.Status.ExitStatus() != 3 {
		t.Errorf("it ended as %v", e.Status)
	}
}
