package view

import "slices"

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
		if f := it.point.Facts; f != nil {
			g.addFacts(f)
		}
	}
	return g
}
