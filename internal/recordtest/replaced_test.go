//go:build linux && amd64

package recordtest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit"
)

// A program that runs for long may be built anew, moved or deleted meanwhile.
func TestAProgramsFunctionsHaveNamesThoughItsFileIsReplaced(t *testing.T) {
	built := testkit.Build(t, "gated.c")
	other := testkit.Build(t, "gated.c", "-O2", "-g")
	for _, test := range []struct {
		name    string
		replace func(t *testing.T, path string)
	}{
		{"by the same", func(t *testing.T, path string) { copyOver(t, built, path) }},
		{"by another build", func(t *testing.T, path string) { copyOver(t, other, path) }},
		{"by nothing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			program, file := filepath.Join(dir, "gated"), filepath.Join(dir, "p.json")
			copyOver(t, built, program)
			// More events than any buffer holds: the file is looked at while they come.
			cmd := heapprofRun([]string{"-q", "-o", file}, program, "1", "1000000")
			var errors bytes.Buffer
			cmd.Stderr = &errors
			gate, err := cmd.StdinPipe()
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
			if _, err := out.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			test.replace(t, program)
			if _, err := gate.Write([]byte{0}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, out); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); testkit.Status(cmd.ProcessState) != 7 {
				t.Errorf("%v\n%s", err, &errors)
			}
			p := readRecording(t, file)
			if got := ownSums(p, "gated.c"); got.TotalBlocks != 1_000_000 {
				t.Errorf("%d blocks are of functions that have names, want 1000000", got.TotalBlocks)
			}
			if got := p.Modules[0].Path; got != program {
				t.Errorf("the program is called %q, want %q", got, program)
			}
		})
	}
}

// What is unpacked, started and deleted at once has no name that it could be read by.
func TestAProgramIsPatchedThoughItsFileIsDeleted(t *testing.T) {
	built := testkit.Build(t, "own_malloc.c", piecesFlags...)
	program := filepath.Join(t.TempDir(), "own_malloc")
	copyOver(t, built, program)
	r := record(t, nil, "sh", "-c", `exec 9<"$1"; rm "$1"; exec /proc/self/fd/9`, "sh", program)
	if native := testkit.Run(t, exec.Command(built)); r.Stdout != native.Stdout || r.Stderr != "" {
		t.Errorf("output %q, natively %q; standard error: %q", r.Stdout, native.Stdout, r.Stderr)
	}
	wantCounted(t, r, allocatorRow{own: inSources("pieces.h"), blocks: pieces})
}
