// Package judge has the commands that hold profiles to limits: check, of a file or of a program that it runs, and test, of test suites.
package judge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/record"
	"heapprof/internal/budget"
	"heapprof/internal/report/ci"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
	"heapprof/internal/suite"
)

// checkOptions is what heapprof check was asked for.
type checkOptions struct {
	streams *console.Streams
	file    string
	limits  checkLimits
	allowed allowances
	rules   frames.Rules
	test    string // that the profile is of; "": none, or none that is known
	quiet   bool
	forms   checkForms
	run     *record.RunOptions // of a program that is recorded and checked in one go
	repeat  int                // how often that is done; 0: once
}

// NewCheck returns the command. It calls run with what the flags ask for; if that is nil,
// runCheck.
func NewCheck(s *console.Streams, run func(*checkOptions) error) *cobra.Command {
	if run == nil {
		run = runCheck
	}
	o := &checkOptions{streams: s, run: &record.RunOptions{Streams: s}}
	var plumbing []string
	c := &cobra.Command{
		Use:   "check [flags] FILE | check [flags] -- PROG [ARG…]",
		Short: "Judge a profile or a program by limits, for tests and continuous integration",
		Long: `Judge a profile of heapprof run, valgrind --tool=dhat or dhat-rs by limits; - reads
standard input. A limit that is exceeded is a line that says by how much, and by
which site most; the status is then 3.

A limit is METRIC=AMOUNT: a size as 10MiB, a number of blocks, or a percentage:
of temporary-blocks, and of what is leaked, lost or live at the end, a percentage of
what was allocated. METRIC@RE=AMOUNT limits what has a function, file, crate or
module in its stack, or a type, that matches the regular expression, as report
--focus RE shows it; a percentage of peak or total is there one of the whole
program's.

What is leaked is what nothing led to at exit, if the profile tells (run --retained),
else what was never freed. A leak that is known is left out.

The budgets, and the leaks and findings that are known, of heapprof.toml, in the
working directory or above, count as well:

  [[budget]]
  program = "^myapp "       # which profiles it is of
  max = ["peak-bytes=10MiB", "leaked-bytes=0"]
  [[ignore]]
  leak = "OPENSSL_init_*"
  reason = "static tables"

With -- PROG it runs PROG, records it as heapprof run does, whose flags it takes too,
and judges what it did. PROG's input, output and exit status are its own; where that
is 0 a limit that is exceeded is status 3, and a failure of heapprof's 125. It says
one line if all is well, and none with -q. Judged is the process that is started, and
each that it starts of which run would write a profile; with --children all, with
--no-children none besides. A profile is kept where a limit is not, and its name said.
A call that only lists the tests of a test program is not recorded. The baseline's
name may have %t, the test, and what else names of run --output may have.

With --repeat it runs PROG so often, and says which metrics are exact, by how much
others differ, at which sites, and what tolerance is enough. It needs no limits then.

As a FORMAT, github makes annotations at lines of source, junit XML for GitLab and
Jenkins, json exact numbers, and markdown a comment for a pull request.`,
		Example: `  heapprof check --max peak-bytes=10MiB --max total-blocks=50000 prog.json
  heapprof check --max 'temporary-blocks=10%' --max leaked-bytes=0 prog.json
  heapprof check --max 'peak-bytes@parse_config=1MiB' prog.json
  heapprof check --baseline main.json.gz --max-increase 2% prog.json
  heapprof check --baseline main.json.gz --update prog.json    accept it
  heapprof check --max peak-bytes=10MiB -- ./prog its arguments
  heapprof check --format github --format junit=heap.xml prog.json`,
		Args:              checkArgs,
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			isProgram := c.Flags().ArgsLenAtDash() == 0
			if err := o.parse(c, plumbing, isProgram); err != nil {
				return err
			}
			if o.run.Args = args; !isProgram {
				o.run.Args, o.file = nil, args[0]
			}
			return run(o)
		},
	}
	c.Flags().SortFlags = false
	o.addRun(c)
	o.limits.addTo(c)
	o.forms.addTo(c)
	c.Flags().IntVar(&o.repeat, "repeat", 0, "run PROG `N` times, and say which metrics are the same each time, and by how much others differ")
	c.Flags().StringVar(&o.test, "test", "", "it is of the test called `NAME`, where the program's arguments and environment do not say")
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "say nothing of limits that are kept")
	opening.AddPlumbing(c.Flags(), &plumbing)
	console.CompleteFlag(c, "fail-on", codeNames())
	return c
}

// codeNames returns the names of the findings that may be forbidden.
func codeNames() (all []string) {
	for _, c := range finding.FaultCodes() {
		all = append(all, string(c))
	}
	return all
}

