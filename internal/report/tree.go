package report

// node is one place in a call tree while it is built. Nodes are numbered in the
// order they are found, so a parent's number is below its children's.
type node struct {
	parent int32
	key    uint32    // see keys
	value  [2]uint64 // the metric of everything below, for each profile
	self   [2]uint64 // the metric of the stacks that end here
	gross  uint64    // in a diff: the sizes of the changes below, whatever their signs
	shown  int32     // 1 + index of the row that stands for it; 0: none
}

// tree builds the call tree: callers first, or sites first. The frames inside
// of the site are not part of it.
//
// Whole sums are only worked out for the nodes that are shown: a profile of
// some hundred thousand stacks has millions of nodes, most of them below --min.
func (v *View) tree(sources []*source) []*Row {
	b := &treeBuilder{view: v, sources: sources, nodes: []node{{parent: -1}}, children: map[uint64]int32{}, hidden: newHidden()}
	for side, s := range sources {
		b.leaves[side] = make([]int32, len(s.profile.Points))
		for i := range s.profile.Points {
			b.leaves[side][i] = b.insert(side, i)
		}
	}
	for i := len(b.nodes) - 1; i > 0; i-- {
		n := &b.nodes[i]
		parent := &b.nodes[n.parent]
		n.gross += change{exactBefore: n.self[0], exactAfter: n.self[1]}.abs()
		parent.gross += n.gross
		for side := range n.value {
			n.value[side] += n.self[side]
			parent.value[side] += n.value[side]
		}
	}
	return append(b.rows(), b.hidden.rows()...)
}

type treeBuilder struct {
	view     *View
	sources  []*source
	nodes    []node
	children map[uint64]int32 // parent<<32 | key → node
	leaves   [2][]int32       // of each point: the node its stack ends at; -1: filtered
	hidden   *hidden
}

// insert adds a point's stack and returns the node it ends at, or -1.
func (b *treeBuilder) insert(side, point int) int32 {
	s := b.sources[side]
	pt := &s.profile.Points[point]
	if kind := s.filter(pt.Frames); kind != Entry {
		b.hidden.row(kind).Sums[side].add(pt)
		return -1
	}
	at := int32(0)
	if site := s.frames.Site(pt.Frames, s.allFrames); site >= 0 {
		stack := pt.Frames[site:]
		for i := range stack {
			f := stack[i]
			if !b.view.Options.BottomUp {
				f = stack[len(stack)-1-i]
			}
			at = b.child(at, s.ids[f])
		}
	}
	b.nodes[at].self[side] += b.view.Metric.Value(pt)
	return at
}

func (b *treeBuilder) child(parent int32, key uint32) int32 {
	at := uint64(parent)<<32 | uint64(key)
	if n, ok := b.children[at]; ok {
		return n
	}
	n := int32(len(b.nodes))
	b.nodes = append(b.nodes, node{parent: parent, key: key})
	b.children[at] = n
	return n
}

// rows turns the nodes that --min leaves into rows, with full sums, sorted and
// folded like those of a table.
func (b *treeBuilder) rows() []*Row {
	root := &Row{}
	rows := []*Row{root}
	b.nodes[0].shown = 1
	for i := 1; i < len(b.nodes); i++ {
		n := &b.nodes[i]
		// A hidden node's subtree is hidden with it.
		if b.nodes[n.parent].shown == 0 || b.view.negligible(n) {
			continue
		}
		row := &Row{Frame: b.sources[0].keys.frames[n.key]}
		rows = append(rows, row)
		n.shown = int32(len(rows))
		parent := rows[b.nodes[n.parent].shown-1]
		parent.Children = append(parent.Children, row)
	}
	own, rest := b.sum(rows)
	var finish func(i int, r *Row)
	index := make(map[*Row]int, len(rows))
	for i, r := range rows {
		index[r] = i
	}
	finish = func(i int, r *Row) {
		kids := r.Children
		if own[i].points() > 0 && (len(kids) > 0 || rest[i].count > 0) {
			kids = append(kids, &Row{Kind: Self, Frame: r.Frame, Sums: own[i].sums})
		}
		noun := b.view.treeNoun(i == 0)
		kids = b.view.arrange(kids, noun, nil)
		if rest[i].count > 0 {
			kids = mergeFolded(kids, rest[i], noun)
		}
		r.Children = kids
		for _, k := range kids {
			if k.Kind == Entry {
				finish(index[k], k)
			}
		}
	}
	finish(0, root)
	return root.Children
}

// part is what a row holds besides its shown children.
type part struct {
	sums  [2]Sums
	count int // distinct hidden children
}

func (p *part) points() int { return p.sums[0].points + p.sums[1].points }

// sum gives every row its sums, and returns for each what its own stacks add
// and what its hidden children do.
func (b *treeBuilder) sum(rows []*Row) (own, rest []part) {
	own, rest = make([]part, len(rows)), make([]part, len(rows))
	for side, s := range b.sources {
		for i, leaf := range b.leaves[side] {
			if leaf < 0 {
				continue
			}
			at := leaf
			for b.nodes[at].shown == 0 {
				at = b.nodes[at].parent
			}
			pt := &s.profile.Points[i]
			if at == leaf {
				own[b.nodes[at].shown-1].sums[side].add(pt)
			} else {
				rest[b.nodes[at].shown-1].sums[side].add(pt)
			}
			for ; at >= 0; at = b.nodes[at].parent {
				rows[b.nodes[at].shown-1].Sums[side].add(pt)
			}
		}
	}
	for i := 1; i < len(b.nodes); i++ {
		if n := &b.nodes[i]; n.shown == 0 {
			if above := b.nodes[n.parent].shown; above > 0 {
				rest[above-1].count++
			}
		}
	}
	return own, rest
}

// mergeFolded adds p to the folded row among rows, or a new one at the end.
func mergeFolded(rows []*Row, p part, noun string) []*Row {
	var folded *Row
	for _, r := range rows {
		if r.Kind == Folded {
			folded = r
		}
	}
	if folded == nil {
		folded = &Row{Kind: Folded, noun: noun}
		rows = append(rows, folded)
	}
	folded.Count += p.count
	for side := range folded.Sums {
		folded.Sums[side].addSums(&p.sums[side])
	}
	return rows
}

// negligible says whether --min or --min-change hides a node. In a diff the
// sizes of the changes below count, not their sum: where one callee grew by as
// much as another shrank, both are worth showing.
func (v *View) negligible(n *node) bool {
	if !v.diff() {
		return float64(n.value[0]) < v.minPercent()/100*float64(v.Total[0].Get(v.Metric))
	}
	if n.gross == 0 {
		return true
	}
	return v.smallChange(float64(n.gross), float64(n.value[0]))
}

// treeNoun is what the children of a node are, or the tree's top rows.
func (v *View) treeNoun(top bool) string {
	switch {
	case v.Options.By != BySite:
		return v.Options.By.String()
	case !v.Options.BottomUp:
		return "call"
	case top:
		return "site"
	}
	return "caller"
}
