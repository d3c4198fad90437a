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

func (l flameLabel) compare(o flameLabel) int {
	return cmp.Or(cmp.Compare(l.Name, o.Name), cmp.Compare(l.Module, o.Module), cmp.Compare(l.File, o.File))
}

// noStack labels what was allocated through a stack without frames, which
// files of other tools may hold.
const noStack = "[no stack]"

// flameLabels are the distinct labels of a profile's frames, in their order.
type flameLabels struct {
	labels  []flameLabel
	ofFrame []int32 // index into labels, by index into Profile.Frames
	noStack int32   // the label of a stack without frames
}

func newFlameLabels(frames *FrameTable, label func(*Frame) flameLabel) *flameLabels {
	l := &flameLabels{ofFrame: make([]int32, frames.Len())}
	// Entry 0 of the frame table is the root, which no stack refers to: its
	// place is free for the stack without frames.
	all := make([]flameLabel, frames.Len())
	all[0] = flameLabel{Name: noStack}
	for i := 1; i < len(all); i++ {
		all[i] = label(frames.Frame(uint32(i)))
	}
	l.labels = slices.Clone(all)
	slices.SortFunc(l.labels, flameLabel.compare)
	l.labels = slices.Compact(l.labels)
	index := make(map[flameLabel]int32, len(l.labels))
	for i, label := range l.labels {
		index[label] = int32(i)
	}
	for i, label := range all {
		l.ofFrame[i] = index[label]
	}
	l.noStack = l.ofFrame[0]
	return l
}

// flameStack is a stack of labels, outermost first, and how much of the metric
// was allocated through it.
type flameStack struct {
	labels []int32
	value  uint64
}

// flameStacks returns the stacks that have any of the metric, sorted, each once.
// So whatever has its outer frames in common stands together: a flame graph is
// read off the list, and no tree is built.
func flameStacks(p *dhat.Profile, m Metric, l *flameLabels) []flameStack {
	stacks := make([]flameStack, 0, len(p.Points))
	for i := range p.Points {
		pt := &p.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		labels := make([]int32, 0, max(len(pt.Frames), 1))
		for _, f := range slices.Backward(pt.Frames) {
			labels = append(labels, l.ofFrame[f])
		}
		if len(labels) == 0 {
			labels = append(labels, l.noStack)
		}
		stacks = append(stacks, flameStack{labels, value})
	}
	slices.SortFunc(stacks, func(a, b flameStack) int { return slices.Compare(a.labels, b.labels) })

	merged := stacks[:0]
	for _, s := range stacks {
		if n := len(merged); n > 0 && slices.Equal(merged[n-1].labels, s.labels) {
			merged[n-1].value += s.value
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
