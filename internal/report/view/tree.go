package view

import (
	"slices"

	"heapprof/internal/profile"
)

// tree builds the call tree: callers first, or sites first. The frames inside
// of the site are not part of it, but the type of the blocks is: the innermost row, or what
// tells a site's rows apart where sites come first.
//
// A node is made by grouping the points that reach it, and only the children
// that --min and --top leave are gone into. So the work grows with what is
// shown, where a tree of all stacks would have millions of nodes.
func (b *builder) tree() []*Row {
	t := &treeBuilder{builder: b, steps: newTreeSteps(b.keys)}
	items := t.items()
	t.slots = make([]int32, t.steps.len())
	return append(t.children(nil, items, 0), b.filtered.rows()...)
}

type treeBuilder struct {
	*builder
	steps  *treeSteps
	slots  []int32 // of each step, while a node's points are grouped: 1 + its group
	groups []int32 // of each of a node's points, while they are grouped: its group, or noGroup
	sorted []treeItem
	stacks map[*side]*treeStacks
}

// noGroup is the group of a point whose stack ends at the node.
const noGroup = -1

// treeItem is one point on its way down the tree.
type treeItem struct {
	point *profile.Point
	index int32 // of the point in its profile
	side  *side
	stack []uint32 // the steps that the tree shows of it, innermost first
	runs  []int32  // of each of these that is a run: its frames
	gross uint64   // in a diff: the size of its stack's change, in one of the stack's points
}

// index returns where in an item's stack the step at a depth of the tree is; ok is false if the
// stack does not go so deep.
func (b *treeBuilder) index(it *treeItem, depth int) (i int, ok bool) {
	if b.view.Options.BottomUp {
		return depth, depth < len(it.stack)
	}
	return len(it.stack) - 1 - depth, depth < len(it.stack)
}

// step returns the item's step at a depth of the tree, and whether the stack goes so deep.
func (b *treeBuilder) step(it *treeItem, depth int) (uint32, bool) {
	i, ok := b.index(it, depth)
	if !ok {
		return 0, false
	}
	return it.stack[i], true
}

// items returns the points that the filters leave. Where sites come first and all are of one
// profile, they have only the site: few sites are gone into, see complete.
func (b *treeBuilder) items() []treeItem {
	n := 0
	for _, s := range b.sides {
		n += len(s.Profile.Points)
	}
	items := make([]treeItem, 0, n)
	b.stacks = make(map[*side]*treeStacks, len(b.sides))
	for _, s := range b.sides {
		stacks := b.newTreeStacks(s)
		b.stacks[s] = stacks
		for i := range s.Profile.Points {
			pt := &s.Profile.Points[i]
			if kind := s.filter(i); kind != Entry {
				b.filtered.row(kind).sums(s).add(pt)
				continue
			}
			it := treeItem{point: pt, index: int32(i), side: s}
			if b.sitesAlone() {
				it.stack = stacks.site(i)
			} else {
				it.stack, it.runs = stacks.of(i)
			}
			items = append(items, it)
		}
	}
	if len(b.sides) > 1 {
		b.weigh(items)
	}
	b.sorted, b.groups = make([]treeItem, len(items)), make([]int32, len(items))
	return items
}

// sitesAlone reports whether the items have only their sites at first.
func (b *treeBuilder) sitesAlone() bool { return b.view.Options.BottomUp && len(b.sides) == 1 }

// complete gives items that have only their sites the rest of their stacks.
func (b *treeBuilder) complete(items []treeItem) {
	for i := range items {
		it := &items[i]
		it.stack, it.runs = b.stacks[it.side].of(int(it.index))
	}
	b.slots = append(b.slots, make([]int32, b.steps.len()-len(b.slots))...) // for runs that are new
}

// weigh works out how much each stack changed, and notes it in one of its
// points. The sizes of the changes below a node, whatever their signs, say
// whether it is worth showing: where one callee grew by as much as another
// shrank, both are.
func (b *treeBuilder) weigh(items []treeItem) {
	index := newStackIndex()
	type total struct {
		change Change
		item   *treeItem
	}
	var totals []total
	for i := range items {
		it := &items[i]
		n := index.number(nil, it.stack)
		if n == len(totals) {
			totals = append(totals, total{item: it})
		}
		value := b.view.Metric.Value(it.point)
		if it.side.before {
			totals[n].change.exactBefore += value
		} else {
			totals[n].change.exactAfter += value
		}
	}
	for _, t := range totals {
		t.item.gross = t.change.Abs()
	}
}

// maxDepth is how deep a tree goes: what writes one calls itself for each of its levels.
const maxDepth = profile.MaxDepth

// deeper returns the row that stands for all that is called beyond maxDepth.
func (b *treeBuilder) deeper(items []treeItem, depth int) *Row {
	r := &Row{Kind: Folded, Noun: "frame"}
	for _, it := range items {
		r.Count = max(r.Count, len(it.stack)-depth)
		r.sums(it.side).add(it.point)
		r.gross += it.gross
	}
	return r
}

