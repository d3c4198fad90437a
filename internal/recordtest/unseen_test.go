//go:build linux && amd64

package recordtest

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestARecordedProgramSeesNothingOfSnapshots has snapshots made of a program that waits in every way, is
// sent signals and waits for children: its results are as if it ran alone.
func TestARecordedProgramSeesNothingOfSnapshots(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "p.json")
	cmd := heapprofRun([]string{"-q", "--retained=peak,exit", "-o", file}, testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm"))
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v, %s", line, err, &said)
	}
	in.Close()
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); testkit.Status(cmd.ProcessState) != 3 {
		t.Errorf("%v, %s", err, &said)
	}
	counts := testkit.Counts(string(rest))
	if counts["turns"] == 0 || len(counts) < 28 {
		t.Errorf("%d parts have done %d turns", len(counts), counts["turns"])
	}
	delete(counts, "turns")
	for part, seen := range counts {
		if seen != 0 {
			t.Errorf("%s: %d", part, int64(seen))
		}
	}
	kinds := make(map[profile.SnapshotKind]int)
	for _, s := range readRecording(t, file).Recording.Snapshots {
		kinds[s.Kind]++
	}
	if kinds[profile.ExitSnapshot] != 1 {
		t.Errorf("snapshots of %v", kinds)
	}
}
