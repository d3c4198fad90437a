package suite

import (
	"slices"
	"strings"
)

// listLibtest lists the tests that a program of Rust's harness would run with its arguments,
// which may have filters. Those that are ignored are in its list as well, unless it is asked for them alone.
func listLibtest(p Program) (l Listing, err error) {
	args := without(p.Args[1:], func(a string) bool { return a == "--list" })
	all, err := libtestNames(p, append(args, "--list", "--format", "terse"))
	if err != nil {
		return l, err
	}
	var ignored []string
	withIgnored := slices.Contains(args, "--ignored") || slices.Contains(args, "--include-ignored")
	if !withIgnored {
		if ignored, err = libtestNames(p, append(args, "--list", "--format", "terse", "--ignored")); err != nil {
			return l, err
		}
	}
	for _, name := range all {
		if slices.Contains(ignored, name) {
			l.Ignored++
			continue
		}
		// What a test prints is not kept in its heap, as cargo-nextest has it.
		one := []string{p.Args[0], name, "--exact", "--nocapture"}
		if withIgnored {
			one = append(one, "--include-ignored")
		}
		l.Tests = append(l.Tests, Test{Name: name, Program: Program{Args: one}})
	}
	return l, nil
}

// libtestNames returns the names in a listing, "NAME: test" a line, or "NAME: benchmark".
func libtestNames(p Program, args []string) (names []string, err error) {
	text, err := p.output(false, args...)
	if err != nil {
		return nil, err
	}
	for _, line := range lines(text) {
		i := strings.LastIndex(line, ": ")
		if i <= 0 || line[i+2:] != "test" && line[i+2:] != "benchmark" {
			return nil, ErrNoListing
		}
		names = append(names, line[:i])
	}
	return names, nil
}
