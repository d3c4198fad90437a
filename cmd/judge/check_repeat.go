package judge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/record"
	"heapprof/internal/budget"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
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

// runNumbers are the numbers of all processes of one run.
type runNumbers struct{ processes []processNumbers }

// processNumbers are the numbers of one process.
type processNumbers struct {
	name   string
	start  int64 // when it began, to tell processes of one name apart
	units  human.Units
	totals map[budget.Metric]uint64
	sites  map[string]map[budget.Metric]uint64 // by the sites' names
}

// add takes the numbers of a process.
func (r *runNumbers) add(name string, source *view.Source) error {
	p := source.Profile
	report, err := view.NewReport(source, view.Options{Own: true})
	if err != nil {
		return err
	}
	x := processNumbers{name: name, units: human.UnitsOf(p), totals: map[budget.Metric]uint64{}, sites: map[string]map[budget.Metric]uint64{}}
	if p.Recording != nil {
		x.start = p.Recording.Start.UnixNano()
	}
	for _, metric := range repeatedMetrics() {
		m, _ := metric.In(p)
		if !m.Has(p) {
			continue
		}
		x.totals[metric] = total(p, m)
		for _, row := range report.Rows {
			if row.Kind != view.Entry {
				continue
			}
			at := contributorWords(&budget.Contributor{Site: row.Site, Caller: row.Caller})
			if x.sites[at] == nil {
				x.sites[at] = map[budget.Metric]uint64{}
			}
			x.sites[at][metric] += row.Sums.Get(m)
		}
	}
	r.processes = append(r.processes, x)
	return nil
}

// number gives the processes of one name numbers in the order in which they began: "cc1", "cc1 2".
func (r *runNumbers) number() {
	slices.SortStableFunc(r.processes, func(a, b processNumbers) int { return cmp.Compare(a.start, b.start) })
	seen := map[string]int{}
	for i := range r.processes {
		p := &r.processes[i]
		if seen[p.name]++; seen[p.name] > 1 {
			p.name = fmt.Sprintf("%s %d", p.name, seen[p.name])
		}
	}
}

// extent is from what to what a number goes in several runs.
type extent struct{ least, most uint64 }

func (e *extent) add(n uint64, first bool) {
	if first {
		e.least, e.most = n, n
	}
	e.least, e.most = min(e.least, n), max(e.most, n)
}

func (e extent) spread() uint64 { return e.most - e.least }

// processSpread is how the numbers of a process differ in several runs.
type processSpread struct {
	name   string
	runs   int // in which it was
	units  human.Units
	totals map[budget.Metric]extent
	sites  map[string]map[budget.Metric]extent
}

// spread is how the numbers of several runs differ.
type spread struct {
	runs      int
	processes []*processSpread
}

// differs reports whether anything was not the same in all runs.
func (s *spread) differs() bool {
	return slices.ContainsFunc(s.processes, func(x *processSpread) bool {
		return x.runs < s.runs || len(x.differing()) > 0 || len(x.differingSites()) > 0
	})
}

func spreadOf(all []runNumbers) *spread {
	s := &spread{runs: len(all)}
	known := map[string]*processSpread{}
	for i := range all {
		all[i].number()
		for _, p := range all[i].processes {
			x := known[p.name]
			if x == nil {
				x = &processSpread{name: p.name, units: p.units, totals: map[budget.Metric]extent{}, sites: map[string]map[budget.Metric]extent{}}
				known[p.name] = x
				s.processes = append(s.processes, x)
			}
			x.add(&p)
		}
	}
	for _, x := range s.processes {
		x.fill(all)
	}
	return s
}

// add takes in the numbers of one run.
func (x *processSpread) add(p *processNumbers) {
	x.runs++
	for m, n := range p.totals {
		e := x.totals[m]
		e.add(n, x.runs == 1)
		x.totals[m] = e
	}
	for at, numbers := range p.sites {
		if x.sites[at] == nil {
			x.sites[at] = map[budget.Metric]extent{}
		}
		for m, n := range numbers {
			e, known := x.sites[at][m]
			e.add(n, !known)
			x.sites[at][m] = e
		}
	}
}

// fill counts as 0 the sites that were not there in each run.
func (x *processSpread) fill(all []runNumbers) {
	for i := range all {
		for _, p := range all[i].processes {
			if p.name != x.name {
				continue
			}
			for at := range x.sites {
				if p.sites[at] != nil {
					continue
				}
				for m, e := range x.sites[at] {
					e.least = 0
					x.sites[at][m] = e
				}
			}
		}
	}
}

// differing returns the metrics that are not the same in all runs, in their order.
func (x *processSpread) differing() (all []budget.Metric) {
	for _, m := range repeatedMetrics() {
		if x.totals[m].spread() > 0 {
			all = append(all, m)
		}
	}
	return all
}

