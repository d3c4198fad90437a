package budget

import (
	"cmp"
	"slices"

	"heapprof/internal/report/view"
)

// Options are what a profile is judged by.
type Options struct {
	Baseline *view.Source // what increases are over; nil: none
	Ignores  []Ignore     // leaks that are known, those that concern the profile: see Subject
}

// Judge says of each limit of the budgets whether the profile keeps to it. It is an error if a
// sum does not fit into 64 bits, or if the baseline measures something else.
func Judge(s *view.Source, budgets []Budget, o Options) (*Verdict, error) {
	j := &judge{after: &side{all: s}}
	var ignored []Ignored
	j.after.leaks, ignored = ignoring(s, o.Ignores)
	if o.Baseline != nil {
		if err := view.SameMeasure(o.Baseline, s); err != nil {
			return nil, err
		}
		j.before = &side{all: o.Baseline}
		j.before.leaks, _ = ignoring(o.Baseline, o.Ignores)
	}
	v := &Verdict{}
	for i := range budgets {
		if err := j.judge(v, &budgets[i]); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(v.Judgements, func(x Judgement) bool { return x.Limit.Metric.IsOfLeaks() }) {
		v.Ignored = ignored
	}
	slices.SortStableFunc(v.Judgements, func(x, y Judgement) int {
		return cmp.Or(cmp.Compare(x.Outcome, y.Outcome), cmp.Compare(y.ratio(), x.ratio()))
	})
	return v, nil
}

// ratio returns how much of what is allowed there is; of something where nothing is allowed as much as that.
func (j *Judgement) ratio() float64 {
	if j.Allowed == 0 {
		return float64(j.Value.N)
	}
	return float64(j.Value.N) / float64(j.Allowed)
}

// judge judges one profile.
type judge struct {
	after  *side
	before *side // nil: there is no baseline
}

// side is a profile, as all metrics but those of leaks see it, and without the leaks that are known.
type side struct{ all, leaks *view.Source }

func (s *side) of(m Metric) *view.Source {
	if m.IsOfLeaks() {
		return s.leaks
	}
	return s.all
}

// judge adds to the verdict what comes of a budget.
func (j *judge) judge(v *Verdict, b *Budget) error {
	for _, l := range b.Max {
		x := Judgement{Budget: b.Name, Limit: l}
		if err := j.max(&x, b.Tolerance); err != nil {
			return err
		}
		v.Judgements = append(v.Judgements, x)
	}
	for _, l := range b.increases(j) {
		x := Judgement{Budget: b.Name, Limit: l, Increase: true}
		if err := j.increase(&x); err != nil {
			return err
		}
		v.Judgements = append(v.Judgements, x)
	}
	return nil
}

// increases returns the limits of increases, each of a metric. One that names none stands for those that both
// profiles have and that no other limit names.
func (b *Budget) increases(j *judge) []Limit {
	var all []Limit
	for _, l := range b.MaxIncrease {
		if l.Metric != "" {
			all = append(all, l)
		}
	}
	named := all
	for _, l := range b.MaxIncrease {
		if l.Metric != "" {
			continue
		}
		for _, m := range Increasing() {
			isNamed := slices.ContainsFunc(named, func(n Limit) bool { return n.Metric == m && n.At == nil })
			if !isNamed && j.has(m) {
				l.Metric = m
				all = append(all, l)
			}
		}
	}
	return all
}

// has reports whether all profiles have the metric, and tell it alike.
func (j *judge) has(m Metric) bool {
	metric, basis := m.In(j.after.all.Profile)
	if !metric.Has(j.after.all.Profile) {
		return false
	}
	if j.before == nil {
		return true
	}
	before, basisBefore := m.In(j.before.all.Profile)
	return before.Has(j.before.all.Profile) && basis == basisBefore
}

// max judges a limit of what there may be.
func (j *judge) max(x *Judgement, tolerance Percent) error {
	m := x.measured(j.after)
	if x.Outcome == Unknown && x.Why != 0 || m.err != nil {
		return m.err
	}
	x.Value, x.Points = m.value, m.points
	least, most := x.Limit.Amount, x.Limit.Amount // the limit, at least and at most
	if x.Limit.IsPercent {
		x.Whole = m.whole
		least, x.Most, most = x.Limit.Percent.Of(m.whole.Low), x.Limit.Percent.Of(m.whole.N), x.Limit.Percent.Of(m.whole.High)
		x.Allowed = x.Most
	} else {
		x.Most = x.Limit.Amount
		x.Allowed = plus(x.Most, tolerance.Of(x.Most))
		least, most = x.Allowed, x.Allowed
	}
	return j.conclude(x, least, most)
}

// increase judges a limit of an increase.
func (j *judge) increase(x *Judgement) error {
	m := x.measured(j.after)
	if x.Why != 0 || m.err != nil {
		return m.err
	}
	x.Value, x.Points = m.value, m.points
	if j.before == nil {
		x.Why = NothingBefore
		return nil
	}
	before := Judgement{Limit: x.Limit}
	b := before.measured(j.before)
	switch {
	case b.err != nil:
		return b.err
	case before.Why == NotRecorded:
		x.Why = NotBefore
	case before.Why == NoMargin:
		x.Why = NoMarginThen
	case before.Basis != x.Basis:
		x.Why = OtherBasis
	}
	if x.Why != 0 {
		return nil
	}
	x.Before, x.PointsBefore = b.value, b.points
	allowed := func(before uint64) uint64 {
		if x.Limit.IsPercent {
			return plus(before, x.Limit.Percent.Of(before))
		}
		return plus(before, x.Limit.Amount)
	}
	x.Most = allowed(b.value.N)
	x.Allowed = x.Most
	return j.conclude(x, allowed(b.value.Low), allowed(b.value.High))
}

// conclude sets the outcome, where the limit is at least and at most so much.
func (j *judge) conclude(x *Judgement, least, most uint64) error {
	if x.Value.N > x.Most {
		x.Excess = x.Value.N - x.Most
	}
	switch {
	case x.Value.High <= least:
		x.Outcome = Kept
		return nil
	case x.Value.Low > most:
		x.Outcome = Exceeded
	default:
		x.Outcome = Doubtful
	}
	var err error
	if x.Increase {
		x.Contributors, err = grown(j.before.of(x.Limit.Metric), j.after.of(x.Limit.Metric), x)
	} else {
		x.Contributors, err = largest(j.after.of(x.Limit.Metric), x)
	}
	return err
}

// plus returns the sum of two, as much as 64 bits hold if it is more.
func plus(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
