package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/report/human"
)

// View is what a report and a diff have in common. Its rows add up to Total.
type View struct {
	Options Options
	Metric  Metric      // what is sorted by
	Metrics []Metric    // what all of its profiles recorded, in the order to show
	Units   human.Units // Estimated if the numbers of any of its profiles are
	Rows    []*Row
	Total   *Row // of the kind Whole

	// Typed says that the types of some of the points are known, and rows are told apart by them.
	Typed bool
	// Owned says that some of the sites' crates are known, and rows are not of several.
	Owned bool

	report *Report   // that the view is of; nil: it is a diff's
	sides  []*Source // the profiles: a report's, or a diff's earlier one and later one

	grouped []*side      // of a table: the profiles, with the row that each point is of
	opening *treeBuilder // opens rows of a table; nil until one was: see Open
}

// Report shows one profile.
type Report struct {
	View
	Source *Source

	// Nameless is how much of Metric has no function's name though it is not plumbing,
	// by module, those with the most first. Only a table by site or function has it.
	Nameless []ModuleSum

	// Freed is what was freed in all. Only a view of frees has it.
	Freed FreedTotals
	// Types are what the whole profile is of, whatever the filters, those with the most first.
	// None are there where no type is known, and for an average.
	Types []TypeSum
	Span  *Span    // of a report of growth; nil where too little is known
	Own   *OwnCode // with Options.Own: how much it covers
}

// ModuleSum is a module's part of a view.
type ModuleSum struct {
	Path   string
	Sum    uint64  // of the view's metric
	Margin float64 // how far Sum may be off; 0 where it is exact, or that is not known
}

// NewReport makes the report that the options ask for. It refuses options that
// contradict each other, a metric that the profile lacks, and sums beyond 64 bits.
func NewReport(s *Source, o Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.IsOfFrees() {
		return newFreesReport(s, o)
	}
	if o.Question == AskGrowth && (s.Profile.Recording == nil || !s.Profile.Recording.HasFacts) {
		return nil, ErrNoFacts
	}
	r := &Report{View: View{Options: o}, Source: s}
	r.report = r
	if err := r.measure(s); err != nil {
		return nil, err
	}
	sums, err := Total(s.Profile)
	if err != nil {
		return nil, err
	}
	r.Total = &Row{Kind: Whole, Sums: sums}
	keys := newKeys()
	side := newSide(s, keys, o)
	side.ids = keys.intern(s.Frames, exactKey(o))
	if r.Metric != Lifetime {
		r.Types = side.typeSums(r.Metric)
	}
	if o.Own {
		r.Own = side.ownCode(r.Metric)
	}
	b := newBuilder(&r.View, r, keys, side)
	// Of a sampled profile it is not known how many blocks there were, and of which sizes.
	b.showsChunks = s.Profile.Sampling.IsExact() && (o.By == BySite || o.By == ByFunction || o.By == ByStack)
	if o.Tree {
		r.Rows = b.tree()
		return r, nil
	}
	groups := b.group()
	switch o.Question {
	case AskGrowth:
		b.findGrown(r, groups)
	case AskChurn:
		b.findBrief(groups)
	}
	if o.By == BySite || o.By == ByFunction {
		r.Nameless = nameless(groups, keys, r.Metric)
	}
	r.Rows = b.table(groups)
	r.grouped = b.sides
	if o.Question == AskLeaks {
		b.findFreedElsewhere(side, r.Rows)
		side.findLost()
	}
	return r, nil
}

// measure checks the options and chooses the metric: it is an error if one of the
// profiles did not record it.
func (v *View) measure(sources ...*Source) error {
	if err := v.Options.Check(); err != nil {
		return err
	}
	v.look(sources...)
	for _, m := range Metrics() {
		if m.hasAll(sources) {
			v.Metrics = append(v.Metrics, m)
		}
	}
	v.Metric = v.Options.Question.metric(sources)
	if v.Options.Metric != nil {
		v.Metric = *v.Options.Metric
	}
	if v.Options.Extra != "" {
		i := slices.IndexFunc(v.Metrics, func(m Metric) bool { return m.IsExtra() && v.Units.Metric(m.String()) == v.Options.Extra })
		if i < 0 {
			return fmt.Errorf("%s does not record %s; it has %s", sources[0].Name, v.Options.Extra, v.list(v.Metrics))
		}
		v.Metric = v.Metrics[i]
	}
	if v.Options.Question == AskLeaks && !EndBytes.hasAll(sources) {
		v.Metric = EndBytes // it is said below that it is not there
	}
	for _, s := range sources {
		if !v.Metric.Has(s.Profile) {
			return fmt.Errorf("%s does not record %s; it has %s", s.Name, v.Metric, v.list(v.Metrics))
		}
	}
	return nil
}

