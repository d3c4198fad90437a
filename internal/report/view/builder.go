package view

import (
	"cmp"
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
	sites       map[rowKey]*Site // once they were asked for
	filtered    filtered
	showsChunks bool // rows are so small a part of one program that they may be an arena or a pool
}

func newBuilder(v *View, r ranking, k *keys, sides ...*side) *builder {
	v.Typed = v.Options.hasTypes() && len(k.types) > 1
	v.Owned = v.Options.hasCrates() && slices.ContainsFunc(k.frames, func(f *frames.Frame) bool { return f.Crate.Name != "" })
	return &builder{
		view: v, ranking: r, sides: sides, keys: k,
		naming:   naming{by: v.Options.By, allFrames: v.Options.AllFrames, function: v.Options.foldsLines(), builds: len(sides) > 1 && !v.Options.ofOneProcess()},
		sites:    map[rowKey]*Site{},
		filtered: filtered{&Row{Kind: Unfocused}, &Row{Kind: Ignored}},
	}
}

// site returns what an entry stands for to a reader.
func (b *builder) site(r *Row) *Site {
	if r.Site != nil {
		return r.Site
	}
	if r.key == noKey && (r.typ != noType || b.naming.by == ByType) {
		return b.cached(rowKey{frame: noKey, typ: r.typ}, func() *Site { return typeSite(b.keys.types[r.typ]) })
	}
	return b.frame(r.key)
}

// frame returns what the frames of a key are to a reader.
func (b *builder) frame(key uint32) *Site {
	return b.cached(rowKey{frame: key}, func() *Site {
		if key == noKey {
			return b.naming.site(&frames.Frame{})
		}
		return b.naming.site(b.keys.frames[key])
	})
}

func (b *builder) cached(key rowKey, site func() *Site) *Site {
	s, ok := b.sites[key]
	if !ok {
		s = site()
		b.sites[key] = s
	}
	return s
}

// group adds up the points that the filters leave, by what By says and by type. It notes of each
// side which of these rows its points are of.
func (b *builder) group() []*Row {
	var groups []*Row
	rows := newRowIndex(b.keys)
	stacks := newStackIndex()
	var buffer []uint32
	for _, s := range b.sides {
		s.rows = make([]*Row, len(s.Profile.Points))
		for i := range s.Profile.Points {
			pt := &s.Profile.Points[i]
			if kind := s.filter(i); kind != Entry {
				b.filtered.row(kind).sums(s).add(pt)
				continue
			}
			stack := pt.Stack.Into(&buffer)
			site := s.site(stack)
			key := b.rowKey(s, i, site)
			if b.view.Options.By == ByStack && site >= 0 {
				key.stack = stacks.number(s.ids, s.shown(stack))
			}
			row := rows.get(key)
			if row == nil {
				row = &Row{key: key.frame, typ: key.typ}
				if b.view.Options.By == ByStack && site >= 0 {
					row.stack = stacks.known[key.stack]
				}
				rows.put(key, row)
				groups = append(groups, row)
			}
			s.rows[i] = row
			row.sums(s).add(pt)
			if b.showsChunks && site >= 0 {
				row.addCandidate(s.Frames, pt, site)
			}
		}
	}
	return groups
}

// rowIndex finds the rows of a table by their keys: without a map those that have no type, as
// all of many profiles do.
type rowIndex struct {
	byFrame []*Row
	byKey   map[rowKey]*Row
}

func newRowIndex(k *keys) *rowIndex {
	return &rowIndex{byFrame: make([]*Row, len(k.frames)), byKey: map[rowKey]*Row{}}
}

// ofFrame reports whether a key is no more than that of a frame.
func (k rowKey) ofFrame() bool { return k.typ == noType && k.stack == 0 && k.frame != noKey }

func (x *rowIndex) get(k rowKey) *Row {
	if k.ofFrame() {
		return x.byFrame[k.frame]
	}
	return x.byKey[k]
}

func (x *rowIndex) put(k rowKey, r *Row) {
	if k.ofFrame() {
		x.byFrame[k.frame] = r
		return
	}
	x.byKey[k] = r
}

