package judge

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"heapprof/cmd/wording"
	"heapprof/internal/budget"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// judgeWords says what came of limits on a profile.
type judgeWords struct {
	source   *view.Source
	baseline string // the file of the baseline; "": there is none
}

// line returns what came of a limit in a line.
func (w judgeWords) line(j *budget.Judgement) string {
	words := w.subject(j)
	switch j.Outcome {
	case budget.Unknown:
		words += " cannot be judged: " + w.why(j)
	case budget.Skipped:
		words += " was not judged: " + w.why(j)
	case budget.Exceeded:
		words += " " + w.exceeded(j) + w.mostBy(j)
	case budget.Doubtful:
		words += " " + w.doubtful(j)
	case budget.Kept:
		words += " " + w.kept(j)
		if warning := w.warning(j); warning != "" {
			words += ": " + warning
		}
	}
	return names.Printable(words)
}

// subject returns what a limit is of: the budget, the metric, and of what is leaked how that is told.
func (w judgeWords) subject(j *budget.Judgement) string {
	return budgetWords(j.Budget) + j.Limit.Subject() + basisWords(j.Basis)
}

// budgetWords returns the name of a budget as it stands before what came of it.
func budgetWords(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

// basisWords says how it is told what is leaked.
func basisWords(b budget.Basis) string {
	switch b {
	case budget.Lost:
		return " (lost)"
	case budget.NeverFreed:
		return " (never freed)"
	}
	return ""
}

// why returns why a limit cannot be judged, and the way out.
func (w judgeWords) why(j *budget.Judgement) string {
	const noMargin = "%s in %s is an estimate of which it is not known how far it may be off: record without --sample"
	p := w.source.Profile
	switch j.Why {
	case budget.NotRecorded:
		return fmt.Sprintf("%s does not record %s; it has %s", w.source.Name, j.Limit.Metric, strings.Join(metricsOf(p), ", "))
	case budget.NoMargin:
		return fmt.Sprintf(noMargin, j.Metric, w.source.Name)
	case budget.NotBefore:
		return fmt.Sprintf("%s does not record %s: write it again with --update", w.baseline, j.Limit.Metric)
	case budget.NoMarginThen:
		return fmt.Sprintf(noMargin, j.Metric, w.baseline)
	case budget.OtherBasis:
		return fmt.Sprintf("only one of %s and %s tells what was lost (run --retained): record both alike", w.baseline, w.source.Name)
	case budget.EventsLost:
		for _, n := range p.Recording.Notes {
			if budget.TellsOfMissing(n) && p.Recording.Counts.LostEvents == 0 {
				return wording.NoteWords(n)
			}
		}
		return "calls of the allocator are missing in " + w.source.Name + ", and there may be more or less: record again"
	case budget.EventsLostThen:
		return "calls of the allocator are missing in " + w.baseline + ": write it again with --update"
	case budget.NoEndThen:
		return w.baseline + " does not tell for certain what the program leaked: write it again with --update, of a program that ends by itself"
	case budget.EndedEarly:
		how := fmt.Sprintf("%s was written while the program ran on", w.source.Name)
		switch {
		case p.RunsOn:
			how = w.source.Name + " is of one moment of a run"
		case p.IsAttached():
			how = fmt.Sprintf("%s is of a program that was attached to for a while", w.source.Name)
		case p.Recording.Signal != 0:
			how = "the program " + wording.EndWords(p.Recording.Signal, 0)
		}
		return how + ", and what lived then is not what it would have leaked"
	case budget.NotAtExit:
		return fmt.Sprintf("what nothing led to was looked at %s, and not at exit: more may be", wording.SnapshotWords(p.LastSnapshot()))
	case budget.MemoryUnread:
		return fmt.Sprintf("%s that may hold pointers could not be read, and less than %s may be lost", human.Bytes(p.LastSnapshot().Unread), w.value(j))
	case budget.BlocksBefore:
		return fmt.Sprintf("%s is of a program that was attached to, and what lived before that is in no number: there may have been more", w.source.Name)
	case budget.CutShort:
		return fmt.Sprintf("%s is what was flushed last before the recording was cut, and lacks what came then", w.source.Name)
	case budget.NothingBefore:
		return "name the profile to compare with by --baseline"
	}
	return "the profile does not tell how the program left its heap"
}

// doubtful says why it is not certain that a limit is kept, or exceeded.
func (w judgeWords) doubtful(j *budget.Judgement) string {
	limit := w.most(j)
	if j.Increase {
		limit = fmt.Sprintf("%s of %s by more than %s", w.amount(j, j.Before), w.baseline, w.most(j))
	}
	if j.Why == budget.StacksCut {
		return fmt.Sprintf("%s, and %s more that may be of it, as its stacks are cut, may exceed %s: heapprof report says why they are", w.value(j), w.amount(j, exactly(j.Cut)), limit)
	}
	return fmt.Sprintf("%s may exceed %s: it is an estimate, and a recording without --sample tells", w.value(j), limit)
}

// metricsOf returns the metrics of a profile that have limits.
func metricsOf(p *profile.Profile) []string {
	all := slices.DeleteFunc(budget.MetricNames(), func(name string) bool { return !budget.Metric(name).IsOf(p) })
	u := human.UnitsOf(p)
	for i := range all {
		all[i] = u.Metric(all[i])
	}
	return all
}

// exceeded says that a limit is, and by how much.
func (w judgeWords) exceeded(j *budget.Judgement) string {
	if j.Increase {
		return w.increased(j)
	}
	value, most, by := w.value(j), w.most(j), ""
	switch {
	case j.Limit.IsPercent, j.Most == 0:
	case value == w.amount(j, exactly(j.Most)):
		value, most, by = w.exact(j, j.Value.N), w.exact(j, j.Most), " by "+w.exact(j, j.Excess)
	default:
		by = " by " + timesWords(float64(j.Excess), float64(j.Most))
	}
	words := fmt.Sprintf("%s exceeds %s%s", value, most, by)
	if j.Allowed > j.Most {
		words += fmt.Sprintf(", %s more than is tolerated", w.exact(j, j.Value.N-j.Allowed))
	}
	return words
}

// increased says that there is more than before, and than may be.
func (w judgeWords) increased(j *budget.Judgement) string {
	value, before := w.amount(j, j.Value), w.amount(j, j.Before)
	more := j.Value.N - j.Before.N
	by := timesWords(float64(more), float64(j.Before.N))
	if j.Before.N == 0 || !j.Limit.IsPercent || value == before {
		by = w.exact(j, more)
	}
	if value == before {
		value, before = w.exact(j, j.Value.N), w.exact(j, j.Before.N)
	}
	return fmt.Sprintf("%s exceeds %s of %s by %s, %s allowed", value, before, w.baseline, by, w.most(j))
}

// mostBy names the site that has most of what is too much; "" where there is none.
func (w judgeWords) mostBy(j *budget.Judgement) string {
	if len(j.Contributors) == 0 {
		return ""
	}
	c, of := &j.Contributors[0], "of it"
	if j.Increase {
		of = "more"
	}
	amount := w.amount(j, exactly(c.Amount))
	if !w.source.Profile.Sampling.IsExact() {
		amount = "~" + amount
	}
	return fmt.Sprintf(": %s %s by %s", amount, of, contributorWords(c))
}

// exactly returns an amount that is no estimate.
func exactly(n uint64) budget.Amount { return budget.Amount{N: n, Low: n, High: n} }

// contributorWords names a site, and where it is.
func contributorWords(c *budget.Contributor) string {
	words := wording.SiteName(c.Site)
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
	if j.Increase {
		return fmt.Sprintf("%s, %s in %s, %s allowed", w.amount(j, j.Value), w.comparedWith(j), w.baseline, w.most(j))
	}
	if j.Limit.IsPercent {
		return fmt.Sprintf("%s, %s allowed", w.value(j), w.most(j))
	}
	words := fmt.Sprintf("%s of %s", w.value(j), w.most(j))
	if j.Most > 0 {
		words += ", " + timesWords(float64(j.Value.N), float64(j.Most))
	}
	return words
}

// comparedWith says how much more or less there is than before.
func (w judgeWords) comparedWith(j *budget.Judgement) string {
	than, by := "more than", j.Value.N-j.Before.N
	switch {
	case j.Value.N == j.Before.N:
		return "the same as"
	case j.Value.N < j.Before.N:
		than, by = "less than", j.Before.N-j.Value.N
		if j.Metric.Unit() == view.UnitBlocks {
			than = "fewer than"
		}
	}
	if j.Before.N == 0 || !j.Limit.IsPercent {
		return w.exact(j, by) + " " + than
	}
	return timesWords(float64(by), float64(j.Before.N)) + " " + than
}

// warning says what may be wrong with a limit that is kept; "" for nothing.
func (w judgeWords) warning(j *budget.Judgement) string {
	if j.Limit.At == nil || j.Points > 0 || j.PointsBefore > 0 {
		return ""
	}
	return fmt.Sprintf("nothing in %s matches %s: it allocates nothing there, or the expression is mistaken", w.source.Name, j.Limit.At)
}

// value returns how much there is, and of a percentage also of what.
func (w judgeWords) value(j *budget.Judgement) string {
	if !j.Limit.IsPercent || j.Increase {
		return w.amount(j, j.Value)
	}
	part := 0.0
	if j.Whole.N > 0 {
		part = 100 * float64(j.Value.N) / float64(j.Whole.N)
	}
	u := w.units()
	return fmt.Sprintf("%s (%s of %s)", u.Percentage(part), w.amount(j, j.Value), w.amount(j, j.Whole))
}

// most returns how much is allowed.
func (w judgeWords) most(j *budget.Judgement) string {
	switch {
	case j.Limit.IsPercent:
		return j.Limit.Percent.String()
	case j.Metric.Unit() == view.UnitBytes:
		return roundSize(w.units(), j.Limit.Amount)
	}
	return human.Count(j.Limit.Amount)
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
