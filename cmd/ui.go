package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// Everything heapprof says to a person is worded in this package: what was found in a
// profile by words.go, notes and causes by notes.go and causes.go, what stands above a
// table by overview.go, and the rest here. Only what is a part of a form is its renderer's:
// what a row is called that stands for no site, the words in a picture, pprof's comments.
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

// say prints a line to Err, made fit for a terminal, as it may quote a file's name or
// content.
func (s *Streams) say(format string, args ...any) {
	fmt.Fprintf(s.Err, "heapprof: %s\n", names.Printable(fmt.Sprintf(format, args...)))
}

// line prints a line of what was asked for to Out, made fit for a terminal.
func (s *Streams) line(text string) error {
	_, err := fmt.Fprintln(s.Out, names.Printable(text))
	return err
}

// complain prints an error.
func (s *Streams) complain(err error) { s.say("%s", err) }

// hint prints a suggestion, if the user is at a terminal to read it beside the output.
func (s *Streams) hint(format string, args ...any) {
	if s.ErrTerminal && s.OutTerminal {
		fmt.Fprintln(s.Err)
		s.say(format, args...)
	}
}

// usageError returns the error for a wrong flag or argument of the named command ("report";
// "" for heapprof itself).
func usageError(name string, err error) error {
	withNearestValue(err)
	return &exitError{Status: exitUsage, Err: withHelp(name, err)}
}

// withHelp adds to an error where the flags and arguments of a command are explained.
func withHelp(name string, err error) error {
	join := "; "
	if strings.HasSuffix(err.Error(), "?") {
		join = " "
	}
	return fmt.Errorf("%w%ssee %s --help", err, join, strings.TrimSpace("heapprof "+name))
}

// failure returns the error for a command that could not do its work.
func failure(err error) error { return &exitError{Status: exitFailure, Err: err} }

// The errors of commands that need no evidence.
var (
	errNoProgram        = errors.New("no program was named: give it, and its arguments, after the flags; see heapprof run --help")
	errNoFile           = errors.New("no profile was named: give its file, or - for standard input")
	errTwoFiles         = errors.New("two profiles are needed: the one before and the one after")
	errFunctionAndFile  = errors.New("a function and a profile are needed: heapprof list FUNCTION FILE")
	errStdinTwice       = errors.New("standard input can be one of the profiles, not both")
	errStdinOften       = errors.New("standard input can be one of the profiles, and no more")
	errBinary           = errors.New("a pprof profile is binary and would upset the terminal: name a file with -o heap.pb.gz, or use a pipe")
	errRunOutput        = errors.New("standard output belongs to the program: name a file with --output")
	errNoPatchFunctions = errors.New("--no-patch leaves the functions alone that --alloc-function and --free-function name: leave one of them out")
	errNoPatchMappings  = errors.New("--no-patch leaves the C library's mmap and its kin alone, which --mmap must patch: leave one of them out")
	errChildren         = errors.New("--children writes the profiles of all processes, and --no-children records one: leave one of them out")
	errFreesSample      = errors.New("--frees tells of every free, and --sample leaves most blocks out: leave one of them out")
	errNotPatched       = errors.New("mappings were not recorded: the C library's mmap and its kin could not be patched")
	errExplainArgs      = errors.New("explain takes one profile, and the number of one finding")
	errBottomUp         = errors.New("--bottom-up turns a tree around: add --tree")
)

func errFindingNumber(s string) error {
	return fmt.Errorf("%q is no number of a finding: give one from 1, as run and report print them, or none for all", s)
}

// errSwapped is the error for two arguments in the wrong order: it shows the right one.
func errSwapped(command, first, second string) error {
	return fmt.Errorf("the arguments are in the wrong order: heapprof %s %s %s", command, shellQuote(first), shellQuote(second))
}

// errNoSuchFinding is the error for the number of a finding of a file that has only so many.
func errNoSuchFinding(name string, has, number int) error {
	return fmt.Errorf("%s has %s, and so no %d", name, human.Counted(uint64(has), "finding"), number)
}

func errDepth(n int) error {
	return fmt.Errorf("--depth %d is out of range: a stack has 1 to %d frames", n, tracker.MaxDepth)
}

func errMaxNodes(n int) error {
	return fmt.Errorf("--max-nodes %d is out of range: a call tree has 1 to %d nodes", n, tracker.MaxNodes)
}

func errSample(value string) error {
	return fmt.Errorf("--sample %q is not a number of bytes from 1 to 1TiB: write 512KiB, 2M or 1000, or leave it out to record every block", value)
}

// errSaved returns the error for a profile that could not be written where it should be.
// saved is where it is instead; "" if it is lost.
func errSaved(err error, saved string) error {
	if saved == "" {
		return fmt.Errorf("%w; the profile is lost", err)
	}
	return fmt.Errorf("%w; the profile is %s instead", err, saved)
}

func errTooManyFiles(n int) error {
	return fmt.Errorf("%d profiles were named, and one is needed: to compare two, use heapprof diff, and to make one of several, heapprof merge", n)
}