// parse reads the flags and heapprof.toml. Errors have their status: of a program that is to be run it
// must not be taken for the program's.
func (o *checkOptions) parse(c *cobra.Command, plumbing []string, isProgram bool) error {
	err := o.limits.parse()
	if err == nil {
		err = o.forms.parse(isProgram)
	}
	if err == nil {
		err = o.checkRepeat(c.Flags().Changed("repeat"), isProgram)
	}
	switch {
	case err != nil && isProgram:
		console.WithNearestValue(err)
		return record.RunFailure(console.WithHelp(c.Name(), err))
	case err != nil:
		return console.UsageError(c.Name(), err)
	}
	if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
		err = opening.RuleError(c.Name(), err)
	} else {
		o.allowed, err = o.limits.read()
	}
	if err != nil && isProgram {
		return record.RunFailure(err)
	}
	return err
}

func runCheck(o *checkOptions) error {
	if o.run.Args != nil {
		return checkProgram(o)
	}
	p, err := opening.Profile(o.streams, o.file)
	if err != nil {
		return err
	}
	o.test = cmp.Or(o.test, suite.TestName(strings.Fields(p.Command), func(string) string { return "" }))
	baseline, err := o.readBaseline()
	if err != nil {
		return err
	}
	source := opening.NewSource(p, o.file, o.rules)
	budgets, _ := o.allowed.of(budget.SubjectOf(p, o.test))
	if err := o.asksNothing(budgets, budget.SubjectOf(p, o.test)); err != nil {
		return console.UsageError("check", err)
	}
	v, err := o.judge(source, baseline, false)
	if err != nil {
		return console.Failure(err)
	}
	if err := o.tellInForms(source, v); err != nil {
		return err
	}
	status := checkStatus(v)
	switch {
	case !o.limits.update:
	case status != nil:
		o.streams.Say("%s stays as it was, as not all limits are kept", o.limits.baseline)
	default:
		return o.updateBaseline(baseline, source)
	}
	return status
}

// tellInForms prints what came of the limits of a file, in all forms that were asked for.
func (o *checkOptions) tellInForms(source *view.Source, v *budget.Verdict) error {
	if o.forms.hasText() {
		if err := o.tell(source, v); err != nil {
			return err
		}
	}
	if !o.forms.wantsAll() {
		return nil
	}
	check := checkOf(judgeWords{source: source, baseline: o.limits.baseline}, v, true)
	program := checkedProgram(source.Profile)
	check.Name, check.Profile = program, o.file
	if o.test != "" {
		check.Name, check.Group = o.test, program
	}
	return o.forms.writeTo(o.streams.Out, "standard output", record.Naming{Program: program, Test: o.test}, []ci.Check{check})
}

// judge judges a profile by the budgets that concern it, over the baseline unless that is to be written; nil: there is
// none. noEnd is budget.Options.NoEnd.
func (o *checkOptions) judge(source, baseline *view.Source, noEnd bool) (*budget.Verdict, error) {
	budgets, ignores := o.allowed.of(budget.SubjectOf(source.Profile, o.test))
	if o.limits.update {
		baseline = nil
		for i := range budgets {
			budgets[i].MaxIncrease = nil // is what is accepted
		}
	}
	return budget.Judge(source, budgets, budget.Options{Baseline: baseline, Ignores: ignores, NoEnd: noEnd})
}

// asksNothing returns the error for budgets by which there is nothing to judge.
func (o *checkOptions) asksNothing(budgets []budget.Budget, s budget.Subject) error {
	increases := slices.ContainsFunc(budgets, func(b budget.Budget) bool { return len(b.MaxIncrease) > 0 })
	others := slices.ContainsFunc(budgets, func(b budget.Budget) bool { return len(b.Max)+len(b.FailOn) > 0 })
	switch {
	case o.limits.update:
		return nil
	case len(budgets) == 0 && len(o.allowed.budgets) > 0:
		return fmt.Errorf("no [[budget]] of heapprof.toml is of %q: see what its program and test match, or add --max METRIC=AMOUNT", s.Program)
	case o.limits.baseline != "" && !increases:
		return errBaselineForWhat
	case o.limits.baseline == "" && increases && !others:
		return errIncreaseOfWhich
	case len(budgets) == 0:
		return errNothingToCheck
	}
	return nil
}

var (
	errNothingToCheck  = errors.New("nothing was said that the profile is to keep to: add --max METRIC=AMOUNT, as --max peak-bytes=10MiB, or a [[budget]] to heapprof.toml")
	errIncreaseOfWhich = errors.New("heapprof.toml allows of it so much more than in a baseline, and nothing else: name that by --baseline FILE")
	errBaselineForWhat = errors.New("nothing was said of how much more than in the baseline there may be: add --max-increase 2%")
)

// checkStatus returns the error that carries the status of a verdict; nil if every limit is kept.
func checkStatus(v *budget.Verdict) error {
	switch v.Outcome() {
	case budget.Exceeded:
		return &console.ExitError{Status: console.ExitExceeded}
	case budget.Unknown:
		return &console.ExitError{Status: console.ExitFailure}
	}
	return nil
}
