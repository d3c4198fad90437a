package judge

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"

	"heapprof/internal/budget"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

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
