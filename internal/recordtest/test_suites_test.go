//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/judge"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// runSuite runs heapprof test in a directory, and returns what came of it.
func runSuite(t *testing.T, dir string, args ...string) testkit.Result {
	t.Helper()
	c := exec.Command("heapprof", append([]string{"test"}, args...)...)
	c.Dir = dir
	return testkit.Run(t, c)
}

// readTest reads the profile of a test.
func readTest(t *testing.T, dir, group, name string) *profile.Profile {
	t.Helper()
	p, err := format.ReadFile(filepath.Join(dir, judge.ProfileFile(group, name)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a test allocates is what the program counts, to the byte: not what the harness allocates around it, nor what
// the test frees and resizes of the harness's.
func TestATestsNumbersAreItsOwn(t *testing.T) {
	t.Parallel()
	bin := testkit.Build(t, "unit_tests.cc", "-pthread")
	dir := t.TempDir()
	r := runSuite(t, dir, bin)
	if r.Status != 1 || !strings.Contains(r.Stdout, "2 tests passed, 1 failed, 1 ignored") || !strings.Contains(r.Stderr, "it is as it should not be") {
		t.Errorf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	for _, name := range []string{"Unit.Few", "Unit.Many"} {
		counts := testkit.Counts(testkit.Run(t, exec.Command(bin, "--gtest_count="+name)).Stdout)
		p := readTest(t, filepath.Join(dir, judge.OwnDirectory), filepath.Base(bin), name)
		all := p.Totals()
		if all.TotalBlocks != counts["blocks"] || all.TotalBytes != counts["bytes"] || all.EndBytes != counts["left"] || counts["blocks"] == 0 {
			t.Errorf("%s: %d blocks, %d bytes, %d left; the program counts %v", name, all.TotalBlocks, all.TotalBytes, all.EndBytes, counts)
		}
		if n := len(p.Recording.Notes); n != 1 || p.Recording.Notes[0].Code != profile.HarnessLeftOut || p.Recording.Counts.UnknownFrees != 0 {
			t.Errorf("%s: notes %v, %d unknown frees", name, p.Recording.Notes, p.Recording.Counts.UnknownFrees)
		}
	}
}

// A limit is for each test; the suite's own failure comes before it.
func TestEachTestIsHeldToTheLimit(t *testing.T) {
	t.Parallel()
	bin := testkit.Build(t, "unit_tests.cc", "-pthread")
	for _, test := range []struct {
		limit, filter, want string
		status              int
	}{
		{"total-blocks=3", "Unit.Few", "PASS    Unit.Few\n", 0},
		{"total-blocks=2", "Unit.Few", "FAIL    Unit.Few\n\nUnit.Few: total-blocks 3 exceeds 2 by 50.0%: 3 of it by take", 3},
		{"total-blocks=0", "Unit.Fails", "failed  Unit.Fails\n\n0 tests passed, 1 failed", 1},
	} {
		r := runSuite(t, t.TempDir(), "--max", test.limit, bin, "--gtest_filter="+test.filter)
		if r.Status != test.status || !strings.Contains(r.Stdout, test.want) {
			t.Errorf("--max %s: status %d, want %d and %q:\n%s%s", test.limit, r.Status, test.status, test.want, r.Stdout, r.Stderr)
		}
	}
}

// Budgets of heapprof.toml are of the tests that match. Over a baseline a test is held to what it had, and one that
// is new, or where there is no baseline, is not judged, which is said.
func TestBudgetsAreOfTheTestsThatMatch(t *testing.T) {
	t.Parallel()
	bin := testkit.Build(t, "unit_tests.cc", "-pthread")
	dir := t.TempDir()
	budgets := "[[budget]]\ntest = '^Unit\\.Few$'\nmax-increase = ['total-blocks=0']\n[[budget]]\ntest = 'Other'\nmax = ['total-blocks=0']\n"
	if err := os.WriteFile(filepath.Join(dir, "heapprof.toml"), []byte(budgets), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(want string, status int, flags ...string) {
		t.Helper()
		r := runSuite(t, dir, append(flags, "-o", "out", bin, "--gtest_filter=Unit.Few")...)
		if r.Status != status || !strings.Contains(r.Stdout, want) {
			t.Errorf("%q: status %d, want %d and %q:\n%s%s", flags, r.Status, status, want, r.Stdout, r.Stderr)
		}
	}
	run("increases of 1 test were not judged, as out/baseline has no such test: --update accepts them", 0)
	run("1 test passed", 0, "--update")
	run("same  PASS    Unit.Few\n", 0)
	// Another test, which has less, for a baseline.
	runSuite(t, dir, "-o", "out", bin, "--gtest_filter=Unit.Fails")
	group := filepath.Base(bin)
	if err := os.Rename(filepath.Join(dir, "out", judge.ProfileFile(group, "Unit.Fails")), filepath.Join(dir, "out", "baseline", judge.ProfileFile(group, "Unit.Few"))); err != nil {
		t.Fatal(err)
	}
	run("FAIL    Unit.Few\n\nUnit.Few: total-blocks 3 exceeds 2 of out/baseline by 1", 3)
	if left, _ := filepath.Glob(filepath.Join(dir, "out", ".running*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