// look sets what the view is of, and how its numbers are written.
func (v *View) look(sources ...*Source) {
	v.sides = sources
	v.Units = human.UnitsOf(sources[len(sources)-1].Profile)
	for _, s := range sources {
		v.Units.Estimated = v.Units.Estimated || !s.Profile.Sampling.IsExact()
	}
}

func (m Metric) hasAll(sources []*Source) bool {
	for _, s := range sources {
		if !m.Has(s.Profile) || m.IsExtra() && !slices.Equal(s.Profile.Extra, sources[0].Profile.Extra) {
			return false
		}
	}
	return true
}

// list returns the names of metrics.
func (v *View) list(metrics []Metric) string {
	all := make([]string, len(metrics))
	for i, m := range metrics {
		all[i] = v.Units.Metric(m.String())
	}
	return strings.Join(all, ", ")
}

// Has reports whether all of the view's profiles recorded the metric.
func (v *View) Has(m Metric) bool {
	for _, has := range v.Metrics {
		if has == m {
			return true
		}
	}
	return false
}

// IsPart reports whether the view is of a part of a run.
func (v *View) IsPart() bool {
	return slices.ContainsFunc(v.sides, func(s *Source) bool { return s.Profile.Span != nil })
}

// AtLeast reports whether there is as much of the metric as its values say, or more.
func (v *View) AtLeast(m Metric) bool {
	isShort := func(s *Source) bool { return s.Profile.Span != nil && s.Profile.Span.AtLeast }
	return (m == LiveBytes || m == LiveBlocks) && slices.ContainsFunc(v.sides, isShort)
}

// Percent returns the row's share of the total in percent; ok is false if there is none:
// for a total of 0, and for an average.
func (r *Report) Percent(row *Row) (percent float64, ok bool) {
	whole := r.Total.Sums.Get(r.Metric)
	if whole == 0 || r.Metric == Lifetime || r.byGrowth() {
		return 0, false
	}
	return 100 * float64(row.Sums.Get(r.Metric)) / float64(whole), true
}

// Elements returns how many elements of its type a row's blocks have room for: those of the
// metric that is sorted by, in a diff of the later profile. ok is false where that is not
// known exactly, and where the metric counts no bytes.
func (v *View) Elements(r *Row) (n uint64, ok bool) {
	size := r.Type.Element
	if size == 0 || v.Metric.Unit() != UnitBytes || !v.Metric.Additive() || v.AfterUnits().Estimated {
		return 0, false
	}
	bytes := r.Sums.Get(v.Metric)
	return bytes / size, bytes%size == 0
}

// compare puts the row with more of the metric first.
func (r *Report) compare(a, b *Row) int {
	if r.byGrowth() && a.Grown != nil && b.Grown != nil {
		return r.compareGrown(a, b)
	}
	if r.Options.Question == AskLeaks && r.Metric == LostBytes {
		return cmp.Or(b.Sums.compare(&a.Sums, LostBytes), b.Sums.compare(&a.Sums, EndBytes)) // what is lost comes first
	}
	return b.Sums.compare(&a.Sums, r.Metric)
}

// SortedBy is what rows are sorted by: a metric, or how they grew.
func (v *View) SortedBy() string {
	if v.byGrowth() {
		return "risen-bytes"
	}
	return v.Metric.String()
}

// nextToNothing is the percentage below which rows are folded that nobody asks for.
const nextToNothing = 0.1

// small reports whether --min folds the row, or it is next to nothing of what a report without a
// question and without --sort is about, and nobody asks for all rows.
func (r *Report) small(row *Row) bool {
	o := &r.Options
	least := o.minPercent() / 100
	if o.Min == nil && !o.Tree && o.Question == AskPeak && o.Metric == nil && o.Top > 0 {
		least = nextToNothing / 100
	}
	return least > 0 && float64(row.Sums.Get(r.Metric)) < least*float64(r.Total.Sums.Get(r.Metric))
}

// negligible reports whether --min folds a node of a tree.
func (r *Report) negligible(row *Row) bool { return r.small(row) }
