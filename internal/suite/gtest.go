package suite

import (
	"slices"
	"strings"
)

// listGoogleTest lists the tests that a program of GoogleTest would run with its arguments.
//
// In a listing a line without indentation is a suite and ends with a full stop, indented ones are its tests;
// both may have a comment with the parameter or the type. What the program's own main prints before is no such
// line.
func listGoogleTest(p Program) (l Listing, err error) {
	// A later flag wins over an earlier one, but a file of results would be written anew by each test.
	args := without(p.Args[1:], func(a string) bool { return strings.HasPrefix(a, "--gtest_output") })
	text, err := p.output(false, append(slices.Clone(args), "--gtest_list_tests")...)
	if err != nil {
		return l, err
	}
	disabledToo := slices.ContainsFunc(args, func(a string) bool {
		return a == "--gtest_also_run_disabled_tests" || a == "--gtest_also_run_disabled_tests=1"
	})
	suite := ""
	for _, line := range lines(text) {
		line, _, _ = strings.Cut(line, "  # ")
		name, indented := strings.CutPrefix(line, "  ")
		switch {
		case !indented && strings.HasSuffix(line, ".") && !strings.Contains(line, " "):
			suite = line
		case indented && suite != "" && name != "" && !strings.ContainsAny(name, " \t"):
			if !disabledToo && isDisabled(suite, name) {
				l.Ignored++
				continue
			}
			one := append([]string{p.Args[0]}, args...)
			l.Tests = append(l.Tests, Test{Name: suite + name, Program: Program{Args: append(one, "--gtest_filter="+suite+name)}})
		default:
			suite = ""
		}
	}
	if len(l.Tests)+l.Ignored == 0 && !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--gtest_filter") }) {
		return l, ErrNoListing
	}
	return l, nil
}

// isDisabled reports whether GoogleTest leaves out the test of a suite, "Instance/Suite.", unless it is asked for: by
// the suite's name or the test's.
func isDisabled(suite, name string) bool {
	const prefix = "DISABLED_"
	return strings.HasPrefix(suite, prefix) || strings.Contains(suite, "/"+prefix) || strings.HasPrefix(name, prefix)
}