// rowKey returns which row of a table a point is of, but for its stack. site is an index into
// the point's stack, or -1.
func (b *builder) rowKey(s *side, point, site int) rowKey {
	key := rowKey{frame: noKey}
	if b.view.Options.hasTypes() {
		key.typ = s.types[point]
	}
	if site >= 0 && b.view.Options.By != ByType {
		at := s.Profile.Points[point].Stack.At(site)
		key.frame = s.ids[at]
		if !b.naming.allFrames && (s.Frames.Frame(at).Runtime != nil || s.Frames.ChunkNoun([]uint32{at}) != "") {
			// Its line says what it is, and its blocks are no objects, or not the reader's.
			key.typ = noType
		}
		if typ, ok := s.joined[siteType{key.frame, key.typ}]; ok && b.view.Options.hasTypes() {
			key.typ = typ
		}
	}
	return s.moved.counted(point, key)
}

// table sorts the groups, folds the small ones, and completes those that are shown.
func (b *builder) table(groups []*Row) []*Row {
	rows := b.arrange(groups, b.view.Options.By.String(), b.ranking.small)
	for _, r := range rows {
		r.findChunks()
		for _, key := range r.stack.keys() {
			r.Stack = append(r.Stack, b.frame(key))
		}
	}
	b.findLines(rows)
	if by := b.view.Options.By; by == BySite || by == ByFunction || by == ByType {
		b.nameCallers(rows)
	}
	if o := b.view.Options; o.Own && o.By != ByStack {
		b.nameVias(rows)
	}
	return append(rows, b.filtered.rows()...)
}

// arrange sorts rows and folds those beyond --top, and those that small picks out,
// into one that calls them by the noun, and those that the question does not ask for into another.
func (b *builder) arrange(rows []*Row, noun string, small func(*Row) bool) []*Row {
	top := b.view.Options.Top
	unasked := &Row{Kind: Unasked, Noun: noun}
	rows = slices.DeleteFunc(rows, func(r *Row) bool {
		if !b.view.unasked(r) {
			return false
		}
		unasked.fold(r)
		return true
	})
	slices.SortStableFunc(rows, b.compare)
	shown := rows[:0]
	folded, same := &Row{Kind: Folded, Noun: noun}, &Row{Kind: Unchanged, Noun: noun}
	changed := len(rows) - b.unchanged(rows)
	for _, r := range rows[changed:] {
		same.fold(r)
	}
	rows = rows[:changed]
	for _, r := range rows {
		full := top > 0 && len(shown) >= top
		// One entry alone is shown rather than folded by --top: its line takes
		// as much room as the line that would stand for it.
		if full && folded.Count == 0 && r == rows[len(rows)-1] {
			full = false
		}
		if full || small(r) {
			folded.fold(r)
			continue
		}
		if r.Kind == Entry {
			r.Site = b.site(r)
		}
		r.Type = b.keys.types[r.typ]
		shown = append(shown, r)
	}
	for _, r := range []*Row{folded, unasked, same} {
		if r.Count > 0 {
			shown = append(shown, r)
		}
	}
	return shown
}

// unchanged returns how many rows of a table, the last of the sorted ones, are folded as they have
// as much of the metric as before: in a diff, unless every row is asked for. One alone takes as
// much room as the line that would stand for it.
func (b *builder) unchanged(rows []*Row) (n int) {
	if len(b.sides) < 2 || b.view.Options.Tree || b.view.Options.Top == 0 || b.view.Options.ofOneProcess() {
		return 0
	}
	for n < len(rows) && rows[len(rows)-1-n].Kind == Entry && rows[len(rows)-1-n].Change(b.view.Metric).Sign() == 0 {
		n++
	}
	if n == 1 {
		return 0
	}
	return n
}

// fold adds a row that is not shown to the one that stands for it.
func (r *Row) fold(hidden *Row) {
	r.Count++
	r.Before.addSums(&hidden.Before)
	r.Sums.addSums(&hidden.Sums)
	r.Grown = r.Grown.add(hidden.Grown)
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
	if x.Kind == Run && y.Kind == Run {
		return strings.Compare(x.Run.Key(), y.Run.Key())
	}
	if x.Kind == OfType && y.Kind == OfType {
		return strings.Compare(b.keys.types[x.typ].Name, b.keys.types[y.typ].Name)
	}
	if x.Kind != Entry || y.Kind != Entry {
		return int(y.Kind) - int(x.Kind) // the caller's own, or what was never freed, goes first; there is one at most
	}
	if c := compareDrops(x, y); c != 0 {
		return c
	}
	sx, sy := b.site(x), b.site(y)
	return cmp.Or(
		strings.Compare(sx.Label, sy.Label),
		strings.Compare(sx.Place, sy.Place),
		strings.Compare(b.keys.types[x.typ].Name, b.keys.types[y.typ].Name),
	)
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
