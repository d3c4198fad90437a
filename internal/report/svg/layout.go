package svg

import (
	"cmp"
	"container/heap"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
)

// node is a frame that is drawn, or may be: all stacks that have the same frames down to it.
type node struct {
	depth  int
	label  int32       // of no meaning at the root
	run    flame.Range // of a run: how many frames it has
	stacks []flame.Stack
	total  uint64
	caller *node
	order  int // among nodes of the same total

	sampled profile.Sampled // what total is estimated from

	callees []*node // of a node that is drawn: largest first
	drawn   int     // so many of them, the first, are drawn
}

// hasCallees reports whether any of the stacks goes on below the node.
func (n *node) hasCallees() bool {
	return slices.ContainsFunc(n.stacks, func(s flame.Stack) bool { return len(s.Labels) > n.depth })
}

// layout places the root, and in it the largest frames of all, most boxes in all. What the
// callees of a frame have that are not drawn is one more box beside the others.
func (d *drawing) layout(stacks []flame.Stack, most int) {
	root := &node{stacks: stacks, total: d.total}
	for i := range stacks {
		root.sampled = root.sampled.Plus(stacks[i].Sampled)
	}
	d.choose(root, most)
	d.names = []name{{name: "all", short: "all", module: -1}}
	d.boxes = []box{{total: root.total, sampled: root.sampled}}
	d.rows = 1
	d.place(root, 0)
}

// choose sets which callees are drawn of the root, and of each of these. A callee is never
// larger than its caller, so that all callers of the largest frames are among them.
func (d *drawing) choose(root *node, most int) {
	var open queue
	nodes := 1
	expand := func(n *node) {
		n.callees = d.callees(n)
		for _, c := range n.callees {
			c.order = nodes
			nodes++
			heap.Push(&open, c)
		}
	}
	expand(root)
	boxes := 1 // drawn
	rests := 0 // nodes that are drawn without some of their callees
	if len(root.callees) > 0 {
		rests++
	}
	for len(open) > 0 {
		n := heap.Pop(&open).(*node)
		more := rests
		if n.hasCallees() {
			more++
		}
		if n.caller.drawn == len(n.caller.callees)-1 {
			more--
		}
		if boxes+1+more > most {
			return
		}
		boxes, rests = boxes+1, more
		n.caller.drawn++
		expand(n)
	}
}

// callees returns what a node's stacks have next, largest first.
func (d *drawing) callees(n *node) []*node {
	var all []*node
	for i := 0; i < len(n.stacks); {
		if len(n.stacks[i].Labels) == n.depth {
			i++
			continue
		}
		c := &node{depth: n.depth + 1, label: n.stacks[i].Labels[n.depth], caller: n}
		first := i
		for ; i < len(n.stacks) && n.stacks[i].Labels[n.depth] == c.label; i++ {
			c.total += n.stacks[i].Value
			c.sampled = c.sampled.Plus(n.stacks[i].Sampled)
		}
		c.stacks = n.stacks[first:i]
		c.run = d.runAt(c.stacks, n.depth)
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b *node) int { return cmp.Compare(b.total, a.total) })
	return all
}

// place draws the callees of a node side by side from start on. What ends in the node itself is
// the blank at their right.
func (d *drawing) place(n *node, start uint64) {
	draw := func(key nameKey, total uint64, sampled profile.Sampled) {
		d.boxes = append(d.boxes, box{name: d.name(key), depth: n.depth + 1, start: start, total: total, sampled: sampled})
		d.rows = max(d.rows, n.depth+2)
	}
	drawn := n.callees[:n.drawn]
	rest := n.callees[n.drawn:]
	if len(rest) == 1 && !rest[0].hasCallees() {
		drawn, rest = n.callees, nil // it is as many boxes as a rest
	}
	for _, c := range drawn {
		draw(nameKey{label: c.label, run: c.run}, c.total, c.sampled)
		d.place(c, start)
		start += c.total
	}
	if len(rest) == 0 {
		return
	}
	var total uint64
	var sampled profile.Sampled
	for _, c := range rest {
		total += c.total
		sampled = sampled.Plus(c.sampled)
	}
	d.rest += total
	draw(nameKey{rest: len(rest)}, total, sampled)
}

// runAt returns how many frames the run has that stacks have at a depth, zero if that is no
// run.
func (d *drawing) runAt(stacks []flame.Stack, depth int) flame.Range {
	if d.labels[stacks[0].Labels[depth]].Kind != flame.Run {
		return flame.Range{}
	}
	outer := 0 // runs outside of it, in each of the stacks
	for _, label := range stacks[0].Labels[:depth] {
		if d.labels[label].Kind == flame.Run {
			outer++
		}
	}
	all := stacks[0].Runs[outer]
	for i := range stacks {
		all = all.Or(stacks[i].Runs[outer])
	}
	return all
}

// queue is a heap of nodes that may be drawn, the largest first.
type queue []*node

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].total, q[i].total), cmp.Compare(q[i].order, q[j].order)) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(n any)   { *q = append(*q, n.(*node)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	n := (*q)[last]
	*q = (*q)[:last]
	return n
}
