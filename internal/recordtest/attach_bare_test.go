//go:build linux && amd64

package recordtest

import (
	"bufio"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestAProgramWithoutAnAllocatorIsLeftAlone: it has no C library either, on which the tracker library counts.
func TestAProgramWithoutAnAllocatorIsLeftAlone(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(testkit.Build(t, "bare_waits.c", "-O1", "-static", "-nostdlib", "-fno-stack-protector"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	r := testkit.Run(t, exec.Command("heapprof", "attach", "-o", t.TempDir()+"/p.json", strconv.Itoa(cmd.Process.Pid)))
	if strings.Contains(r.Stderr, "ptrace_scope") {
		testkit.Skip(t, "nobody may trace here: %s", r.Stderr)
	}
	if want := "it has no allocator that heapprof knows"; r.Status != 1 || !strings.Contains(r.Stderr, want) {
		t.Errorf("status %d, %q; want 1 and %q", r.Status, r.Stderr, want)
	}
	in.Close()
	if cmd.Wait(); testkit.Status(cmd.ProcessState) != 7 {
		t.Errorf("it ended with status %d, want 7", testkit.Status(cmd.ProcessState))
	}
}
