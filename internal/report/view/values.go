package view

import (
	"strconv"

	"heapprof/internal/report/human"
)

// Number is a number of a row under its name, for a program to read: not rounded, as JSON
// and CSV write it. Lifetime, an average, is the only fraction. The name of an estimate
// begins with "estimated-".
type Number struct {
	Name string
	Text string // "" where there is none
}

// Called is the name of a number of the view's for a program to read.
func (v *View) Called(number string) string { return called(number, v.Units.Estimated) }

func called(number string, estimated bool) string {
	if estimated {
		return "estimated-" + number
	}
	return number
}

// BeforeUnits writes the numbers of a diff's earlier profile, and AfterUnits those of its
// later one, or of a report's, each of which alone may be estimates.
func (v *View) BeforeUnits() human.Units { return v.unitsOf(v.sides[0]) }

// AfterUnits: see BeforeUnits.
func (v *View) AfterUnits() human.Units { return v.unitsOf(v.sides[len(v.sides)-1]) }

func (v *View) unitsOf(s *Source) human.Units {
	u := v.Units
	u.Estimated = !s.Profile.Sampling.IsExact()
	return u
}

// Values returns the metrics of a row that all of the view's profiles recorded, after
// "points", the number of program points that were added up (but not of a view of frees). If these are more than one,
// max-bytes and max-blocks are upper bounds. Where they are estimates, it is said after each
// how far it may be off, and at the end from how many sampled blocks they are.
func (v *View) Values(r *Row) []Number {
	out := v.values(&r.Sums, &v.Total.Sums, v.AfterUnits().Estimated)
	if v.Options.Question == AskGrowth {
		out = append(out, v.report.growthValues(r)...)
	}
	return out
}

// ValuesBefore returns what Values does, of a diff's earlier profile.
func (d *Diff) ValuesBefore(r *Row) []Number {
	return d.values(&r.Before, &d.Total.Before, d.BeforeUnits().Estimated)
}

// values returns the numbers of s. All sums of the same whole have the same ones.
func (v *View) values(s, whole *Sums, estimated bool) []Number {
	out := make([]Number, 0, len(v.Metrics)+2)
	if !v.Options.IsOfFrees() {
		out = append(out, Number{"points", strconv.Itoa(s.Points())})
	}
	for _, m := range v.Metrics {
		if m == Lifetime {
			out = append(out, Number{called("lifetime-sum", estimated), strconv.FormatUint(s.Get(m), 10)}, Number{called(m.String(), estimated), Decimal(s.AverageLifetime())})
			continue
		}
		out = append(out, Number{called(v.key(m), estimated), strconv.FormatUint(s.Get(m), 10)})
		if _, ok := whole.Margin(m); ok {
			out = append(out, Number{m.String() + "-error-percent", errorPercent(s, m)})
		}
	}
	if v.Options.Question != AskPeak && v.Has(TotalBlocks) {
		out = append(out, Number{called("distinct-blocks", estimated), strconv.FormatUint(s.Distinct(), 10)})
	}
	for _, of := range []struct {
		name string
		m    Metric
	}{{"total-samples", TotalBytes}, {"peak-samples", PeakBytes}, {"end-samples", EndBytes}} {
		if _, ok := whole.Sampled(of.m); ok && v.Has(of.m) {
			sampled, _ := s.Sampled(of.m)
			out = append(out, Number{of.name, strconv.FormatUint(sampled.Blocks, 10)})
		}
	}
	return out
}

// key is the name of a metric for a program to read.
func (v *View) key(m Metric) string {
	if m.IsExtra() {
		return "extra-" + v.Units.Metric(m.String())
	}
	return m.String()
}

// errorPercent returns the margin of an estimate in percent of it, to a tenth; "" where that
// is 0.
func errorPercent(s *Sums, m Metric) string {
	margin, _ := s.Margin(m)
	if s.Get(m) == 0 {
		return ""
	}
	return strconv.FormatFloat(100*margin/float64(s.Get(m)), 'f', 1, 64)
}

// Changes returns after − before, for the metrics that both profiles recorded, and where they
// are estimates how far each change may be off.
func (d *Diff) Changes(r *Row) []Number {
	var out []Number
	for _, m := range d.Metrics {
		c := r.Change(m)
		number := Decimal(c.After - c.Before)
		if m != Lifetime {
			number = strconv.FormatUint(c.Abs(), 10)
			if c.Sign() < 0 {
				number = "-" + number
			}
		}
		out = append(out, Number{d.Called(d.key(m)), number})
		if d.HasMargins(m) {
			out = append(out, Number{m.String() + "-margin", strconv.FormatFloat(d.ChangeMargin(r, m), 'f', 0, 64)})
		}
	}
	return out
}

// Decimal writes a fraction for a program to read: with all of its digits.
func Decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
