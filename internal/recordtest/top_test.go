//go:build linux && amd64

package recordtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"heapprof/internal/testkit"
)

func TestTopPrintsAsManyLinesAsAreAskedForAndLeavesTheProcessAsItWas(t *testing.T) {
	v := visit(t)
	v.ask("n")
	out, err := exec.Command("heapprof", "top", "--format", "json", "--period", "100ms", "--count", "2", "--top", "3", strconv.Itoa(v.pid())).Output()
	if err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	var lines int
	for line := range strings.Lines(string(out)) {
		var got struct {
			PID    int    `json:"pid"`
			Blocks uint64 `json:"total-blocks"`
			Sites  []struct{ Function string }
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.PID != v.pid() || got.Blocks == 0 || len(got.Sites) == 0 || got.Sites[0].Function == "" {
			t.Errorf("%v: %s", err, line)
		}
		lines++
	}
	if lines != 2 {
		t.Errorf("%d lines: %s", lines, out)
	}
	v.isAsBefore()
}

func TestTopLeavesTheProcessWhenNobodyReadsOn(t *testing.T) {
	v := visit(t)
	v.ask("n")
	cmd := exec.Command("heapprof", "top", "--batch", "--period", "100ms", strconv.Itoa(v.pid()))
	var said bytes.Buffer
	cmd.Stderr = &said
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil || !strings.Contains(line, " allocs/s") {
		t.Errorf("%v: %q", err, line)
	}
	pipe.Close()
	if err := cmd.Wait(); err != nil || said.Len() != 0 {
		t.Errorf("%v: %s", err, &said)
	}
	v.isAsBefore()
}

func TestTopShowsAScreenUntilQIsTypedAndDetaches(t *testing.T) {
	v := visit(t)
	v.ask("n")
	cmd := exec.Command("heapprof", "top", "--period", "100ms", strconv.Itoa(v.pid()))
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C", "NO_COLOR=1")
	user, screen := startOnTerminal(t, cmd)
	if err := unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	seen := until(t, screen, "allocations/s")
	for _, want := range []string{"\x1b[?1049h", "attached", "since then"} {
		if !strings.Contains(seen, want) {
			seen += until(t, screen, want)
		}
	}
	if _, err := user.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(screen)
	cmd.Wait()
	if _, after, ok := strings.Cut(string(rest), lastScreen); testkit.Status(cmd.ProcessState) != 0 || !ok || !strings.Contains(after, "heapprof: detached: ") || !strings.Contains(after, "runs on") {
		t.Errorf("status %d, and then the terminal has %q", testkit.Status(cmd.ProcessState), rest)
	}
	v.isAsBefore()
}

func TestTopEndsWithTheProcess(t *testing.T) {
	v := visit(t)
	cmd := exec.Command("heapprof", "top", "--batch", "--period", "100ms", strconv.Itoa(v.pid()))
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if _, err := out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	v.close()
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
