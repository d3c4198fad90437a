package flame

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// Graph is a profile as a flame graph shows it: each of its points as a stack of labels.
type Graph struct {
	Labels []Label // distinct, in their order

	profile *profile.Profile
	stacks  [][]int32 // of each point: indices into Labels, outermost first
	runs    [][]int32 // of each point: how many frames are in each of the runs in its stack
}

// NewGraph returns the graph of a profile, of those points that have any of the metrics: at the
// peak most stacks have nothing. function makes the label of a frame, which it is
// given what to tell it from others of its name by: "" where it has no namesake.
func NewGraph(s *view.Source, o Options, metrics []view.Metric, function func(f *frames.Frame, apart string) Label) *Graph {
	n := len(s.Profile.Points)
	g := &Graph{profile: s.Profile, stacks: make([][]int32, n), runs: make([][]int32, n)}
	b := newBuilder(s, o)
	for i := range n {
		pt := &s.Profile.Points[i]
		if slices.ContainsFunc(metrics, func(m view.Metric) bool { return m.Value(pt) != 0 }) {
			g.stacks[i], g.runs[i] = b.add(i)
		}
	}
	all := b.labels(function)
	g.Labels = slices.Clone(all)
	slices.SortFunc(g.Labels, Label.compare)
	g.Labels = slices.Compact(g.Labels)
	index := make(map[Label]int32, len(g.Labels))
	for i, l := range g.Labels {
		index[l] = int32(i)
	}
	of := make([]int32, len(all))
	for i, l := range all {
		of[i] = index[l]
	}
	for _, stack := range g.stacks {
		for i, step := range stack {
			stack[i] = of[step]
		}
	}
	return g
}

// Stack returns the labels of a point's stack, outermost first, as indices into Labels.
func (g *Graph) Stack(point int) []int32 { return g.stacks[point] }

// Stack is a stack of labels, outermost first, and how much of the metric
// was allocated through it.
type Stack struct {
	Labels  []int32 // indices into Graph.Labels
	Runs    []Range // of each run among Labels: how many frames it has
	Value   uint64
	Sampled profile.Sampled // what Value is estimated from; zero where it is exact or that is not known
}

// Range is how many frames a run of one or more stacks has.
type Range struct{ Least, Most int32 }

// Or returns the range that has both.
func (r Range) Or(o Range) Range { return Range{min(r.Least, o.Least), max(r.Most, o.Most)} }

// Stacks returns the stacks that have any of the metric, sorted, each once.
// So whatever has its outer frames in common stands together: a flame graph is
// read off the list, and no tree is built.
func (g *Graph) Stacks(m view.Metric) []Stack {
	stacks := make([]Stack, 0, len(g.stacks))
	var ranges arena[Range]
	for i := range g.profile.Points {
		pt := &g.profile.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		runs := ranges.get(len(g.runs[i]))
		for j, n := range g.runs[i] {
			runs[j] = Range{n, n}
		}
		sampled, _ := m.Sampled(pt.Samples)
		stacks = append(stacks, Stack{g.stacks[i], runs, value, sampled})
	}
	slices.SortFunc(stacks, func(a, b Stack) int { return slices.Compare(a.Labels, b.Labels) })

	merged := stacks[:0]
	for _, s := range stacks {
		if n := len(merged); n > 0 && slices.Equal(merged[n-1].Labels, s.Labels) {
			last := &merged[n-1]
			last.Value += s.Value
			last.Sampled = last.Sampled.Plus(s.Sampled)
			for i, r := range s.Runs {
				last.Runs[i] = last.Runs[i].Or(r)
			}
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
