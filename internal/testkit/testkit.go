// Package testkit holds what the tests of several packages share: tools that
// may be absent, and the programs of testdata/programs. Of ours it imports its own
// fixture, and profile and dhat for profiles that tests are about.
package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// RequireAll reports whether HEAPPROF_TEST_REQUIRE=all asks that nothing be skipped.
func RequireAll() bool { return os.Getenv("HEAPPROF_TEST_REQUIRE") == "all" }

// Skip skips the test for a reason, as for fmt.Sprintf, or fails it where
// HEAPPROF_TEST_REQUIRE=all.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if RequireAll() {
		t.Fatalf("HEAPPROF_TEST_REQUIRE=all, but: "+format, args...)
	}
	t.Skipf(format, args...)
}

// Tool returns the path of a program that the test needs. It skips the test where there is
// none.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(t, "%s is not installed", name)
	}
	return path
}
