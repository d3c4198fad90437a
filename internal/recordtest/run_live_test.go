//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

// liveOnTerminal starts heapprof run --live on a terminal of 80 columns and 24 lines.
func liveOnTerminal(t *testing.T, args ...string) (user *os.File, screen io.Reader, wait func() int) {
	t.Helper()
	cmd := heapprofRun([]string{"--live", "-q", "--period", "100ms", "-o", filepath.Join(t.TempDir(), "p.json")}, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C", "NO_COLOR=1")
	in, reader := startOnTerminal(t, cmd)
	if err := unix.IoctlSetWinsize(int(in.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return in, reader, func() int {
		cmd.Wait()
		return testkit.Status(cmd.ProcessState)
	}
}

// lastScreen is what ends the alternate screen.
const lastScreen = "\x1b[?1049l"

func TestWhatAProgramWritesIsShownWhenTheScreenIsLeft(t *testing.T) {
	_, screen, wait := liveOnTerminal(t, testkit.Build(t, "live.c", "-O1", "-g"), "1000", "100", "10")
	seen := until(t, screen, "allocations/s")
	rest, _ := io.ReadAll(screen) // fails with EIO at the end
	seen += string(rest)
	before, after, ok := strings.Cut(seen, lastScreen)
	if !ok || strings.Contains(before, "ready") || !strings.Contains(after, "ready on a terminal\r\ntotal 2101 live 1101\r\n") {
		t.Errorf("left %v, and then the terminal has %q", ok, after)
	}
	// What comes later is drawn over what was there, where it differs: its words are not whole.
	for _, want := range []string{"\x1b[?1049h", "1 live", "allocations/s"} {
		if !strings.Contains(before, want) {
			t.Errorf("no %q on the screen", want)
		}
	}
	if status := wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestAProgramRunsOnWhenItsScreenIsLeft(t *testing.T) {
	user, screen, wait := liveOnTerminal(t, testkit.Build(t, "live.c", "-O1", "-g"), "1000", "300", "10")
	until(t, screen, "allocations/s")
	if _, err := user.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	until(t, screen, lastScreen)
	rest, _ := io.ReadAll(screen)
	if !bytes.Contains(rest, []byte("total 4301 live 1301\r\n")) {
		t.Errorf("after the screen was left the terminal has %q", rest)
	}
	if status := wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestCtrlCOnTheScreenInterruptsTheProgram(t *testing.T) {
	user, screen, wait := liveOnTerminal(t, testkit.Build(t, "live.c", "-O1", "-g"), "1000", "0", "10")
	until(t, screen, "allocations/s")
	if _, err := user.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	io.ReadAll(screen)
	if status := wait(); status != console.ExitSignalBase+int(unix.SIGINT) {
		t.Errorf("status %d", status)
	}
}
