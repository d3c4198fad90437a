package budget

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Options are what a profile is judged by.
type Options struct {
	Baseline *view.Source // what increases are over; nil: none
	Ignores  []Ignore     // what is known, as far as it concerns the profile: see Subject
	// NoEnd says that the profile does not tell how the program left its heap: it was replaced by exec, it runs
	// on, or it has its blocks from the process that forked it. What is leaked is not judged then.
	NoEnd bool
}

// Judge says of each limit of the budgets whether the profile keeps to it. It is an error if a
// sum does not fit into 64 bits, or if the baseline measures something else.
func Judge(s *view.Source, budgets []Budget, o Options) (*Verdict, error) {
	j := &judge{after: &side{all: s}, noEnd: o.NoEnd}
	var leaks []Ignored
	j.after.leaks, leaks = ignoring(s, o.Ignores)
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
		v.Ignored = leaks
	}
	v.forbid(s, budgets, o.Ignores)
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
	noEnd  bool  // see Options
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

// increases returns the limits of increases, each of a metric. One that names none stands for those that
// a profile has and that no other limit names.
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

// cannot sets the outcome of a limit that cannot be judged, or not of this profile, and reports whether it is one.
func (j *judge) cannot(x *Judgement) bool {
	switch {
	case x.Why != 0:
		x.Outcome = Unknown
	case j.noEnd && x.Limit.Metric.IsOfLeaks():
		x.Outcome, x.Why = Skipped, NoEnd
	case x.Increase && j.before == nil:
		x.Outcome, x.Why = Skipped, NothingBefore
	case x.Basis == NeverFreed && j.after.all.Profile.EndedEarly():
		x.Why = EndedEarly
	}
	return x.Why != 0
}

// has reports whether any of the profiles has the metric.
func (j *judge) has(m Metric) bool {
	for _, s := range []*side{j.after, j.before} {
		if s != nil && m.IsOf(s.all.Profile) {
			return true
		}
	}
	return false
}

// max judges a limit of what there may be.
func (j *judge) max(x *Judgement, tolerance Percent) error {
	m, err := x.measure(j.after)
	if err != nil || j.cannot(x) {
		return err
	}
	x.Value, x.Whole, x.Points, x.Cut = m.value, m.whole, m.points, m.cut
	if x.Limit.IsPercent {
		of := x.Limit.Percent.Of
		x.Most = of(m.whole.N)
		x.Allowed = x.Most
		return j.conclude(x, of(m.whole.Low), of(m.whole.High))
	}
	x.Most = x.Limit.Amount
	x.Allowed = plus(x.Most, tolerance.Of(x.Most))
	return j.conclude(x, x.Allowed, x.Allowed)
}

// increase judges a limit of an increase.
func (j *judge) increase(x *Judgement) error {
	m, err := x.measure(j.after)
	if err != nil || j.cannot(x) {
		return err
	}
	x.Value, x.Points, x.Cut = m.value, m.points, m.cut
	before := Judgement{Limit: x.Limit, Increase: true}
	was, err := before.measure(j.before)
	if err != nil {
		return err
	}
	switch {
	case before.Why == NotRecorded:
		x.Why = NotBefore
	case before.Why == NoMargin:
		x.Why = NoMarginThen
	case before.Basis != x.Basis:
		x.Why = OtherBasis
	case x.Value.High > 0: // nothing is no more than before, whatever that was
		x.Why = before.missingThen(j.before.all.Profile)
	}
	if j.cannot(x) {
		return nil
	}
	x.Before, x.PointsBefore = was.value, was.points
	allowed := func(before uint64) uint64 {
		if x.Limit.IsPercent {
			return plus(before, x.Limit.Percent.Of(before))
		}
		return plus(before, x.Limit.Amount)
	}
	x.Most = allowed(was.value.N)
	x.Allowed = x.Most
	return j.conclude(x, allowed(was.value.Low), allowed(was.value.High))
}

// conclude sets the outcome, where the limit is at least and at most so much.
func (j *judge) conclude(x *Judgement, least, most uint64) error {
	if x.Value.N > x.Most {
		x.Excess = x.Value.N - x.Most
	}
	exceeds, keeps := x.Value.Low > most, x.Value.High <= least
	switch x.Why = x.missing(j.after.all.Profile, exceeds, keeps); {
	case x.Why != 0:
		return nil
	case exceeds:
		x.Outcome = Exceeded
	case !keeps:
		x.Outcome, x.Why = Doubtful, WithinMargin
	case plus(x.Value.High, x.Cut) > least:
		x.Outcome, x.Why = Doubtful, StacksCut
	default:
		x.Outcome = Kept
		return nil
	}
	var err error
	if x.Increase {
		x.Contributors, err = grown(j.before.of(x.Limit.Metric), j.after.of(x.Limit.Metric), x)
	} else {
		x.Contributors, err = largest(j.after.of(x.Limit.Metric), x)
	}
	return err
}

// missing returns what a profile does not tell that may keep a limit which it seems to exceed, or exceed one that it seems
// to keep; 0 for nothing.
func (x *Judgement) missing(p *profile.Profile, exceeds, keeps bool) Why {
	isTotal := x.Metric == view.TotalBytes || x.Metric == view.TotalBlocks
	switch {
	case misses(p) && !(isTotal && exceeds): // what is not recorded adds to totals, and to nothing else for certain
		return EventsLost
	case isCut(p) && !exceeds:
		return CutShort
	case p.IsAttached() && !exceeds && !x.Increase && isOfLiving(x.Metric):
		return BlocksBefore
	case x.Basis != Lost:
		return 0
	case !exceeds && p.LastSnapshot().Kind != profile.ExitSnapshot:
		return NotAtExit
	case !keeps && p.LastSnapshot().Unread > 0:
		return MemoryUnread
	}
	return 0
}

// missingThen returns what a baseline does not tell of what x measured in it; 0 for nothing. It had more or less than
// there seems to be, so that an increase over it is neither kept nor exceeded.
func (x *Judgement) missingThen(p *profile.Profile) Why {
	switch {
	case misses(p) || isCut(p):
		return EventsLostThen
	case x.Basis == NeverFreed && p.EndedEarly():
		return NoEndThen
	case x.Basis == Lost && (p.LastSnapshot().Kind != profile.ExitSnapshot || p.LastSnapshot().Unread > 0):
		return NoEndThen
	}
	return 0
}

// misses reports whether calls of the allocator may be missing in a profile, nobody knows which.
func misses(p *profile.Profile) bool {
	r := p.Recording
	return r != nil && (r.Counts.LostEvents > 0 || slices.ContainsFunc(r.Notes, TellsOfMissing))
}

// TellsOfMissing reports whether a note says that calls of an allocator are missing in the profile, and not only that they
// may be.
func TellsOfMissing(n profile.Note) bool {
	switch n.Code {
	case profile.SharedMemoryOverwritten, profile.AllocatorNotHooked, profile.AllocatorLoadedLate, profile.AllocatorUnseen, profile.LibcCalledDirectly:
		return true
	case profile.AllocatorPartlySeen:
		return n.Count > 0
	}
	return false
}

// isCut reports whether there may be more than a profile tells, as it lacks what came after it.
func isCut(p *profile.Profile) bool { return p.Recording != nil && p.Recording.Dump.IsCut() }

// isOfLiving reports whether a metric counts blocks that live at the same time.
func isOfLiving(m view.Metric) bool {
	switch m {
	case view.PeakBytes, view.PeakBlocks, view.EndBytes, view.EndBlocks:
		return true
	}
	return false
}

// plus returns the sum of two, as much as 64 bits hold if it is more.
func plus(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
