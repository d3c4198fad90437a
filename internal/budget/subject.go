package budget

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// Subject is what budgets and ignores are chosen by.
type Subject struct {
	Program string // base name of the program and, with spaces between, its arguments
	Test    string // name of the test that ran; "" where it was none, or none that is known
}

// SubjectOf returns the subject that a profile is of, which was recorded of the named test.
func SubjectOf(p *profile.Profile, test string) Subject {
	command := p.Command
	if r := p.Recording; r != nil && r.Program != "" && strings.HasPrefix(command, r.Program+" ") {
		return Subject{path.Base(r.Program) + command[len(r.Program):], test} // its path may have a space
	}
	program, args, hasArgs := strings.Cut(command, " ")
	program = path.Base(program)
	if hasArgs {
		program += " " + args
	}
	return Subject{program, test}
}

// concerns reports whether what is said of programs and tests that match, nil for all, is said of the subject.
func (s Subject) concerns(program, test *regexp.Regexp) bool {
	return (program == nil || program.MatchString(s.Program)) && (test == nil || s.Test != "" && test.MatchString(s.Test))
}

// Budgets returns those of all budgets that are the subject's.
func (s Subject) Budgets(all []Budget) []Budget {
	return slices.DeleteFunc(slices.Clone(all), func(b Budget) bool { return !s.concerns(b.Program, b.Test) })
}

// Ignores returns those of all ignores that concern the subject.
func (s Subject) Ignores(all []Ignore) []Ignore {
	return slices.DeleteFunc(slices.Clone(all), func(i Ignore) bool { return !s.concerns(i.Program, nil) })
}