// children groups the items, which all reach one node, by their steps one
// deeper, and returns the rows to show: sorted, folded, with their own children.
// It may change the order of items. The node is nil for the tree itself.
func (b *treeBuilder) children(node *Row, items []treeItem, depth int) []*Row {
	if depth == maxDepth {
		if row := b.deeper(items, depth); row.Count > 0 {
			return []*Row{row}
		}
		return nil
	}
	if depth == 1 && b.sitesAlone() {
		b.complete(items)
	}
	rows, itemsOf := b.level(node, items, depth)
	rows = b.arrange(rows, b.noun(rows, depth), b.ranking.negligible)
	for _, r := range rows {
		switch r.Kind {
		case Entry, Run, OfType:
			r.Children = b.children(r, itemsOf[r], depth+1)
			if len(r.Children) == 1 && r.Children[0].Kind == OfType {
				// The only type of a site is told of the site itself.
				r.Type, r.Children = r.Children[0].Type, nil
			}
			b.recognise(r, itemsOf[r], depth)
		}
	}
	return rows
}

// level groups the items, which all reach one node, by their steps one deeper. It returns a row for
// each, and one for what ends at the node, with the items of each but the last. It may change the
// order of items.
func (b *treeBuilder) level(node *Row, items []treeItem, depth int) (rows []*Row, itemsOf map[*Row][]treeItem) {
	self := &Row{Kind: Self}
	rows, counts := b.split(items, depth)
	groups := [][]treeItem{items}
	if node != nil && len(rows) == 1 && counts[0] == len(items) {
		b.inherit(rows[0], node, items, depth)
	} else {
		b.addUp(rows, self, items, depth)
		groups = b.partition(items, counts)
	}
	itemsOf = make(map[*Row][]treeItem, len(rows))
	for i, r := range rows {
		itemsOf[r] = groups[i]
	}
	if self.points() > 0 && (len(rows) > 0 || depth == 0) {
		rows = append(rows, self)
	}
	return rows, itemsOf
}

// split makes a row of each step that the items have at a depth, and returns how many items
// each has. It notes of each item which row that is.
func (b *treeBuilder) split(items []treeItem, depth int) (rows []*Row, counts []int) {
	var steps []uint32
	for i := range items {
		step, ok := b.step(&items[i], depth)
		if !ok {
			b.groups[i] = noGroup
			continue
		}
		slot := b.slots[step]
		if slot == 0 {
			rows, counts, steps = append(rows, b.steps.row(step)), append(counts, 0), append(steps, step)
			slot = int32(len(rows))
			b.slots[step] = slot
		}
		counts[slot-1]++
		b.groups[i] = slot - 1
	}
	for _, step := range steps {
		b.slots[step] = 0
	}
	return rows, counts
}

// inherit gives a row the sums of its node, whose only child it is: most of a tree's nodes are
// such, and to add up all their points again at each would take as long as the rest.
func (b *treeBuilder) inherit(r, node *Row, items []treeItem, depth int) {
	r.Before, r.Sums, r.gross = node.Before, node.Sums, node.gross
	if r.Kind == Run {
		for i := range items {
			r.Run.add(b.frames(&items[i], depth))
		}
	}
}

// addUp adds the items to their rows, and those that end at the node to self.
func (b *treeBuilder) addUp(rows []*Row, self *Row, items []treeItem, depth int) {
	for i := range items {
		it := &items[i]
		row := self
		if g := b.groups[i]; g != noGroup {
			row = rows[g]
			if row.Kind == Run {
				row.Run.add(b.frames(it, depth))
			}
		}
		row.sums(it.side).add(it.point)
		row.gross += it.gross
	}
}

// frames returns how many frames the run has that an item's step at a depth is.
func (b *treeBuilder) frames(it *treeItem, depth int) int {
	at, _ := b.index(it, depth)
	inner := 0 // runs inside of it
	for _, step := range it.stack[:at] {
		if b.steps.isRun(step) {
			inner++
		}
	}
	return int(it.runs[inner])
}

// noun returns what the rows at a depth of the tree are.
func (b *treeBuilder) noun(rows []*Row, depth int) string {
	if !slices.ContainsFunc(rows, func(r *Row) bool { return r.Kind != OfType }) {
		return ByType.String()
	}
	return b.view.treeNoun(depth)
}

// recognise finds whether a site's row is an arena or a pool.
func (b *treeBuilder) recognise(r *Row, items []treeItem, depth int) {
	site := len(r.Children) == 0
	if b.view.Options.BottomUp {
		site = depth == 0
	}
	if !site || !b.showsChunks {
		return
	}
	for i := range items {
		it := &items[i]
		if at := it.side.site(it.point.Stack.Frames()); at >= 0 {
			r.addCandidate(it.side.Frames, it.point, at)
		}
	}
	r.findChunks()
}

// partition brings the items of each group together and returns the groups'
// parts of items.
func (b *treeBuilder) partition(items []treeItem, counts []int) [][]treeItem {
	groups := make([][]treeItem, len(counts))
	sorted := b.sorted[:len(items)]
	at := 0
	for i, n := range counts {
		groups[i] = sorted[at : at : at+n]
		at += n
	}
	for i := range items {
		if g := b.groups[i]; g != noGroup {
			groups[g] = append(groups[g], items[i])
		}
	}
	copy(items, sorted[:at])
	at = 0
	for i, n := range counts {
		groups[i] = items[at : at+n]
		at += n
	}
	return groups
}

// treeNoun returns what the rows at a depth of the tree are.
func (v *View) treeNoun(depth int) string {
	switch {
	case v.Options.By != BySite:
		return v.Options.By.String()
	case !v.Options.BottomUp:
		return "call"
	case depth == 0:
		return "site"
	}
	return "caller"
}
