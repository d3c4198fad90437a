package cmd

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"heapprof/internal/budget"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// judgeWords says what came of limits on a profile.
type judgeWords struct{ source *view.Source }

// line returns what came of a limit in a line.
func (w judgeWords) line(j *budget.Judgement) string {
	words := w.subject(j)
	if j.Budget != "" {
		words = j.Budget + ": " + words
	}
	switch j.Outcome {
	case budget.Unknown:
		words += " cannot be judged: " + w.why(j)
	case budget.Exceeded:
		words += " " + w.exceeded(j)
	case budget.Doubtful:
		words += fmt.Sprintf(" %s may exceed %s: it is an estimate, and a recording without --sample tells", w.value(j), w.most(j))
	case budget.Kept:
		words += " " + w.kept(j)
		if warning := w.warning(j); warning != "" {
			words += ": " + warning
		}
	}
	return names.Printable(words)
}

// subject returns what a limit is of, and of what is leaked how that is told.
func (w judgeWords) subject(j *budget.Judgement) string {
	words := j.Limit.Subject()
	switch j.Basis {
	case budget.Lost:
		words += " (lost)"
	case budget.NeverFreed:
		words += " (never freed)"
	}
	return words
}

// why returns why a limit cannot be judged, and the way out.
func (w judgeWords) why(j *budget.Judgement) string {
	switch j.Why {
	case budget.NotRecorded:
		return fmt.Sprintf("%s does not record %s; it has %s", w.source.Name, j.Metric, strings.Join(metricsOf(w.source.Profile), ", "))
	case budget.NoMargin:
		return fmt.Sprintf("%s is an estimate in %s of which it is not known how far it may be off: record without --sample", j.Metric, w.source.Name)
	}
	return "there is no baseline"
}

// metricsOf returns the metrics of a profile that have limits.
func metricsOf(p *profile.Profile) []string {
	return slices.DeleteFunc(budget.MetricNames(), func(name string) bool {
		m, _ := budget.Metric(name).In(p)
		return !m.Has(p)
	})
}

// exceeded says that a limit is, by how much, and which site has most of it.
func (w judgeWords) exceeded(j *budget.Judgement) string {
	value, most := w.value(j), w.most(j)
	by := ""
	switch {
	case j.Limit.IsPercent, j.Most == 0:
	case value == w.amount(j, budget.Amount{N: j.Most, Low: j.Most, High: j.Most}):
		value, most, by = w.exact(j, j.Value.N), w.exact(j, j.Most), " by "+w.exact(j, j.Excess)
	default:
		by = " by " + timesWords(float64(j.Excess), float64(j.Most))
	}
	words := fmt.Sprintf("%s exceeds %s%s", value, most, by)
	if j.Allowed > j.Most {
		words += fmt.Sprintf(", %s more than is tolerated", w.exact(j, j.Value.N-j.Allowed))
	}
	if len(j.Contributors) > 0 {
		c := &j.Contributors[0]
		words += fmt.Sprintf(": %s of it by %s", w.amount(j, budget.Amount{N: c.Amount, Low: c.Amount, High: c.Amount}), contributorWords(c))
	}
	return words
}

// contributorWords names a site, and where it is.
func contributorWords(c *budget.Contributor) string {
	words := siteName(c.Site)
	switch {
	case c.Site.Place != "":
		words += "  " + c.Site.Place
	case c.Caller != "":
		words += "  from " + c.Caller
	}
	return words
}

// kept says that there is no more than is allowed.
func (w judgeWords) kept(j *budget.Judgement) string {
	if j.Limit.IsPercent {
		return fmt.Sprintf("%s, %s allowed", w.value(j), w.most(j))
	}
	words := fmt.Sprintf("%s of %s", w.value(j), w.most(j))
	if j.Most > 0 {
		words += ", " + timesWords(float64(j.Value.N), float64(j.Most))
	}
	return words
}

// warning says what may be wrong with a limit that is kept; "" for nothing.
func (w judgeWords) warning(j *budget.Judgement) string {
	if j.Limit.At == nil || j.Points > 0 {
		return ""
	}
	return fmt.Sprintf("nothing in %s matches %s: it allocates nothing there, or the expression is mistaken", w.source.Name, j.Limit.At)
}

// value returns how much there is, and of a percentage also of what.
func (w judgeWords) value(j *budget.Judgement) string {
	if !j.Limit.IsPercent {
		return w.amount(j, j.Value)
	}
	part := 0.0
	if j.Whole.N > 0 {
		part = 100 * float64(j.Value.N) / float64(j.Whole.N)
	}
	u := human.UnitsOf(w.source.Profile)
	return fmt.Sprintf("%s (%s of %s)", u.Percentage(part), w.amount(j, j.Value), w.amount(j, j.Whole))
}

// most returns how much is allowed.
func (w judgeWords) most(j *budget.Judgement) string {
	switch {
	case j.Limit.IsPercent:
		return j.Limit.Percent.String()
	case j.Metric.Unit() == view.UnitBytes:
		return roundSize(w.units(), j.Most)
	}
	return human.Count(j.Most)
}

// amount returns an amount of the metric, of an estimate with how far it may be off.
func (w judgeWords) amount(j *budget.Judgement, a budget.Amount) string {
	u := w.units()
	u.Estimated = !a.IsExact()
	words := u.Count(a.N)
	if j.Metric.Unit() == view.UnitBytes {
		words = u.Size(a.N)
	}
	if !a.IsExact() && a.N > 0 {
		words += " " + human.Margin(float64(a.High-a.N), float64(a.N))
	}
	return words
}

// exact returns an amount of the metric to the byte.
func (w judgeWords) exact(j *budget.Judgement, n uint64) string {
	u := w.units()
	u.Estimated = false
	if j.Metric.Unit() != view.UnitBytes {
		return u.Count(n)
	}
	if n == 1 {
		return "1 " + u.One
	}
	return u.Count(n) + " " + u.Many
}

func (w judgeWords) units() human.Units { return human.UnitsOf(w.source.Profile) }

// roundSize returns a size as it is written in a limit: 10 MiB without decimals where it has none.
func roundSize(u human.Units, n uint64) string {
	u.Estimated = false
	if u.One != "byte" || n == 0 {
		return u.Size(n)
	}
	for i, unit := range []string{" TiB", " GiB", " MiB", " KiB"} {
		if size := uint64(1) << (40 - 10*i); n >= size {
			if n%size == 0 && n/size < 1024 {
				return human.Count(n/size) + unit
			}
			break
		}
	}
	return u.Size(n)
}

// timesWords returns a part in percent of a whole, of a large one without decimals.
func timesWords(part, whole float64) string {
	const large = 1000
	percent := 100 * part / whole
	if percent < large {
		return strings.TrimSpace(human.Units{}.Percentage(percent))
	}
	return human.Count(uint64(math.Round(percent))) + "%"
}
