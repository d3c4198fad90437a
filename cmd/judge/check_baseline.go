package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/budget"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/wholefile"
)

// readBaseline reads the profile that others are compared with; nil where there is none yet and it is to be
// written. Errors carry console.ExitFailure.
func (o *checkOptions) readBaseline() (*view.Source, error) {
	name := o.limits.baseline
	if name == "" {
		return nil, nil
	}
	if console.SameFile(o.file, name) {
		return nil, console.Failure(fmt.Errorf("%s is the profile itself: a baseline is another file", name))
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if o.limits.update {
			return nil, nil
		}
		return nil, console.Failure(fmt.Errorf("%s does not exist: heapprof check --baseline %s --update writes it", name, wording.ShellQuote(name)))
	}
	p, err := opening.Profile(o.streams, name)
	if err != nil {
		return nil, err
	}
	return opening.NewSource(p, name, o.rules), nil
}

// updateBaseline writes a profile as the baseline, and says what changed. before is what the baseline was; nil where
// there was none.
func (o *checkOptions) updateBaseline(before, after *view.Source) error {
	name := o.limits.baseline
	if err := format.WriteFile(name, wholefile.Options{}, budget.Baseline(after.Profile)); err != nil {
		return console.Failure(err)
	}
	for _, line := range baselineLines(before, after) {
		if err := o.streams.Line(line); err != nil {
			return console.Failure(err)
		}
	}
	o.streams.Say("the baseline is %s", name)
	return nil
}

// baselineLines says of each metric that increases are asked of what it is now, and was before.
func baselineLines(before, after *view.Source) []string {
	var lines []string
	for _, metric := range budget.Increasing() {
		m, basis := metric.In(after.Profile)
		if !m.Has(after.Profile) {
			continue
		}
		line := string(metric) + basisWords(basis) + " " + totalWords(after.Profile, m)
		if before != nil {
			was, basisBefore := metric.In(before.Profile)
			if !was.Has(before.Profile) || basisBefore != basis {
				continue
			}
			line = string(metric) + basisWords(basis) + " " + totalWords(before.Profile, was) + " → " + totalWords(after.Profile, m) + changeWords(total(before.Profile, was), total(after.Profile, m))
		}
		lines = append(lines, line)
	}
	return lines
}

func total(p *profile.Profile, m view.Metric) uint64 {
	points := p.Totals()
	return m.Value(&points)
}

func totalWords(p *profile.Profile, m view.Metric) string {
	u := human.UnitsOf(p)
	if m.Unit() == view.UnitBytes {
		return u.Size(total(p, m))
	}
	return u.Count(total(p, m))
}

// changeWords says by how much a number changed.
func changeWords(before, after uint64) string {
	switch {
	case before == after:
		return ", the same"
	case before == 0:
		return ""
	case after > before:
		return ", " + human.Sign(1) + timesWords(float64(after-before), float64(before))
	}
	return ", " + human.Sign(-1) + timesWords(float64(before-after), float64(before))
}
