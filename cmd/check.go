package cmd

import (
	"github.com/spf13/cobra"

	"heapprof/internal/budget"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// checkOptions is what heapprof check was asked for.
type checkOptions struct {
	streams *Streams
	file    string
	limits  checkLimits
	rules   frames.Rules
	quiet   bool
}

// newCheck returns the command. It calls run with what the flags ask for; if that is nil,
// runCheck.
func newCheck(s *Streams, run func(*checkOptions) error) *cobra.Command {
	if run == nil {
		run = runCheck
	}
	o := &checkOptions{streams: s}
	var plumbing []string
	c := &cobra.Command{
		Use:   "check [flags] FILE",
		Short: "Judge a profile by limits, for tests and continuous integration",
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
else what was never freed.`,
		Example: `  heapprof check --max peak-bytes=10MiB --max total-blocks=50000 prog.json
  heapprof check --max 'temporary-blocks=10%' --max leaked-bytes=0 prog.json
  heapprof check --max 'peak-bytes@parse_config=1MiB' prog.json`,
		Args:              oneProfile,
		ValidArgsFunction: completeProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if err := o.limits.parse(); err != nil {
				return usageError(c.Name(), err)
			}
			if len(o.limits.budget.Max) == 0 {
				return usageError(c.Name(), errNothingToCheck)
			}
			var err error
			if o.rules, err = readRules(plumbing, nil); err != nil {
				return ruleError(c.Name(), err)
			}
			return run(o)
		},
	}
	c.Flags().SortFlags = false
	o.limits.addTo(c)
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "say nothing of limits that are kept")
	addPlumbing(c.Flags(), &plumbing)
	return c
}

func runCheck(o *checkOptions) error {
	p, err := openProfile(o.streams, o.file)
	if err != nil {
		return err
	}
	source := newSource(p, o.file, o.rules)
	v, err := budget.Judge(source, []budget.Budget{o.limits.budget}, budget.Options{})
	if err != nil {
		return failure(err)
	}
	return o.tell(source, v)
}

// tell prints what came of the limits, and returns the error that is their status; nil if all are kept.
func (o *checkOptions) tell(source *view.Source, v *budget.Verdict) error {
	w := judgeWords{source: source}
	for i := range v.Judgements {
		j := &v.Judgements[i]
		if o.quiet && j.Outcome == budget.Kept && w.warning(j) == "" {
			continue
		}
		if err := o.streams.line(w.line(j)); err != nil {
			return failure(err)
		}
	}
	return checkStatus(v)
}

// checkStatus returns the error that carries the status of a verdict; nil if every limit is kept.
func checkStatus(v *budget.Verdict) error {
	switch v.Outcome() {
	case budget.Exceeded:
		return &exitError{Status: exitExceeded}
	case budget.Unknown:
		return &exitError{Status: exitFailure}
	}
	return nil
}
