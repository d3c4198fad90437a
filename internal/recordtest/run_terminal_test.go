//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/testkit"
)

// openTerminal returns both ends of a new pseudo-terminal (see pty(7)).
func openTerminal(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		testkit.Skip(t, "no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { user.Close() })
	if err := unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return user, program
}

// startOnTerminal starts a command as a shell on that terminal would, in the
// terminal's foreground, and returns what a user sees of it.
func startOnTerminal(t *testing.T, cmd *exec.Cmd) (user *os.File, screen *bufio.Reader) {
	t.Helper()
	user, program := openTerminal(t)
	defer program.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
		}
	})
	return user, bufio.NewReader(user)
}

func TestTheProgramHasTheTerminal(t *testing.T) {
	out := filepath.Join(t.TempDir(), "p.json")
	cmd := heapprofRun([]string{"-q", "-o", out}, "sh", "-c",
		`test -t 0 && test -t 1 && test -t 2 && read line && echo "read $line"`)
	user, screen := startOnTerminal(t, cmd)
	if _, err := user.WriteString("what was typed\n"); err != nil {
		t.Fatal(err)
	}
	// Reading fails with EIO once the last program has closed the terminal.
	text, _ := io.ReadAll(screen)
	cmd.Wait()
	want := "what was typed\r\nread what was typed\r\n" // the terminal's echo, then the program
	if testkit.Status(cmd.ProcessState) != 0 || string(text) != want {
		t.Errorf("status %d, the screen shows %q, want %q", testkit.Status(cmd.ProcessState), text, want)
	}
	readRecording(t, out)
}

func TestCtrlCTypedOnATerminal(t *testing.T) {
	out := filepath.Join(t.TempDir(), "p.json")
	cmd := heapprofRun([]string{"-o", out}, testkit.Build(t, "exits.c"), "spin")
	user, screen := startOnTerminal(t, cmd)
	if _, err := screen.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := user.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(screen)
	cmd.Wait()
	if got := testkit.Status(cmd.ProcessState); got != 128+int(syscall.SIGINT) {
		t.Errorf("status %d, want 130", got)
	}
	if !strings.Contains(string(text), out) {
		t.Errorf("the summary, with the file's name, is missing: %q", text)
	}
	if p := readRecording(t, out); p.Recording.Signal != int(syscall.SIGINT) {
		t.Errorf("the profile says signal %d", p.Recording.Signal)
	}
}

func TestCtrlCArrivesOnceAtAProgramThatHandlesIt(t *testing.T) {
	perl := testkit.Tool(t, "perl")
	out := filepath.Join(t.TempDir(), "p.json")
	// A second signal, forwarded after the terminal's own, would come during the wait.
	cmd := heapprofRun([]string{"-q", "-o", out}, perl, "-e",
		`$| = 1; $SIG{INT} = sub { $n++ }; print "ready\n"; select undef, undef, undef, 0.02 until $n;
		for (1 .. 20) { select undef, undef, undef, 0.02 } print "interrupted $n\n"; exit 5`)
	user, screen := startOnTerminal(t, cmd)
	if _, err := screen.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := user.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(screen)
	cmd.Wait()
	if got := testkit.Status(cmd.ProcessState); got != 5 || !strings.Contains(string(text), "interrupted 1\r\n") {
		t.Errorf("status %d, the screen shows %q, want 5 and \"interrupted 1\"", got, text)
	}
	readRecording(t, out)
}
