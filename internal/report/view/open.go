package view

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// Branch is a row below one of a table, which opens in its turn: what a reader asks for step by step,
// where a tree shows all at once.
type Branch struct {
	*Row
	opens *treeBuilder
	items []treeItem
	depth int
}

// Open returns what a row of a report's table is made of, all of it: the functions that called its
// site, or of a type the sites that allocate it. They add up to the row. None are there of a row
// that stands for others, and of one whose site nobody called.
func (r *Report) Open(row *Row) []*Branch {
	return r.open(row, func(o Options) *treeBuilder {
		keys := newKeys()
		side := newSide(r.Source, keys, o)
		side.ids = keys.intern(r.Source.Frames, exactKey(o))
		return newOpening(&r.View, r, o, keys, side)
	})
}

// Open returns what Report.Open does, as far as it changed.
func (d *Diff) Open(row *Row) []*Branch {
	return d.open(row, func(o Options) *treeBuilder {
		keys, earlier, later := d.newSides(o)
		return newOpening(&d.View, d, o, keys, earlier, later)
	})
}

// open opens a row with the builder that begin makes when a row is opened for the first time.
func (v *View) open(row *Row, begin func(Options) *treeBuilder) []*Branch {
	o := v.Options
	if row.Kind != Entry || v.grouped == nil || o.By != BySite && o.By != ByFunction && o.By != ByType {
		return nil
	}
	depth := 1 // of the callers of sites
	if o.By == ByType {
		o.By, depth = BySite, 0
	}
	if v.opening == nil {
		// Whatever a row is made of is to be seen, and was left by the filters.
		all := 0.0
		o.Tree, o.BottomUp, o.Top, o.Min = true, true, 0, &all
		o.Question, o.Focus, o.Ignore = AskPeak, nil, nil
		v.opening = begin(o)
	}
	b := v.opening
	var items []treeItem
	for i, s := range v.grouped {
		side := b.sides[i]
		for point, of := range s.rows {
			if of != row {
				continue
			}
			it := treeItem{point: &side.Profile.Points[point], index: int32(point), side: side}
			it.stack, it.runs = b.stacks[side].of(point)
			items = append(items, it)
		}
	}
	if len(b.sides) > 1 {
		b.weigh(items)
		row.gross = 0
		for _, it := range items {
			row.gross += it.gross
		}
	}
	return (&Branch{Row: row, opens: b, items: items, depth: depth}).Open()
}

// newOpening returns what opens the rows of a view.
func newOpening(v *View, r ranking, o Options, k *keys, sides ...*side) *treeBuilder {
	tree := *v
	tree.Options = o
	b := &treeBuilder{builder: newBuilder(&tree, r, k, sides...), steps: newTreeSteps(k), stacks: map[*side]*treeStacks{}}
	b.showsChunks = v.report != nil && v.report.Source.Profile.Sampling.IsExact()
	for _, s := range sides {
		b.stacks[s] = b.newTreeStacks(s)
	}
	return b
}

// Open returns what the branch is made of, which adds up to it: those that called it.
func (b *Branch) Open() []*Branch {
	t := b.opens
	if len(b.items) == 0 || b.depth == maxDepth {
		return nil
	}
	t.makeRoom(len(b.items))
	var own []treeItem // what level leaves out
	if b.Row.Grown != nil {
		own = slices.DeleteFunc(slices.Clone(b.items), func(it treeItem) bool { return b.depth < len(it.stack) })
	}
	rows, itemsOf := t.level(b.Row, b.items, b.depth)
	if b.Row.Grown != nil {
		for _, r := range rows {
			items := itemsOf[r]
			if r.Kind == Self {
				items = own
			}
			r.Grown = growthOf(items, len(b.Row.Grown.Live))
		}
	}
	rows = t.arrange(rows, t.noun(rows, b.depth), t.ranking.negligible)
	branches := make([]*Branch, len(rows))
	for i, r := range rows {
		branches[i] = &Branch{Row: r, opens: t, items: itemsOf[r], depth: b.depth + 1}
		if r.Kind == Entry || r.Kind == Run {
			t.recognise(r, itemsOf[r], b.depth)
		}
	}
	return branches
}

// makeRoom sees that so many items can be grouped, by all steps that there are by now.
func (b *treeBuilder) makeRoom(items int) {
	if items > len(b.sorted) {
		b.sorted, b.groups = make([]treeItem, items), make([]int32, items)
	}
	b.slots = append(b.slots, make([]int32, b.steps.len()-len(b.slots))...)
}

// growthOf returns how the points of items grew, together, which have so many moments.
func growthOf(items []treeItem, moments int) *Grown {
	g := &Grown{Live: make([]uint64, moments)}
	for _, it := range items {
		if f := it.point.Rest().Facts; f != nil {
			g.addFacts(f)
		}
	}
	return g
}

// Where returns the line of a row's site, in the source that the later profile is of, that has most of
// the metric there: sites are compared by function. It returns 0 where the later profile has nothing of
// the row, or it is of no site.
func (d *Diff) Where(row *Row) (file string, line int) {
	if d.grouped == nil || row.Kind != Entry || d.Options.By != BySite {
		return "", 0
	}
	s := d.grouped[1]
	lines := d.newLines()
	for i, of := range s.rows {
		if of != row {
			continue
		}
		pt := &s.Profile.Points[i]
		if site := s.site(pt.Stack.Frames()); site >= 0 {
			lines.add(s.Frames.Frame(pt.Stack.At(site)), pt)
		}
	}
	return lines.most()
}

// Where returns the line at which a function called what its branch is below, as Diff.Where does.
func (b *Branch) Where() (file string, line int) {
	lines := b.opens.view.newLines()
	for i := range b.items {
		it := &b.items[i]
		if at := b.opens.frameAt(it, b.depth-1); at >= 0 && !it.side.before {
			lines.add(it.side.Frames.Frame(it.point.Stack.At(at)), it.point)
		}
	}
	return lines.most()
}

// frameAt returns which frame of an item's point its step at a depth is, as an index; -1 for a run of
// frames, and where there is none.
func (b *treeBuilder) frameAt(it *treeItem, depth int) int {
	if depth < 0 || depth >= len(it.stack) || b.steps.isRun(it.stack[depth]) {
		return -1
	}
	at, run := it.side.site(it.point.Stack.Frames()), 0
	for _, step := range it.stack[:depth] {
		if b.steps.isRun(step) {
			at += int(it.runs[run])
			run++
		} else {
			at++
		}
	}
	if at >= it.point.Stack.Len() {
		return -1
	}
	return at
}

// lineSums tells what lines have of a metric.
type lineSums struct {
	metric Metric
	sums   map[sourceLine]uint64
}

type sourceLine struct {
	file string
	line int
}

func (v *View) newLines() *lineSums { return &lineSums{v.Metric, map[sourceLine]uint64{}} }

func (l *lineSums) add(f *frames.Frame, pt *profile.Point) {
	if f.File != "" && f.Line > 0 {
		l.sums[sourceLine{f.File, f.Line}] += l.metric.Value(pt)
	}
}

// most returns the line that has most; of equal ones always the same.
func (l *lineSums) most() (file string, line int) {
	var best sourceLine
	for at, n := range l.sums {
		if best.line == 0 || cmp.Or(cmp.Compare(n, l.sums[best]), strings.Compare(best.file, at.file), cmp.Compare(best.line, at.line)) > 0 {
			best = at
		}
	}
	return best.file, best.line
}
