//go:build linux && amd64

package preload

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestUnwindInformationMaySayAnything feeds the CFI reader with damaged unwind
// information of real files: it may answer anything, but not read outside what
// it was given, nor go on for ever. check.sh does this for longer, with libFuzzer.
func TestUnwindInformationMaySayAnything(t *testing.T) {
	program := buildC(t, "cfi_mutate", "cfi_fuzz.c", "cfi.c", "text.c")
	dir := t.TempDir()
	rounds := "5000"
	if testing.Short() {
		rounds = "1000"
	}
	args := []string{rounds}
	for _, file := range []string{testkit.Tool(t, "true"), testkit.Tool(t, "ls"), "libheapprof-amd64.so"} {
		seed := filepath.Join(dir, filepath.Base(file))
		cmd := exec.Command(testkit.Tool(t, "objcopy"), "-O", "binary", "--only-section=.eh_frame_hdr", "--only-section=.eh_frame", file, seed)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
		args = append(args, seed)
	}
	if got, want := strings.TrimSpace(runC(t, "", program, args...)), rounds+" mutations of 3 files"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}
