package judge

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/budget"
	"heapprof/internal/config"
)

// checkLimits are the flags that say what a program is allowed, and what of it is known.
type checkLimits struct {
	max, increase, failOn []string
	tolerance             string
	baseline              string // file; "": none
	update                bool   // write the baseline
	suppressions          []string

	asked budget.Budget // what the flags say, once they are parsed
}

func (l *checkLimits) addTo(c *cobra.Command) {
	flags := c.Flags()
	l.addLimits(c)
	flags.StringVar(&l.baseline, "baseline", "", "compare with an earlier profile, in `FILE`")
	flags.BoolVar(&l.update, "update", false, "write the baseline, unless --max is exceeded, and say what changed")
}

// addLimits adds the flags but for those that name a baseline.
func (l *checkLimits) addLimits(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&l.max, "max", nil, "allow so much and no more: `METRIC[@RE]=AMOUNT`, as peak-bytes=10MiB; may be repeated. Metrics are "+strings.Join(budget.MetricNames(), ", "))
	flags.StringArrayVar(&l.increase, "max-increase", nil, "allow so much more than in the baseline: `[METRIC[@RE]=]AMOUNT`, as total-blocks=0, or 2% for peak-bytes, total-bytes, total-blocks and leaked-bytes; may be repeated")
	flags.StringVar(&l.tolerance, "tolerance", "", "let amounts of --max be exceeded by `PERCENT`, as 1%, of what differs from run to run")
	flags.StringArrayVar(&l.failOn, "fail-on", nil, "allow no finding called `CODE`, as unreachable or grows: see heapprof explain; may be repeated")
	flags.StringArrayVar(&l.suppressions, "suppressions", nil, "leave out the leaks that `FILE` names, as LeakSanitizer reads it; may be repeated")
}

var (
	errIncreaseOfWhat = errors.New("--max-increase is over a baseline: add --baseline FILE")
	errUpdateOfWhat   = errors.New("--update writes a baseline: add --baseline FILE")
	errTolerance      = errors.New("--tolerance must be a percentage, as 1%")
	errBaselineStdin  = errors.New("a baseline is a file: standard input cannot be one")
)

// parse sets what is asked for. Errors are those of usage.
func (l *checkLimits) parse() error {
	if err := l.parseLimits(); err != nil {
		return err
	}
	switch {
	case l.baseline == console.StdinName:
		return errBaselineStdin
	case l.baseline == "" && l.update:
		return errUpdateOfWhat
	case l.baseline == "" && len(l.increase) > 0:
		return errIncreaseOfWhat
	}
	return nil
}

// parseLimits does so for the flags of addLimits.
func (l *checkLimits) parseLimits() error {
	for _, text := range l.max {
		limit, err := budget.ParseLimit(text)
		if err != nil {
			return errLimit("--max", text, err)
		}
		l.asked.Max = append(l.asked.Max, limit)
	}
	for _, text := range l.increase {
		limit, err := budget.ParseIncrease(text)
		if err != nil {
			return errLimit("--max-increase", text, err)
		}
		l.asked.MaxIncrease = append(l.asked.MaxIncrease, limit)
	}
	for _, name := range l.failOn {
		code, err := budget.ParseCode(name)
		if err != nil {
			return err
		}
		l.asked.FailOn = append(l.asked.FailOn, code)
	}
	if l.tolerance != "" {
		ok := false
		if l.asked.Tolerance, ok = budget.ParsePercent(l.tolerance); !ok {
			return errTolerance
		}
	}
	return nil
}

// errLimit returns the error for a limit that cannot be read.
func errLimit(flag, text string, err error) error {
	console.WithNearestValue(err)
	switch {
	case errors.Is(err, budget.ErrNoMetric) && flag == "--max":
		return fmt.Errorf("%s %q is not METRIC=AMOUNT: write it as peak-bytes=10MiB", flag, text)
	case errors.Is(err, budget.ErrNoMetric):
		return fmt.Errorf("%s %q is neither METRIC=AMOUNT nor a percentage: write it as total-blocks=0, or 2%%", flag, text)
	}
	return fmt.Errorf("%s %q: %w", flag, text, err)
}

// allowances are all budgets and ignores that flags and heapprof.toml have, whatever program they are of.
type allowances struct {
	asked   budget.Budget
	budgets []budget.Budget // of heapprof.toml
	ignores []budget.Ignore
}

// read returns what the flags and heapprof.toml say. Errors carry console.ExitFailure.
func (l *checkLimits) read() (allowances, error) {
	c, err := config.Find(".")
	if err != nil {
		return allowances{}, console.Failure(opening.ErrConfig(err))
	}
	a := allowances{asked: l.asked, budgets: c.Budgets, ignores: c.Ignores}
	for _, name := range append(c.Suppressions, l.suppressions...) {
		text, err := os.ReadFile(name)
		if err != nil {
			return allowances{}, console.Failure(errSuppressions(name, err))
		}
		known, err := budget.ParseSuppressions(name, string(text))
		if err != nil {
			return allowances{}, console.Failure(fmt.Errorf("%w: write leak: and a part of the name of a function, a file or a library, or # before a comment", err))
		}
		a.ignores = append(a.ignores, known...)
	}
	return a, nil
}

// errSuppressions returns the error for a file of suppressions that cannot be read.
func errSuppressions(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot read the suppressions in %s: %w", name, err)
}

// of returns the budgets and ignores that are the subject's.
func (a *allowances) of(s budget.Subject) ([]budget.Budget, []budget.Ignore) {
	budgets := s.Budgets(a.budgets)
	if b := &a.asked; len(b.Max)+len(b.MaxIncrease)+len(b.FailOn) > 0 {
		budgets = append([]budget.Budget{*b}, budgets...)
	}
	return budgets, s.Ignores(a.ignores)
}
