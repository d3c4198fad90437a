package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/dhat"
)

// FlameOptions says what a flame graph is to show.
type FlameOptions struct {
	Metric *Metric // the width of a frame; nil: DefaultMetric
}

// flameMetric returns the metric to draw and its total. It is an error where
// the profile did not record the metric, or where frames side by side would not
// add up to the frame that they are in.
func flameMetric(p *dhat.Profile, o FlameOptions) (m Metric, total uint64, err error) {
	m = DefaultMetric(p)
	if o.Metric != nil {
		m = *o.Metric
	}
	if !m.Has(p) {
		return m, 0, fmt.Errorf("the profile has no %s; it has %s", m, strings.Join(flameMetricNames(p), ", "))
	}
	if !m.Additive() {
		return m, 0, fmt.Errorf("%s does not add up over stacks, so it cannot be the width of frames; take one of %s",
			m, strings.Join(flameMetricNames(p), ", "))
	}
	sums, err := Total(p)
	if err != nil {
		return m, 0, err
	}
	return m, sums.Get(m), nil
}

// flameMetrics are the metrics of p that can be the width of a frame.
func flameMetrics(p *dhat.Profile) []Metric {
	var ms []Metric
	for _, m := range Metrics() {
		if m.Has(p) && m.Additive() {
			ms = append(ms, m)
		}
	}
	return ms
}

func flameMetricNames(p *dhat.Profile) []string {
	var names []string
	for _, m := range flameMetrics(p) {
		names = append(names, m.String())
	}
	return names
}

// flameLabel is what one box of a flame graph stands for: all frames of a
// profile that share it, under the same caller. What a renderer cannot show it
// leaves empty, so that nothing is split that would look the same.
type flameLabel struct {
	Name   string
	File   string
	Module string
}

// noStack labels what was allocated through a stack without frames, which
// files of other tools may hold.
const noStack = "[no stack]"

// flameLabels numbers the distinct labels of a profile's frames.
type flameLabels struct {
	labels  []flameLabel
	ofFrame []int32 // index into labels, by index into Profile.Frames
	noStack int32   // the label of a stack without frames
}

func newFlameLabels(frames *FrameTable, label func(*Frame) flameLabel) *flameLabels {
	l := &flameLabels{ofFrame: make([]int32, frames.Len())}
	index := make(map[flameLabel]int32)
	add := func(label flameLabel) int32 {
		i, ok := index[label]
		if !ok {
			i = int32(len(l.labels))
			index[label] = i
			l.labels = append(l.labels, label)
		}
		return i
	}
	// Entry 0 of the frame table is the root, which no stack refers to.
	for i := 1; i < frames.Len(); i++ {
		l.ofFrame[i] = add(label(frames.Frame(uint32(i))))
	}
	l.noStack = add(flameLabel{Name: noStack})
	return l
}

// flameNode is one box: a label under its caller.
type flameNode struct {
	label    int32 // -1 for the root
	parent   int32 // -1 for the root
	total    uint64
	self     uint64 // the part of total that no callee has
	children []int32
}

// flameTree is a profile as a tree of callers and callees. Node 0 is the root;
// a parent stands before its children.
type flameTree struct {
	nodes []flameNode
}

// newFlameTree adds up the metric of all points. Points that have none of it
// leave no trace.
func newFlameTree(p *dhat.Profile, m Metric, labels *flameLabels) *flameTree {
	t := &flameTree{nodes: []flameNode{{label: -1, parent: -1}}}
	type edge struct{ parent, label int32 }
	index := make(map[edge]int32)
	child := func(parent, label int32) int32 {
		e := edge{parent, label}
		n, ok := index[e]
		if !ok {
			n = int32(len(t.nodes))
			index[e] = n
			t.nodes = append(t.nodes, flameNode{label: label, parent: parent})
			t.nodes[parent].children = append(t.nodes[parent].children, n)
		}
		return n
	}

	// Points that follow each other mostly share their callers: what they
	// share is found without asking the index.
	var path []int32 // nodes of the stack before, outermost first
	for i := range p.Points {
		pt := &p.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		node, shared := int32(0), true
		for depth := range pt.Frames {
			label := labels.ofFrame[pt.Frames[len(pt.Frames)-1-depth]]
			shared = shared && depth < len(path) && t.nodes[path[depth]].label == label
			if shared {
				node = path[depth]
				continue
			}
			node = child(node, label)
			path = append(path[:depth], node)
		}
		path = path[:len(pt.Frames)]
		if len(pt.Frames) == 0 {
			node = child(0, labels.noStack)
		}
		t.nodes[node].self += value
	}

	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := &t.nodes[i]
		n.total += n.self
		if n.parent >= 0 {
			t.nodes[n.parent].total += n.total
		}
	}
	return t
}

// byName orders callees by their names, for output that is compared as text.
func (l *flameLabels) byName(a, b *flameNode) int {
	la, lb := &l.labels[a.label], &l.labels[b.label]
	return cmp.Or(cmp.Compare(la.Name, lb.Name), cmp.Compare(la.Module, lb.Module), cmp.Compare(la.File, lb.File))
}

// byTotal orders callees by their share, largest first.
func (l *flameLabels) byTotal(a, b *flameNode) int {
	return cmp.Or(cmp.Compare(b.total, a.total), l.byName(a, b))
}

// sort puts every node's callees into order.
func (t *flameTree) sort(order func(a, b *flameNode) int) {
	for i := range t.nodes {
		slices.SortFunc(t.nodes[i].children, func(a, b int32) int {
			return order(&t.nodes[a], &t.nodes[b])
		})
	}
}
