//go:build linux && amd64

package preload

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
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
	args := slices.Clone(sanitized)
	for _, s := range append([]string{name + ".c"}, sources...) {
		if _, err := os.Stat(filepath.Join("ctest", s)); err == nil {
			args = append(args, filepath.Join("ctest", s))
		} else {
			args = append(args, filepath.Join("csrc", s))
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Compile(t, fixture.Compilation{
		Compiler: "gcc",
		Dir:      here,
		Args:     args,
		Sources:  []string{filepath.Join(here, "ctest"), filepath.Join(here, "csrc")},
		Name:     name,
	})
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
