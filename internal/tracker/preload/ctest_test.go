//go:build linux && amd64

package preload

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// sanitized are the flags of the tests in ctest: the library's sources with
// AddressSanitizer and UBSan. The library brings a memcpy and a memset of its
// own, which must not take the place of the sanitizers'.
var sanitized = []string{
	"-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread",
	"-fsanitize=address,undefined", "-fno-sanitize-recover=all",
	"-Dmemcpy=tracker_memcpy", "-Dmemset=tracker_memset",
}

// buildC builds a program of ctest from sources in it or in csrc.
func buildC(t *testing.T, name string, sources ...string) string {
	t.Helper()
	gcc := testkit.Tool(t, "gcc")
	program := filepath.Join(t.TempDir(), name)
	args := append([]string{"-o", program}, sanitized...)
	for _, s := range append([]string{name + ".c"}, sources...) {
		if _, err := os.Stat(filepath.Join("ctest", s)); err == nil {
			args = append(args, filepath.Join("ctest", s))
		} else {
			args = append(args, filepath.Join("csrc", s))
		}
	}
	if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return program
}

// runC runs such a program, which must end well, and returns what it printed.
func runC(t *testing.T, stdin, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	// Leak detection needs ptrace, which containers forbid.
	cmd.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0", "UBSAN_OPTIONS=print_stacktrace=1")
	result := testkit.Run(t, cmd)
	if result.Status != 0 || result.Stderr != "" {
		t.Fatalf("%s: status %d\n%s%s", cmd, result.Status, result.Stdout, result.Stderr)
	}
	return result.Stdout
}
