package suite

import (
	"slices"
	"strings"
)

// listCatch2 lists the tests that a program of Catch2 would run with its arguments, which may have a
// specification of tests. Version 2 prints their names alone by a flag of its own, version 3 where it is asked to say little.
func listCatch2(p Program) (l Listing, err error) {
	args := p.Args[1:]
	if !hasTestSpec(args) {
		args = append(slices.Clone(args), "~[.]") // as it runs without a specification, but does not list
	}
	text, err := p.output(true, append(slices.Clone(args), "--list-test-names-only")...)
	if err != nil || strings.Contains(text, "Unrecognised token") || text == "" {
		text, err = p.output(true, append(slices.Clone(args), "--list-tests", "--verbosity", "quiet")...)
	}
	if err != nil {
		return l, err
	}
	if strings.Contains(text, "Error(s) in input:") {
		return l, ErrNoListing
	}
	flags := catch2Flags(p.Args[1:])
	for _, name := range lines(text) {
		// Names that begin with # are quoted in the list of version 2.
		if inner, ok := strings.CutPrefix(name, `"#`); ok {
			name = "#" + strings.TrimSuffix(inner, `"`)
		}
		if name == "" {
			continue
		}
		// A star at either end stands for anything, and cannot be escaped.
		if strings.HasPrefix(name, "*") || strings.HasSuffix(name, "*") {
			l.Unnamed = append(l.Unnamed, name)
			continue
		}
		one := append([]string{p.Args[0], escapeCatch2(name)}, flags...)
		l.Tests = append(l.Tests, Test{Name: name, Program: Program{Args: one}})
	}
	return l, nil
}

// escapeCatch2 returns a specification that only the test of that name matches.
func escapeCatch2(name string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `[`, `\[`, `"`, `\"`).Replace(name)
	if strings.HasPrefix(name, "~") || strings.HasPrefix(name, "-") {
		escaped = `\` + escaped // else it would mean all others, or be a flag
	}
	return escaped
}

// catch2Values are the flags of Catch2 that take a value in an argument of its own.
var catch2Values = []string{
	"-r", "--reporter", "-o", "--out", "-n", "--name", "-x", "--abortx", "-w", "--warn", "-d", "--durations",
	"-D", "--min-duration", "-f", "--input-file", "-c", "--section", "-v", "--verbosity", "--order", "--rng-seed",
	"--use-colour", "--colour-mode", "--wait-for-keypress", "--benchmark-samples", "--benchmark-resamples",
	"--benchmark-confidence-interval", "--benchmark-warmup-time", "--shard-count", "--shard-index",
}

// splitCatch2 tells the flags of a command line, with their values, from the specification of tests.
func splitCatch2(args []string) (flags, spec []string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case slices.Contains(catch2Values, a) && i+1 < len(args):
			flags = append(flags, a, args[i+1])
			i++
		case strings.HasPrefix(a, "-"):
			flags = append(flags, a)
		default:
			spec = append(spec, a)
		}
	}
	return flags, spec
}

func hasTestSpec(args []string) bool {
	flags, spec := splitCatch2(args)
	return len(spec) > 0 || slices.Contains(flags, "-f") || slices.Contains(flags, "--input-file")
}

// catch2Flags returns the flags that each test is run with: all but those that choose tests, and those that
// write a file, which each test would write anew.
func catch2Flags(args []string) (kept []string) {
	flags, _ := splitCatch2(args)
	for i := 0; i < len(flags); i++ {
		switch flags[i] {
		case "-f", "--input-file", "-o", "--out", "--shard-count", "--shard-index":
			i++
		default:
			kept = append(kept, flags[i])
		}
	}
	return kept
}
