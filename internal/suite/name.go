// Package suite knows the systems that run tests: how they name a test to the program that
// has it, how they list their tests, and how one test is run by itself. It imports nothing of ours
// but how files are written.
package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// cargoHash is what cargo adds to the names of test programs.
var cargoHash = regexp.MustCompile(`^(.+)-[0-9a-f]{16}$`)

// ProgramName returns the base name of a program's path, without the hash that cargo adds to
// it, which is another one for each set of dependencies and flags.
func ProgramName(path string) string {
	name := filepath.Base(path)
	if m := cargoHash.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// IsListing reports whether a program, of which args are its path and its arguments, is only
// asked to list its tests, as test systems do before they run them one by one. A word that
// other programs take too, such as --list, counts only where it is certain to be a test
// program's.
func IsListing(args []string) bool {
	if len(args) == 0 {
		return false
	}
	for i, a := range args[1:] {
		switch {
		case a == "--gtest_list_tests", // GoogleTest
			a == "--list-tests", a == "--list-test-names-only", // Catch2
			a == "--list-test-cases",            // doctest
			a == "--list_content",               // Boost.Test
			strings.HasPrefix(a, "-test.list="): // Go
			return true
		case a == "--list": // libtest
			rest := args[i+2:]
			if cargoHash.MatchString(filepath.Base(args[0])) || len(rest) > 1 && rest[0] == "--format" && rest[1] == "terse" {
				return true
			}
		}
	}
	return false
}

// TestName returns the name of the one test that a program is started for, of which args are
// its path and its arguments; "" where it is not known, or there are several. getenv looks up
// its environment, in which cargo-nextest and pytest name the test that starts a program, too.
func TestName(args []string, getenv func(string) string) string {
	if name := ofArguments(args); name != "" {
		return name
	}
	if name := getenv("NEXTEST_TEST_NAME"); name != "" {
		return name
	}
	return ofPytest(getenv("PYTEST_CURRENT_TEST"))
}

// ofArguments returns the name of the one test that a program's arguments ask for; "" where
// they ask for none or for several.
func ofArguments(args []string) string {
	if len(args) == 0 {
		return ""
	}
	args = args[1:]
	if slices.Contains(args, "--exact") {
		return ofLibtest(args)
	}
	for i, a := range args {
		if filter, ok := strings.CutPrefix(a, "--gtest_filter="); ok && !strings.ContainsAny(filter, "*?:-") {
			return filter
		}
		for _, flag := range []string{"-test.run", "--test.run"} {
			if a == flag && i+1 < len(args) {
				return ofGo(args[i+1])
			}
			if pattern, ok := strings.CutPrefix(a, flag+"="); ok {
				return ofGo(pattern)
			}
		}
	}
	return ""
}

// ofLibtest returns the one test that arguments with --exact name. Those of libtest that take
// a value in an argument of its own are its flags of rustc 1.95.
func ofLibtest(args []string) string {
	takesValue := []string{"--skip", "--test-threads", "--format", "--logfile", "--color", "--shuffle-seed", "-Z"}
	var names []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case slices.Contains(takesValue, a):
			i++
		case !strings.HasPrefix(a, "-"):
			names = append(names, a)
		}
	}
	if len(names) != 1 {
		return ""
	}
	return names[0]
}

// ofPytest returns the test of what pytest has in PYTEST_CURRENT_TEST, "tests/test_a.py::test_b (call)".
func ofPytest(current string) string {
	if !strings.HasSuffix(current, ")") {
		return current
	}
	if i := strings.LastIndex(current, " ("); i >= 0 {
		return current[:i]
	}
	return current
}

// ofGo returns the test that a pattern of Go's -run names, "^TestA$" or "^TestA$/^sub$"; "" where
// it may match several.
func ofGo(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		name, begins := strings.CutPrefix(p, "^")
		name, ends := strings.CutSuffix(name, "$")
		if !begins || !ends || regexp.QuoteMeta(name) != name {
			return ""
		}
		parts[i] = name
	}
	return strings.Join(parts, "/")
}

// longestTest is how many bytes of a test's name a file's name has.
const longestTest = 120

// FileName returns the name of a test as a part of a file's name, with nothing in it that a
// file system, a shell or an archive of a build's files would mind; "" for "". Where a name
// is not told by that from all others, a part of its hash is added, so that two tests have two
// files.
func FileName(test string) string {
	const plain = "-_+=@,."
	changed := strings.Contains(test, "::") && strings.Contains(test, ".")
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(plain, r):
			return r
		case r == '/':
			changed = true
			return '.'
		}
		changed = true
		return '-'
	}, strings.ReplaceAll(test, "::", "."))
	if trimmed := strings.TrimLeft(name, ".-"); trimmed != name {
		name, changed = trimmed, true
	}
	if len(name) > longestTest {
		name, changed = name[:longestTest], true
	}
	if !changed || test == "" {
		return name
	}
	sum := sha256.Sum256([]byte(test))
	return strings.TrimLeft(name+"-"+hex.EncodeToString(sum[:4]), "-")
}
