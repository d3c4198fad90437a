package console

import (
	"errors"
	"fmt"
	"strings"

	"heapprof/cmd/wording"
	"heapprof/internal/report/names"
)

// Everything heapprof says to a person is worded in cmd and the packages below it: what is known of a profile in package
// wording, and the rest where it is said. Only what is a part of a form is its renderer's: what a row is called that stands for
// no site, the words in a picture, pprof's comments.
//
// The rules for what is not part of the output that was asked for:
//
//   - It goes to standard error. Standard output holds the report, or belongs
//     to the program that is profiled.
//   - It starts with "heapprof: ", in lower case, without a full stop.
//   - It names the thing, the cause, and what to do next.
//   - An error is one line. Nobody reads the usage text because of a typing
//     mistake: --help is named instead.
//   - A hint that nobody asked for appears on a terminal only; pipes and logs
//     stay quiet.

// Say prints a line to Err, made fit for a terminal, as it may quote a file's name or
// content.
func (s *Streams) Say(format string, args ...any) {
	fmt.Fprintf(s.Err, "heapprof: %s\n", names.Printable(fmt.Sprintf(format, args...)))
}

// Line prints a line of what was asked for to Out, made fit for a terminal.
func (s *Streams) Line(text string) error {
	_, err := fmt.Fprintln(s.Out, names.Printable(text))
	return err
}

// Complain prints an error.
func (s *Streams) Complain(err error) { s.Say("%s", err) }

// Hint prints a suggestion, if the user is at a terminal to read it beside the output.
func (s *Streams) Hint(format string, args ...any) {
	if s.ErrTerminal && s.OutTerminal {
		fmt.Fprintln(s.Err)
		s.Say(format, args...)
	}
}

// UsageError returns the error for a wrong flag or argument of the named command ("report";
// "" for heapprof itself).
func UsageError(name string, err error) error {
	WithNearestValue(err)
	return &ExitError{Status: ExitUsage, Err: WithHelp(name, err)}
}

// WithHelp adds to an error where the flags and arguments of a command are explained.
func WithHelp(name string, err error) error {
	join := "; "
	if strings.HasSuffix(err.Error(), "?") {
		join = " "
	}
	return fmt.Errorf("%w%ssee %s --help", err, join, strings.TrimSpace("heapprof "+name))
}

// Failure returns the error for a command that could not do its work.
func Failure(err error) error { return &ExitError{Status: ExitFailure, Err: err} }

// ErrNoFile is the error of a command that reads a profile, where none was named.
var ErrNoFile = errors.New("no profile was named: give its file, or - for standard input")

// ErrSwapped is the error for two arguments in the wrong order: it shows the right one.
func ErrSwapped(command, first, second string) error {
	return fmt.Errorf("the arguments are in the wrong order: heapprof %s %s %s", command, wording.ShellQuote(first), wording.ShellQuote(second))
}

func errTooManyFiles(n int) error {
	return fmt.Errorf("%d profiles were named, and one is needed: to compare two, use heapprof diff, and to make one of several, heapprof merge", n)
}

// ErrOverwrite returns the error for an output that is the profile which is read.
func ErrOverwrite(output string) error {
	return fmt.Errorf("%s is the profile itself and would be lost: choose another name for the output", output)
}

// ErrNegative returns the error for a negative number of lines; zero is what 0 lines would
// stand for.
func ErrNegative(flag string, v int, zero string) error {
	return fmt.Errorf("--%s %d is negative: give a number of lines, 0 for %s", flag, v, zero)
}
