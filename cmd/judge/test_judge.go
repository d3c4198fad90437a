package judge

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/internal/budget"
	"heapprof/internal/report/ci"
	"heapprof/internal/report/view"
)

// judge looks whether a test keeps to what it is allowed. A test that no budget is for has no verdict.
func (w *workshop) judge(t *tested) error {
	t.outcome = budget.Kept
	switch {
	case t.failed:
		return nil // it may not have done all that it does
	case t.profile == nil:
		t.outcome, t.said = budget.Unknown, []string{"it was not recorded, and cannot be judged"}
		return nil
	}
	source := opening.NewSource(t.profile, w.shown(t.file), w.rules)
	var before *view.Source
	if t.before != nil {
		before = opening.NewSource(t.before, w.shown(t.file), w.rules)
	}
	budgets, ignores := w.allowed.of(budget.SubjectOf(t.profile, t.name))
	for i := range budgets {
		if w.update || t.before == nil {
			t.unjudged = t.unjudged || !w.update && len(budgets[i].MaxIncrease) > 0
			budgets[i].MaxIncrease = nil // what there is is to be accepted, or the test is new
		}
	}
	budgets = slices.DeleteFunc(budgets, func(b budget.Budget) bool { return len(b.Max)+len(b.MaxIncrease)+len(b.FailOn) == 0 })
	if len(budgets) == 0 {
		return nil
	}
	v, err := budget.Judge(source, budgets, budget.Options{Baseline: before, Ignores: ignores})
	if err != nil {
		return err
	}
	t.verdict, t.outcome = v, v.Outcome()
	words := judgeWords{source: source, baseline: w.shown(w.baselineDir())}
	t.said = words.lines(v, true)
	t.check = checkOf(words, v, w.forms.wantsAll())
	return nil
}

// keepsLimits reports whether a test keeps to all that it is allowed.
func (t *tested) keepsLimits() bool {
	return t.outcome != budget.Exceeded && t.outcome != budget.Unknown
}

// checks returns what came of all tests as the forms take it.
func (w *workshop) checks() []ci.Check {
	all := make([]ci.Check, 0, len(w.tests))
	for _, t := range w.tests {
		c := t.check
		c.Name, c.Group, c.Seconds = cmp.Or(t.name, wholeProgram), t.group, t.seconds
		switch {
		case t.failed:
			c.Outcome, c.Failure = ci.Broken, "the test failed"
			if t.status != 0 {
				c.Failure += " with " + howEnded(t.status)
			}
		case t.profile == nil:
			c.Outcome, c.Failure = ci.Broken, strings.Join(t.said, "; ")
		case t.verdict == nil:
			c.Outcome = ci.Kept
		}
		if t.profile != nil {
			sum := t.profile.Totals()
			c.Profile = w.shown(t.file)
			c.Measured = &ci.Measured{TotalBytes: sum.TotalBytes, TotalBlocks: sum.TotalBlocks, PeakBytes: sum.PeakBytes, EndBytes: sum.EndBytes}
		}
		all = append(all, c)
	}
	return all
}

// wholeProgram is what the one test of a program without a harness is called.
const wholeProgram = "(the whole program)"

// judged returns the status of the budgets of all tests: as check has it of one.
func (w *workshop) judged() int {
	status := console.ExitOK
	for _, t := range w.tests {
		switch {
		case t.outcome == budget.Exceeded:
			return console.ExitExceeded
		case t.outcome == budget.Unknown:
			status = console.ExitFailure
		}
	}
	return status
}
