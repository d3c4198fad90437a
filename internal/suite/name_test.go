package suite

import (
	"strings"
	"testing"
)

func TestTheTestThatAProgramIsStartedForHasAName(t *testing.T) {
	for line, want := range map[string]string{
		"budgets-36baac348c268de5 --exact parser::tests::big --nocapture":         "parser::tests::big", // nextest
		"budgets parser::tests::big --exact --test-threads 1 -Z unstable-options": "parser::tests::big",
		"budgets one two --exact":                            "",
		"budgets parser":                                     "", // a filter, by which several tests may run
		"unit --gtest_filter=Suite.Name":                     "Suite.Name",
		"unit --gtest_filter=Suite.*":                        "",
		"unit --gtest_filter=A.B:A.C":                        "",
		"pkg.test -test.run ^TestLoad$ -test.v":              "TestLoad",
		"pkg.test -test.timeout=10m0s -test.run=^TestA$/^b$": "TestA/b",
		"pkg.test -test.run=Load":                            "",
		"pkg.test -test.run=^TestA|TestB$":                   "",
		"prog file":                                          "",
		"":                                                   "",
	} {
		if got := TestName(strings.Fields(line), func(string) string { return "" }); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestWhatATestStartsHasItsName(t *testing.T) {
	for variable, want := range map[string]string{
		"NEXTEST_TEST_NAME=deep::loads_large":                       "deep::loads_large",
		"PYTEST_CURRENT_TEST=tests/test_a.py::test_b[x (y)] (call)": "tests/test_a.py::test_b[x (y)]",
		"PYTEST_CURRENT_TEST=test_a.py::test_b":                     "test_a.py::test_b",
	} {
		name, value, _ := strings.Cut(variable, "=")
		getenv := func(v string) string {
			if v == name {
				return value
			}
			return ""
		}
		if got := TestName([]string{"tool", "file"}, getenv); got != want {
			t.Errorf("%s: %q, want %q", variable, got, want)
		}
	}
}

func TestACallThatListsTestsIsToldFromOthers(t *testing.T) {
	for line, want := range map[string]bool{
		"/t/deps/budgets-36baac348c268de5 --list --format terse":           true,
		"/t/deps/budgets-36baac348c268de5 --list --format terse --ignored": true,
		"/t/deps/budgets-36baac348c268de5 --list":                          true,
		"/tmp/rust_out --list --format terse":                              true,
		"unit --gtest_list_tests":                                          true,
		"unit --list-test-names-only":                                      true,
		"unit --list-tests --verbosity quiet":                              true,
		"pkg.test -test.list=.*":                                           true,
		"/usr/bin/git branch --list":                                       false,
		"git stash list":                                                   false,
		"budgets-36baac348c268de5 list":                                    false,
		"":                                                                 false,
	} {
		if got := IsListing(strings.Fields(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestProgramsHaveTheirNamesWithoutCargosHash(t *testing.T) {
	for path, want := range map[string]string{
		"target/debug/deps/my-budgets-36baac348c268de5": "my-budgets",
		"/usr/bin/x86_64-linux-gnu-gcc-12":              "x86_64-linux-gnu-gcc-12",
		"-36baac348c268de5":                             "-36baac348c268de5",
	} {
		if got := ProgramName(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestTestsHaveFilesOfTheirOwn(t *testing.T) {
	for test, want := range map[string]string{
		"parser::tests::big": "parser.tests.big",
		"Suite.Name":         "Suite.Name",
		"TestLoad":           "TestLoad",
		"":                   "",
	} {
		if got := FileName(test); got != want {
			t.Errorf("%q: %q, want %q", test, got, want)
		}
	}
	seen := make(map[string]string)
	long := strings.Repeat("x", 300)
	for _, test := range []string{
		"a::b", "a::b.c", "a.b::c", "a/b/c", "a/b.c", "a b", "a:b", "a-b", "Ünïcode", "日本", "../../etc/passwd", ".hidden", "-rf", "--", "..",
		long, long + "y", "a\nb", "a\x00b", "test_a.py::test_b[x|y]", "test_a.py::test_b[x<y]",
	} {
		name := FileName(test)
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q share %q", test, other, name)
		}
		seen[name] = test
		if name == "" || len(name) > longestTest+9 || strings.ContainsAny(name, "/\\:*?\"<>|\n\x00 ") || strings.Trim(name[:1], ".-") == "" {
			t.Errorf("%q: %q", test, name)
		}
	}
}