// writeSpread writes which metrics are exact, and of the others by how much they differ, where, and what to do.
func writeSpread(w io.Writer, s *spread) error {
	var b strings.Builder
	for _, x := range s.processes {
		x.write(&b, s.runs)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mostDiffering is how many sites are listed for a metric.
const mostDiffering = 3

func (x *processSpread) write(b *strings.Builder, runs int) {
	say := func(format string, args ...any) {
		fmt.Fprintf(b, "heapprof: %s\n", names.Printable(fmt.Sprintf(format, args...)))
	}
	if x.runs < runs {
		say("%s: it was in %d of %d runs, and is not compared", x.name, x.runs, runs)
		return
	}
	differing, parts := x.differing(), x.differingSites()
	switch all := human.Counted(uint64(len(x.totals)), "metric"); {
	case len(differing) > 0:
		say("%s: %d runs, in which %d of %s differ", x.name, runs, len(differing), all)
	case len(parts) > 0:
		say("%s: %d runs, in which %s are the same, and of some sites differ", x.name, runs, all)
	default:
		say("%s: %d runs, 0 that differ: %s are the same, in all and of each site", x.name, runs, all)
	}
	fmt.Fprintf(b, "\n  %-16s  %12s  %12s  %s\n", "metric", "least", "most", "spread")
	for _, m := range repeatedMetrics() {
		if e, ok := x.totals[m]; ok {
			fmt.Fprintf(b, "  %-16s  %12s  %12s  %s\n", m, x.amount(m, e.least), x.amount(m, e.most), x.spreadWords(m, e))
		}
	}
	fmt.Fprintln(b)
	x.writeSites(b, parts)
	for _, advice := range x.advice(differing) {
		say("%s", advice)
	}
}

// differingSite is a site that has not the same of a metric in all runs.
type differingSite struct {
	at string
	extent
}

// differingSites returns of each metric the sites that differ, those that do most first.
func (x *processSpread) differingSites() map[budget.Metric][]differingSite {
	all := map[budget.Metric][]differingSite{}
	for at, numbers := range x.sites {
		for m, e := range numbers {
			if e.spread() > 0 {
				all[m] = append(all[m], differingSite{at, e})
			}
		}
	}
	for _, parts := range all {
		slices.SortFunc(parts, func(a, b differingSite) int {
			return cmp.Or(cmp.Compare(b.spread(), a.spread()), strings.Compare(a.at, b.at))
		})
	}
	return all
}

// writeSites writes which sites have most of the difference of each metric.
func (x *processSpread) writeSites(b *strings.Builder, parts map[budget.Metric][]differingSite) {
	for _, m := range repeatedMetrics() {
		all := parts[m]
		for _, p := range all[:min(len(all), mostDiffering)] {
			fmt.Fprintf(b, "  %-16s  %s to %s in %s\n", m, x.amount(m, p.least), x.amount(m, p.most), names.Printable(p.at))
		}
		if rest := len(all) - mostDiffering; rest > 0 {
			fmt.Fprintf(b, "  %-16s  … and %s\n", m, human.Counted(uint64(rest), "more site"))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintln(b)
	}
}

// mostTolerance is the largest spread, as a part of the least value, that a tolerance is advised for.
const mostTolerance = 0.1

// advice says what limits are to allow for: a tolerance of twice the largest spread that was seen, as few runs do not show all.
func (x *processSpread) advice(differing []budget.Metric) (all []string) {
	largest := 0.0
	var wide []string
	for _, m := range differing {
		e := x.totals[m]
		part := math.Inf(1)
		if e.least > 0 {
			part = float64(e.spread()) / float64(e.least)
		}
		if part > mostTolerance {
			wide = append(wide, string(m))
			continue
		}
		largest = max(largest, part)
	}
	if largest > 0 {
		percent := tolerancePercent(2 * largest)
		all = append(all, fmt.Sprintf("--tolerance %s, or tolerance = \"%s\" in heapprof.toml, is twice what was seen to differ", percent, percent))
	}
	if len(wide) > 0 {
		all = append(all, fmt.Sprintf("%s: too different for a percentage: let --max be well above the most", strings.Join(wide, ", ")))
	}
	return all
}

// tolerancePercent returns a part as a percentage of one digit that is not 0, rounded up: "0.3%".
func tolerancePercent(part float64) string {
	percent := max(100*part, 0.0001)
	unit := math.Pow(10, math.Floor(math.Log10(percent)))
	digit := math.Ceil(percent/unit - 1e-9)
	decimals := max(0, -int(math.Floor(math.Log10(unit)+1e-9)))
	return fmt.Sprintf("%.*f%%", decimals, digit*unit)
}

func (x *processSpread) amount(m budget.Metric, n uint64) string {
	if m.Unit() == view.UnitBytes {
		return x.units.Size(n)
	}
	return x.units.Count(n)
}

// spreadWords says by how much a metric differs, exactly.
func (x *processSpread) spreadWords(m budget.Metric, e extent) string {
	if e.spread() == 0 {
		return "exact"
	}
	words := human.Count(e.spread())
	if m.Unit() == view.UnitBytes && e.spread() != 1 {
		words += " " + cmp.Or(x.units.Many, "bytes")
	} else if m.Unit() == view.UnitBytes {
		words += " " + cmp.Or(x.units.One, "byte")
	}
	if e.least > 0 {
		words += ", " + timesWords(float64(e.spread()), float64(e.least))
	}
	return words
}
