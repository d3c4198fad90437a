package view

import (
	"slices"
	"strings"

	"heapprof/internal/report/frames"
)

// ranking is how rows are put in order and which of them are folded: a report goes by
// the metric, a diff by its change.
type ranking interface {
	compare(a, b *Row) int // negative if a is to be shown first
	small(r *Row) bool
	negligible(r *Row) bool // of a tree's node
}

// builder makes the rows of a view.
type builder struct {
	view        *View
	ranking     ranking
	sides       []*side
	keys        *keys
	naming      naming
	sites       []*Site // of each key, once it was asked for
	filtered    filtered
	showsChunks bool // rows are so small a part of one program that they may be an arena or a pool
}

func newBuilder(v *View, r ranking, k *keys, sides ...*side) *builder {
	return &builder{
		view: v, ranking: r, sides: sides, keys: k,
		naming:   naming{by: v.Options.By, allFrames: v.Options.AllFrames, builds: len(sides) > 1},
		sites:    make([]*Site, len(k.frames)),
		filtered: filtered{&Row{Kind: Unfocused}, &Row{Kind: Ignored}},
	}
}

// noKey is the key of what was allocated through a stack without frames.
const noKey = ^uint32(0)

// site returns what the frames of a key are to a reader.
func (b *builder) site(key uint32) *Site {
	if key == noKey {
		return b.naming.site(&frames.Frame{})
	}
	if b.sites[key] == nil {
		b.sites[key] = b.naming.site(b.keys.frames[key])
	}
	return b.sites[key]
}

// siteOf returns what an Entry stands for.
func (b *builder) siteOf(r *Row) *Site {
	if r.Site != nil {
		return r.Site
	}
	return b.site(r.key)
}

// group adds up the points that the filters leave, by site or by stack.
func (b *builder) group() []*Row {
	var groups []*Row
	byKey := make([]*Row, len(b.keys.frames))
	stacks := newStackIndex()
	var byStack []*Row
	var bare *Row // of stacks without frames
	for _, s := range b.sides {
		for i := range s.Profile.Points {
			pt := &s.Profile.Points[i]
			if kind := s.filter(pt.Frames); kind != Entry {
				b.filtered.row(kind).sums(s).add(pt)
				continue
			}
			var row *Row
			site := s.site(pt.Frames)
			switch {
			case site < 0:
				if bare == nil {
					bare = &Row{key: noKey}
					groups = append(groups, bare)
				}
				row = bare
			case b.view.Options.By == ByStack:
				n := stacks.number(s, s.shown(pt.Frames))
				if n == len(byStack) {
					row = &Row{key: s.ids[pt.Frames[site]], stack: stacks.known[n]}
					byStack = append(byStack, row)
					groups = append(groups, row)
				}
				row = byStack[n]
			default:
				key := s.ids[pt.Frames[site]]
				row = byKey[key]
				if row == nil {
					row = &Row{key: key}
					byKey[key] = row
					groups = append(groups, row)
				}
			}
			row.sums(s).add(pt)
			if b.showsChunks && site >= 0 {
				row.addCandidate(s.Frames, pt, site)
			}
		}
	}
	return groups
}

// table sorts the groups, folds the small ones, and completes those that are shown.
func (b *builder) table(groups []*Row) []*Row {
	rows := b.arrange(groups, b.view.Options.By.String(), b.ranking.small)
	for _, r := range rows {
		r.findChunks()
		for _, key := range r.stack.keys() {
			r.Stack = append(r.Stack, b.site(key))
		}
	}
	if by := b.view.Options.By; by == BySite || by == ByFunction {
		b.nameCallers(rows)
	}
	return append(rows, b.filtered.rows()...)
}

// arrange sorts rows and folds those beyond --top, and those that small picks out,
// into one that calls them by the noun.
func (b *builder) arrange(rows []*Row, noun string, small func(*Row) bool) []*Row {
	top := b.view.Options.Top
	slices.SortStableFunc(rows, b.compare)
	shown := rows[:0]
	folded := &Row{Kind: Folded, Noun: noun}
	for _, r := range rows {
		full := top > 0 && len(shown) >= top
		// One entry alone is shown rather than folded by --top: its line takes
		// as much room as the line that would stand for it.
		if full && folded.Count == 0 && r == rows[len(rows)-1] {
			full = false
		}
		if full || small(r) {
			folded.Count++
			folded.Before.addSums(&r.Before)
			folded.Sums.addSums(&r.Sums)
			continue
		}
		if r.Kind == Entry {
			r.Site = b.siteOf(r)
		}
		shown = append(shown, r)
	}
	if folded.Count > 0 {
		shown = append(shown, folded)
	}
	return shown
}

// compare is negative if the row x is to be shown before y. Rows that rank alike are
// ordered by the totals and then by name, so that a rebuilt profile shows the same order.
// Equal stacks, of which there are many with long names, keep the profile's order.
func (b *builder) compare(x, y *Row) int {
	if c := b.ranking.compare(x, y); c != 0 {
		return c
	}
	for _, m := range [...]Metric{TotalBytes, TotalBlocks} {
		if c := y.Before.compare(&x.Before, m); c != 0 {
			return c
		}
		if c := y.Sums.compare(&x.Sums, m); c != 0 {
			return c
		}
	}
	if b.view.Options.By == ByStack {
		return 0
	}
	if x.Kind != Entry || y.Kind != Entry {
		return int(y.Kind) - int(x.Kind) // the caller's own, or what was never freed, goes first; there is one at most
	}
	if c := compareDrops(x, y); c != 0 {
		return c
	}
	sx, sy := b.siteOf(x), b.siteOf(y)
	if c := strings.Compare(sx.Label, sy.Label); c != 0 {
		return c
	}
	return strings.Compare(sx.Place, sy.Place)
}

// filtered collects what the filters leave out.
type filtered struct{ unfocused, ignored *Row }

func (f *filtered) row(k Kind) *Row {
	if k == Ignored {
		return f.ignored
	}
	return f.unfocused
}

// rows returns the rows that something was left out into.
func (f *filtered) rows() []*Row {
	var rows []*Row
	for _, r := range []*Row{f.unfocused, f.ignored} {
		if r.points() > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}
