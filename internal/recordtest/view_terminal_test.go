//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/testkit"
)

// until reads what the program writes to the terminal until it has written the text. It fails at the end.
func until(t *testing.T, screen io.Reader, text string) string {
	t.Helper()
	var seen bytes.Buffer
	buf := make([]byte, 4096)
	for !strings.Contains(seen.String(), text) {
		n, err := screen.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v, and no %q in %q", err, text, &seen)
		}
	}
	return seen.String()
}

func TestViewShowsAProfileOnATerminalUntilQIsTyped(t *testing.T) {
	profile := filepath.Join("..", "..", "testdata", "profiles", "valgrind-heap.json")
	cmd := exec.Command("heapprof", "view", profile)
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C", "NO_COLOR=1")
	user, screen := startOnTerminal(t, cmd)
	if err := unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	seen := until(t, screen, "q quit")
	for _, want := range []string{"\x1b[?1049h", "1 peak", "who holds it at the peak"} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in %q", want, seen)
		}
	}
	if _, err := user.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(screen) // fails with EIO at the end
	cmd.Wait()
	if testkit.Status(cmd.ProcessState) != 0 || !bytes.Contains(rest, []byte("\x1b[?1049l")) {
		t.Errorf("status %d, and at the end %q", testkit.Status(cmd.ProcessState), rest)
	}
}
