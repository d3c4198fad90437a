//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/judge"
	"heapprof/internal/testkit"
)

// suiteFiles writes files into a new directory.
func suiteFiles(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// wantLines looks for words in the table, in this order, whatever spaces are between them.
func wantLines(t *testing.T, r testkit.Result, status int, lines ...string) {
	t.Helper()
	squeezed := strings.Join(strings.Fields(r.Stdout), " ")
	for _, line := range lines {
		if !strings.Contains(squeezed, line) {
			t.Errorf("%q is missing", line)
		}
	}
	if r.Status != status || t.Failed() {
		t.Errorf("status %d, want %d:\n%s%s", r.Status, status, r.Stdout, r.Stderr)
	}
}

// The tests count what they allocate: 100 vectors and the one that holds them; 4 threads, each with a block of its own.
func TestCargosTestsAreMeasuredEachByItself(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "cargo")
	dir := suiteFiles(t, map[string]string{
		"Cargo.toml": "[package]\nname = \"suite\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[profile.test]\ndebug = 0\n",
		"src/lib.rs": `//! Documentation.
#[cfg(test)]
mod tests {
    #[test] fn empty() {}
    #[test] fn hundred() { let v: Vec<Vec<u8>> = (0..100).map(|i| vec![i; 1000]).collect(); assert_eq!(v.len(), 100); }
    #[test] #[ignore] fn slow() {}
    #[test] fn runs_in_the_package() { assert!(std::path::Path::new("Cargo.toml").exists()); assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "suite"); }
    #[test] fn starts_another() {
        let other = std::process::Command::new(std::env::current_exe().unwrap()).arg("hundred").stdout(std::process::Stdio::null()).status();
        assert!(other.unwrap().success());
    }
    #[test] fn fails() { std::panic::set_hook(Box::new(|_| {})); println!("as it should not"); panic!(); }
}
`,
		"tests/it.rs": "#[test] fn leaks() { std::mem::forget(vec![0u8; 5000]); }\n",
	})
	r := runSuite(t, dir, "--max", "leaked-bytes=0", "--", "cargo", "test", "--offline")
	wantLines(t, r, 101,
		"0 B 0 0 B 0 B PASS tests::empty",
		"101 100 KiB 0 B PASS tests::hundred",
		"PASS tests::runs_in_the_package", "failed tests::fails", "suite::it 4.88 KiB 1 4.88 KiB 4.88 KiB FAIL leaks",
		"leaks: leaked-bytes (never freed) 4.88 KiB exceeds 0 B",
		"4 tests passed, 1 over what is allowed, 1 failed, 1 ignored; profiles: target/heapprof", "documentation tests were left out")
	if !strings.Contains(r.Stderr, "as it should not") {
		t.Errorf("what the failed test has written is missing:\n%s", r.Stderr)
	}
	if strings.Count(r.Stdout, "100 KiB") != 2 { // allocated, and the peak
		t.Errorf("what a test's child allocated is taken for the test's:\n%s", r.Stdout)
	}
	// A file of another suite, with its filters; the program is built already.
	r = runSuite(t, dir, "cargo", "test", "--offline", "--test", "it", "--", "--skip", "x")
	wantLines(t, r, 0, "leaks", "1 test passed; profiles")
	if strings.Contains(r.Stdout, "documentation") || strings.Contains(r.Stdout, "hundred") {
		t.Errorf("another suite is there:\n%s", r.Stdout)
	}
}

// ctest judges its tests by their properties, as without heapprof.
func TestCTestsPropertiesAreHonoured(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "ctest")
	dir := suiteFiles(t, map[string]string{
		"b/CTestTestfile.cmake": `add_test([=[a b]=] "/bin/sh" "-c" "exit 3" "" ";x")
set_tests_properties([=[a b]=] PROPERTIES WILL_FAIL "1")
add_test(plain "/bin/cat" "CTestTestfile.cmake")
set_tests_properties(plain PROPERTIES PASS_REGULAR_EXPRESSION "add_test")
add_test(fails "/bin/sh" "-c" "exit $N")
set_tests_properties(fails PROPERTIES ENVIRONMENT "N=4")
add_test(off "/bin/true")
set_tests_properties(off PROPERTIES DISABLED "1")
subdirs("sub")
`,
		"b/sub/CTestTestfile.cmake": "add_test(below \"/bin/cat\" \"CTestTestfile.cmake\")\n",
	})
	r := runSuite(t, dir, "--max", "peak-bytes=100MiB", "ctest", "--test-dir", "b")
	wantLines(t, r, 8, "PASS a b", "PASS plain", "failed fails", "PASS below", "3 tests passed, 1 failed, 1 ignored; profiles: .heapprof")
	if found, _ := filepath.Glob(filepath.Join(dir, "b", "Testing")); len(found) > 0 {
		t.Errorf("beside the sources: %q", found)
	}
}

// Tests of pytest run in processes that are forked for them: what one has is what it allocates, whatever was before it,
// and fixtures are pytest's.
func TestPytestsTestsAreMeasuredEachByItself(t *testing.T) {
	t.Parallel()
	python := testkit.Tool(t, "python3")
	if err := exec.Command(python, "-c", "import pytest").Run(); err != nil {
		testkit.Skip(t, "python3 has no pytest")
	}
	dir := suiteFiles(t, map[string]string{"test_it.py": `import pytest, unittest
keep = []
@pytest.fixture(scope="module")
def large(): return [bytes(1000) for _ in range(1000)]
def test_keeps(large): keep.append(bytearray(100000))
def test_kept_nothing(large): assert not keep and len(large) == 1000
def test_skips(): pytest.skip("no reason")
@pytest.mark.xfail
def test_expected(): assert False
class Unit(unittest.TestCase):
    def test_fails(self): self.assertEqual(1, 2)
`})
	r := runSuite(t, dir, "--max", "end-bytes=90KiB", "--", python, "-m", "pytest", "-q", "-p", "no:cacheprovider")
	wantLines(t, r, 1, "FAIL test_it.py::test_keeps", "PASS test_it.py::test_kept_nothing", "PASS test_it.py::test_skips", "PASS test_it.py::test_expected",
		"failed test_it.py::Unit::test_fails", "test_it.py::test_keeps: end-bytes", "3 tests passed, 1 over what is allowed, 1 failed")
	if p := readTest(t, filepath.Join(dir, judge.OwnDirectory), "pytest", "test_it.py::test_kept_nothing"); p.Totals().PeakBytes > 20000 {
		t.Errorf("a test that allocates next to nothing has %d bytes", p.Totals().PeakBytes)
	}
}
