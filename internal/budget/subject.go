package budget

import (
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/suite"
)

// Subject is what budgets and ignores are chosen by.
type Subject struct {
	Program string // base name of the program, without the hash that cargo adds, and, with spaces between, its arguments
	Test    string // name of the test that ran; "" where it was none, or none that is known
}

// SubjectOf returns the subject that a profile is of, which was recorded of the named test.
func SubjectOf(p *profile.Profile, test string) Subject {
	program, args := commandOf(p)
	return Subject{suite.ProgramName(program) + args, test}
}

// commandOf returns the program of a profile and its arguments, with a space before each.
func commandOf(p *profile.Profile) (program, args string) {
	if r := p.Recording; r != nil && strings.Contains(r.Program, " ") {
		if args, ok := argumentsOf(p.Command, r.Program); ok {
			return r.Program, args
		}
	}
	program, args, hasArgs := strings.Cut(p.Command, " ")
	if hasArgs {
		args = " " + args
	}
	return program, args
}

// argumentsOf returns what follows a program's path in a command line, in which it may be relative; ok is false where it
// is not there.
func argumentsOf(command, program string) (args string, ok bool) {
	for {
		rest, isHere := strings.CutPrefix(command, "./")
		if !isHere {
			if rest, isHere = strings.CutPrefix(command, "../"); !isHere {
				break
			}
		}
		command = rest
	}
	for ok = true; ok; _, program, ok = strings.Cut(program, "/") {
		if args, isIt := strings.CutPrefix(command, program); isIt && program != "" && (args == "" || args[0] == ' ') {
			return args, true
		}
	}
	return "", false
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
