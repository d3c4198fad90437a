package flame

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// Options are what a flame graph is to show.
type Options struct {
	Metric *view.Metric // the width of a frame; nil: DefaultMetric
}

// Metric returns the metric to draw and its total. It is an error where
// the profile did not record the metric, or where frames side by side would not
// add up to the frame that they are in.
func Metric(p *profile.Profile, o Options) (m view.Metric, total uint64, err error) {
	m = view.DefaultMetric(p)
	if o.Metric != nil {
		m = *o.Metric
	}
	if !m.Has(p) {
		return m, 0, fmt.Errorf("the profile has no %s; it has %s", m, strings.Join(metricNames(p), ", "))
	}
	if !m.Additive() {
		return m, 0, fmt.Errorf("%s does not add up over stacks, so it cannot be the width of frames; take one of %s",
			m, strings.Join(metricNames(p), ", "))
	}
	sums, err := view.Total(p)
	if err != nil {
		return m, 0, err
	}
	return m, sums.Get(m), nil
}

// Metrics returns the metrics of p that can be the width of a frame.
func Metrics(p *profile.Profile) []view.Metric {
	var ms []view.Metric
	for _, m := range view.Metrics() {
		if m.Has(p) && m.Additive() {
			ms = append(ms, m)
		}
	}
	return ms
}

func metricNames(p *profile.Profile) []string {
	var names []string
	for _, m := range Metrics(p) {
		names = append(names, m.String())
	}
	return names
}

// Label is what one box of a flame graph stands for: all frames of a
// profile that share it, under the same caller. What a renderer cannot show it
// leaves empty, so that nothing is split that would look the same.
type Label struct {
	Name   string
	Apart  string // what tells it from others of its name: see namesakes
	File   string
	Module string
}

// Text returns the name, with what tells it from others of that name if there are any.
func (l Label) Text(name string) string {
	if l.Apart == "" {
		return name
	}
	return name + " [" + l.Apart + "]"
}

func (l Label) compare(o Label) int {
	return cmp.Or(cmp.Compare(l.Name, o.Name), cmp.Compare(l.Apart, o.Apart), cmp.Compare(l.Module, o.Module), cmp.Compare(l.File, o.File))
}

// namesakes returns of each frame what to tell it from others of its name by:
// their files, or their modules where no file is known, as the tree does. A
// frame that has no namesake has "".
func namesakes(t *frames.Table) []string {
	type function struct{ name, module string }
	withFile := map[function]bool{}
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); f.File != "" {
			withFile[function{f.Function, f.Module}] = true
		}
	}
	// A function's frame without a line says nothing of another function.
	vague := func(f *frames.Frame) bool { return f.File == "" && withFile[function{f.Function, f.Module}] }
	owners := map[string][]string{}
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); f.Function != "" && !vague(f) && !slices.Contains(owners[f.Function], f.Owner()) {
			owners[f.Function] = append(owners[f.Function], f.Owner())
		}
	}
	apart := make([]string, t.Len())
	for i := range t.Len() {
		if f := t.Frame(uint32(i)); len(owners[f.Function]) > 1 && !vague(f) && !f.Marker {
			apart[i] = shortestPath(f.Owner(), owners[f.Function])
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

// Labels are the distinct labels of a profile's frames, in their order.
type Labels struct {
	All     []Label
	OfFrame []int32 // index into All, by index into Profile.Frames
	NoStack int32   // index into All of what stands for a stack without frames
	frames  *frames.Table
}

// NewLabels returns the labels of a table's frames. label makes one of a frame, and of what
// tells it from others of its name: "" where it has no namesake.
func NewLabels(t *frames.Table, label func(f *frames.Frame, apart string) Label) *Labels {
	l := &Labels{frames: t, OfFrame: make([]int32, max(t.Len(), 1))}
	// Entry 0 of the frame table is the root, which no stack refers to: its
	// place is free for the stack without frames.
	all := make([]Label, max(t.Len(), 1))
	all[0] = Label{Name: frames.NoStack}
	apart := namesakes(t)
	for i := 1; i < len(all); i++ {
		all[i] = label(t.Frame(uint32(i)), apart[i])
	}
	l.All = slices.Clone(all)
	slices.SortFunc(l.All, Label.compare)
	l.All = slices.Compact(l.All)
	index := make(map[Label]int32, len(l.All))
	for i, label := range l.All {
		index[label] = int32(i)
	}
	for i, label := range all {
		l.OfFrame[i] = index[label]
	}
	l.NoStack = l.OfFrame[0]
	return l
}

// Stack returns the frames of a stack to draw: all but the allocation functions
// at its inner end.
func (l *Labels) Stack(pt *profile.Point) []uint32 { return l.frames.BelowAllocator(pt.Frames) }

// Stack is a stack of labels, outermost first, and how much of the metric
// was allocated through it.
type Stack struct {
	Labels  []int32
	Value   uint64
	Sampled profile.Sampled // what Value is estimated from; zero where it is exact or that is not known
}

// Stacks returns the stacks that have any of the metric, sorted, each once.
// So whatever has its outer frames in common stands together: a flame graph is
// read off the list, and no tree is built.
func Stacks(p *profile.Profile, m view.Metric, l *Labels) []Stack {
	stacks := make([]Stack, 0, len(p.Points))
	for i := range p.Points {
		pt := &p.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		frames := l.Stack(pt)
		labels := make([]int32, 0, max(len(frames), 1))
		for _, f := range slices.Backward(frames) {
			labels = append(labels, l.OfFrame[f])
		}
		if len(labels) == 0 {
			labels = append(labels, l.NoStack)
		}
		sampled, _ := m.Sampled(pt.Samples)
		stacks = append(stacks, Stack{labels, value, sampled})
	}
	slices.SortFunc(stacks, func(a, b Stack) int { return slices.Compare(a.Labels, b.Labels) })

	merged := stacks[:0]
	for _, s := range stacks {
		if n := len(merged); n > 0 && slices.Equal(merged[n-1].Labels, s.Labels) {
			merged[n-1].Value += s.Value
			merged[n-1].Sampled = merged[n-1].Sampled.Plus(s.Sampled)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