func errSuffix(output string) error {
	return fmt.Errorf("the name %s does not tell the format: end it in .svg, .json, .folded or .txt, or add --format", output)
}

func errOverwrite(output string) error {
	return fmt.Errorf("%s is the profile itself and would be lost: choose another name for the output", output)
}

func errNoMappings(name string) error {
	return fmt.Errorf("%s has no mappings: heapprof run --mmap records them", name)
}

// contradiction adds to a view's complaint about its options what to do; nil for none.
func contradiction(err error) error {
	advice := map[error]string{
		view.ErrTreeByStack:    "leave out --by stack or --tree",
		view.ErrAverageInTree:  "sort by another metric",
		view.ErrShareOfAverage: "leave out --min",
		view.ErrAverageOfLines: "sort by another metric",
		view.ErrTwoOfFrees:     "leave out --by drop or --who-frees",
		view.ErrDropBottomUp:   "leave out --bottom-up",
		view.ErrTreeOfFrees:    "leave out --tree",
		view.ErrFreesByStack:   "leave out --by stack",
		view.ErrGrowthTree:     "leave out --tree",
		view.ErrAskOfFrees:     "leave out --by drop or --who-frees, or the question",
	}[err]
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// missingFunctions words that functions which the user named are nowhere.
func missingFunctions(functions []string) string {
	return fmt.Sprintf("no file that the program begins with has the %s %s in its symbol table (one that it loads later may): nm -C shows the names that it has, and a build without stripping has them all",
		human.Plural(uint64(len(functions)), "function"), strings.Join(functions, " and "))
}

func errPercent(flag string, v float64) error {
	return fmt.Errorf("--%s %v is not a percentage from 0 to 100", flag, v)
}

// errNegative returns the error for a negative number of lines; zero is what 0 lines would
// stand for.
func errNegative(flag string, v int, zero string) error {
	return fmt.Errorf("--%s %d is negative: give a number of lines, 0 for %s", flag, v, zero)
}

func errOwnNobody(value string) error {
	return fmt.Errorf("--own=%s names nothing: name crates, directories or libraries, or write --own alone for the program's own code", value)
}

func errRegexp(flag, expr string, err error) error { return errNotRegexp("--"+flag, expr, err) }

// errNotRegexp returns the error for a flag or an argument that should be a regular expression.
func errNotRegexp(what, expr string, err error) error {
	// The package's own message is for Go programmers.
	reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	return fmt.Errorf("%s %q is not a regular expression: %s", what, expr, reason)
}

// errRead returns the error for a profile that could not be opened.
func errRead(name string, err error) error {
	switch file, moment := cutMoment(name); {
	case errors.Is(err, fs.ErrNotExist) && moment != "" && isProfile(file):
		return fmt.Errorf("%s does not exist: FILE@MOMENT is for heapprof diff; report, list, flame and pprof have --at %s", name, shellQuote(moment))
	case errors.Is(err, fs.ErrNotExist) && isProcess(name):
		return fmt.Errorf("%s is no file but a process: heapprof attach %s records it, and writes the profile", name, name)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: record a profile with heapprof run", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be read: permission denied", name)
	}
	return err
}

// unmarkedEstimates words that numbers were written to where nothing can be said beside them.
func unmarkedEstimates(p *profile.Profile) string {
	return fmt.Sprintf("the numbers are estimates, from one block in each %s allocated; folded stacks have no place to say so", human.Bytes(p.Sampling.MeanBytes))
}

// hintAfterReport suggests what most people ask next, in a line that has room on any terminal.
func (s *Streams) hintAfterReport(r *view.Report) {
	o := r.Options
	switch {
	case o.WhoFrees:
	case o.By == view.ByDrop:
		s.hint("what each held: --tree; where a site's blocks were freed: --who-frees")
	case o.Question == view.AskGrowth:
		s.hint("a function line by line: heapprof list")
	case o.Question != view.AskPeak, r.Source.Profile.Measure().IsOfCalls():
		s.hint("who called: --tree; a function line by line: heapprof list")
	default:
		s.hint("next: %s; heapprof list", strings.Join(nextQuestions(r), ", "))
	}
}

// nextQuestions returns the flags of what else a profile answers.
func nextQuestions(r *view.Report) []string {
	var flags []string
	if r.Has(view.EndBytes) {
		flags = append(flags, "--leaks")
	}
	if len(snapshots(r.Source.Profile)) > 0 {
		flags = append(flags, "--retained")
	}
	if r.Has(view.TotalBlocks) {
		flags = append(flags, "--churn")
	}
	if recording := r.Source.Profile.Recording; recording != nil && recording.HasFacts {
		flags = append(flags, "--growth")
	}
	if len(r.Types) > 0 && r.Options.By != view.ByType {
		flags = append(flags, "--by type")
	}
	return append(flags, "--tree")
}

// shellQuote returns a word quoted so that a shell reads it as it is.
func shellQuote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:@%="
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	case names.Printable(s) != s:
		return ansiQuote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ansiQuote returns a word that has what a terminal must not see, quoted as bash, zsh and
// ksh read it.
func ansiQuote(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
