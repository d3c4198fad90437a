package judge

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/record"
	"heapprof/internal/budget"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// mostRuns is how often a program is run at most by one command.
const mostRuns = 10_000

// The errors of --repeat.
var (
	errRepeatFile   = errors.New("--repeat runs a program several times: name it after --, as heapprof check --repeat 5 -- ./prog")
	errRepeatSample = errors.New("--sample makes numbers that differ from run to run themselves: leave it out, or --repeat")
	errRepeatForm   = errors.New("--repeat says in words what differs: leave out --format")
	errRepeatUpdate = errors.New("--update writes the baseline of one run: leave out --repeat")
)

func errRepeatTimes(n int) error {
	return fmt.Errorf("--repeat %d is out of range: a program is run 2 to %s times", n, human.Count(mostRuns))
}

// checkRepeat returns the error for a --repeat that makes no sense. given reports whether there is one.
func (o *checkOptions) checkRepeat(given, isProgram bool) error {
	switch {
	case !given:
		return nil
	case o.repeat < 2 || o.repeat > mostRuns:
		return errRepeatTimes(o.repeat)
	case !isProgram:
		return errRepeatFile
	case o.run.Sample != "":
		return errRepeatSample
	case o.forms.wantsAll():
		return errRepeatForm
	case o.limits.update:
		return errRepeatUpdate
	}
	return nil
}

// repeatProgram runs the program several times, judges each run, and says which metrics are the same in all runs and by
// how much others differ.
func repeatProgram(o *checkOptions, asked tracker.Options, baseline *view.Source) error {
	var all []runNumbers
	var worst error
	failed := 0
	input := newRepeatedInput(o.streams.In)
	for n := range o.repeat {
		if err := input.again(); err != nil {
			return record.RunFailure(fmt.Errorf("standard input cannot be read again for run %d: %w", n+1, err))
		}
		run := &checkedRun{options: o, baseline: baseline, numbers: &runNumbers{}, silent: failed > 0}
		result, err := run.record(asked)
		if err != nil {
			return err
		}
		err = run.conclude(result)
		if status := record.EndStatus(result); status != console.ExitOK {
			o.streams.Say("run %d of %d %s, and so there are no more", n+1, o.repeat, record.EndingWords(result))
			return err
		}
		if err != nil {
			worst = err
			failed++
		}
		all = append(all, *run.numbers)
	}
	if failed > 0 {
		o.streams.Say("so it was in %d of %d runs", failed, o.repeat)
	}
	s := spreadOf(all)
	if err := console.WriteStream(o.streams.Err, "standard error", func(w io.Writer) error { return writeSpread(w, s) }); err != nil {
		return record.RunFailure(err)
	}
	if input.onlyFirst && s.differs() {
		o.streams.Say("standard input is a pipe: where the program reads it, only the first run could; give it a file: < FILE")
	}
	return worst
}

// repeatedMetrics are the metrics whose spread is told. What is leaked stands for what is lost or lived at the end.
func repeatedMetrics() []budget.Metric {
	return slices.DeleteFunc(metricList(), func(m budget.Metric) bool {
		return strings.HasPrefix(string(m), "end-") || strings.HasPrefix(string(m), "lost-")
	})
}

func metricList() (all []budget.Metric) {
	for _, name := range budget.MetricNames() {
		all = append(all, budget.Metric(name))
	}
	return all
}
