package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// FlameOptions says what a flame graph is to show.
type FlameOptions struct {
	Metric *Metric // the width of a frame; nil: DefaultMetric
}

// flameMetric returns the metric to draw and its total. It is an error where
// the profile did not record the metric, or where frames side by side would not
// add up to the frame that they are in.
func flameMetric(p *profile.Profile, o FlameOptions) (m Metric, total uint64, err error) {
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
func flameMetrics(p *profile.Profile) []Metric {
	var ms []Metric
	for _, m := range Metrics() {
		if m.Has(p) && m.Additive() {
			ms = append(ms, m)
		}
	}
	return ms
}

func flameMetricNames(p *profile.Profile) []string {
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
	Apart  string // what tells it from others of its name: see namesakes
	File   string
	Module string
}

// text is the name with what tells it from others, if anything does.
func (l flameLabel) text(name string) string {
	if l.Apart == "" {
		return name
	}
	return name + " [" + l.Apart + "]"
}

func (l flameLabel) compare(o flameLabel) int {
	return cmp.Or(cmp.Compare(l.Name, o.Name), cmp.Compare(l.Apart, o.Apart), cmp.Compare(l.Module, o.Module), cmp.Compare(l.File, o.File))
}

// noStack labels what was allocated through a stack without frames, which
// files of other tools may hold.
const noStack = "[no stack]"

// namesakes returns of each frame what to tell it from others of its name by:
// their files, or their modules where no file is known, as the tree does. A
// frame that has no namesake has "".
func namesakes(t *FrameTable) []string {
	type function struct{ name, module string }
	withFile := map[function]bool{}
	for i := range t.frames {
		if f := &t.frames[i]; f.File != "" {
			withFile[function{f.Function, f.Module}] = true
		}
	}
	// A function's frame without a line says nothing of another function.
	vague := func(f *Frame) bool { return f.File == "" && withFile[function{f.Function, f.Module}] }
	owners := map[string][]string{}
	for i := range t.frames {
		if f := &t.frames[i]; f.Function != "" && !vague(f) && !slices.Contains(owners[f.Function], owner(f)) {
			owners[f.Function] = append(owners[f.Function], owner(f))
		}
	}
	apart := make([]string, len(t.frames))
	for i := range t.frames {
		if f := &t.frames[i]; len(owners[f.Function]) > 1 && !vague(f) && !f.marker {
			apart[i] = shortestPath(owner(f), owners[f.Function])
		}
	}
	return apart
}

// shortestPath returns the last parts of a path by which it can be told from the
// others, or all of it.
func shortestPath(file string, others []string) string {
	for start := strings.LastIndexByte(file, '/'); start >= 0; start = strings.LastIndexByte(file[:start], '/') {
		tail := file[start:]
		if !slices.ContainsFunc(others, func(o string) bool { return o != file && strings.HasSuffix("/"+o, tail) }) {
			return tail[1:]
		}
	}
	return file
}

// flameLabels are the distinct labels of a profile's frames, in their order.
type flameLabels struct {
	frames  *FrameTable
	labels  []flameLabel
	ofFrame []int32 // index into labels, by index into Profile.Frames
	noStack int32   // the label of a stack without frames
}

func newFlameLabels(frames *FrameTable, label func(f *Frame, apart string) flameLabel) *flameLabels {
	l := &flameLabels{frames: frames, ofFrame: make([]int32, max(frames.Len(), 1))}
	// Entry 0 of the frame table is the root, which no stack refers to: its
	// place is free for the stack without frames.
	all := make([]flameLabel, max(frames.Len(), 1))
	all[0] = flameLabel{Name: noStack}
	apart := namesakes(frames)
	for i := 1; i < len(all); i++ {
		all[i] = label(frames.Frame(uint32(i)), apart[i])
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

// stack returns the frames of a stack to draw: all but the allocation functions
// at its inner end.
func (l *flameLabels) stack(pt *profile.Point) []uint32 { return l.frames.belowAllocator(pt.Frames) }

// flameStack is a stack of labels, outermost first, and how much of the metric
// was allocated through it.
type flameStack struct {
	labels []int32
	value  uint64
}

// flameStacks returns the stacks that have any of the metric, sorted, each once.
// So whatever has its outer frames in common stands together: a flame graph is
// read off the list, and no tree is built.
func flameStacks(p *profile.Profile, m Metric, l *flameLabels) []flameStack {
	stacks := make([]flameStack, 0, len(p.Points))
	for i := range p.Points {
		pt := &p.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		frames := l.stack(pt)
		labels := make([]int32, 0, max(len(frames), 1))
		for _, f := range slices.Backward(frames) {
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
