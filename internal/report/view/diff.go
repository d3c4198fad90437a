package view

import (
	"cmp"
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// Diff shows what changed from one profile to another.
type Diff struct {
	View
	Before, After *Source

	// Bare is the profile that has no debug information where the other one has; nil where
	// there is none. Sites are then the functions that were compiled in both, not what is
	// inlined into them.
	Bare *Source

	Came Changes // of the rows of a table; of a tree nobody counts them

	// TypedBefore and TypedAfter are how much of the metric has a type that is known, whatever
	// the filters. Only a diff by type has them.
	TypedBefore, TypedAfter uint64
}

// NewDiff makes the diff that the options ask for. It refuses what NewReport does, and
// two profiles that do not measure the same.
func NewDiff(before, after *Source, o Options) (*Diff, error) {
	d := &Diff{View: View{Options: o}, Before: before, After: after}
	if err := o.Check(); err != nil {
		return nil, err
	}
	if err := SameMeasure(before, after); err != nil {
		return nil, err
	}
	if err := d.measure(before, after); err != nil {
		return nil, err
	}
	d.Total = &Row{Kind: Whole}
	var err error
	if d.Total.Before, err = Total(before.Profile); err != nil {
		return nil, err
	}
	if d.Total.Sums, err = Total(after.Profile); err != nil {
		return nil, err
	}
	keys, earlier, later := d.newSides(o)
	if o.By == ByType {
		d.TypedBefore, d.TypedAfter = earlier.typed(d.Metric), later.typed(d.Metric)
	}
	b := newBuilder(&d.View, d, keys, earlier, later)
	if o.Tree {
		d.Rows = b.tree()
		return d, nil
	}
	groups := b.group()
	if (o.By == BySite || o.By == ByFunction) && !o.ofOneProcess() && b.pairMoved(groups) {
		groups = b.group()
	}
	d.Came = d.changes(groups)
	d.Rows = b.table(groups)
	d.grouped = b.sides
	return d, nil
}

// newSides returns the two profiles of the diff, with keys for what is the same in both, and notes
// which of them is bare.
func (d *Diff) newSides(o Options) (k *keys, earlier, later *side) {
	k = newKeys()
	earlier, later = newSide(d.Before, k, o), newSide(d.After, k, o)
	earlier.before = true
	if o.ofOneProcess() {
		earlier.ids, later.ids = k.intern(d.Before.Frames, exactKey(o)), k.intern(d.After.Frames, exactKey(o))
		return k, earlier, later
	}
	d.Bare = match(k, o, earlier, later)
	if o.By != ByType && o.hasTypes() {
		k.matchTypes(earlier, later)
	}
	return k, earlier, later
}

// match numbers the frames of two profiles, and takes from their stacks what only one of them knows: see
// Diff.Bare, which it returns.
func match(k *keys, o Options, earlier, later *side) (bare *Source) {
	before, after := earlier.Source, later.Source
	matchFrames(k, o, earlier, later)
	if earlier.leaveInlined(later) {
		bare = after
	}
	if later.leaveInlined(earlier) {
		bare = before
	}
	return bare
}

// SameMeasure returns why two profiles cannot be compared: they count different
// things. Heaps measured by different tools can.
func SameMeasure(before, after *Source) error {
	a, b := before.Profile, after.Profile
	ua, ub := human.UnitsOf(a), human.UnitsOf(b)
	if m := a.Measure(); m != b.Measure() || m == profile.OtherMeasure && a.Mode != b.Mode {
		return fmt.Errorf("%s has the mode %q and %s %q, which measure different things", before.Name, a.Mode, after.Name, b.Mode)
	}
	if ua.One != ub.One {
		return fmt.Errorf("%s counts %s and %s %s", before.Name, ua.Many, after.Name, ub.Many)
	}
	return nil
}

// Percent returns the row's change in percent of the value before; ok is false if that is
// 0.
func (d *Diff) Percent(row *Row) (percent float64, ok bool) {
	c := row.Change(d.Metric)
	if c.Before == 0 {
		return 0, false
	}
	return float64(c.Sign()) * c.PercentSize(), true
}

// compare puts rows in the options' order: first the row with the larger change, and those whose change may be none
// last, if these say nothing else.
func (d *Diff) compare(a, b *Row) int {
	switch d.Options.Order {
	case ByLater:
		return b.Sums.compare(&a.Sums, d.Metric)
	case ByRise:
		return cmp.Or(b.Change(d.Metric).compareRise(a.Change(d.Metric)), b.Sums.compare(&a.Sums, d.Metric))
	}
	return cmp.Or(d.compareNoise(a, b), b.Change(d.Metric).compareSize(a.Change(d.Metric)))
}

// small reports whether --min or --min-change folds the row.
func (d *Diff) small(r *Row) bool {
	if d.Options.ofOneProcess() {
		return false
	}
	c := r.Change(d.Metric)
	return d.smallChange(c.Size(), c.Before)
}

// negligible reports whether --min or --min-change folds a node of a tree.
func (d *Diff) negligible(r *Row) bool {
	if d.Options.ofOneProcess() {
		return false
	}
	return r.gross == 0 || d.smallChange(float64(r.gross), float64(r.Before.Get(d.Metric)))
}

// smallChange reports whether a change of that size, from the value before, is one
// to fold: below --min percent of the larger total, or below --min-change.
func (d *Diff) smallChange(size, before float64) bool {
	whole := max(d.Total.Before.Get(d.Metric), d.Total.Sums.Get(d.Metric))
	if size < d.Options.minPercent()/100*float64(whole) {
		return true
	}
	t := d.Options.MinChange
	return size < float64(t.Amount) || before > 0 && 100*size/before < t.Percent
}
