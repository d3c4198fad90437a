package flame

import (
	"cmp"
	"iter"
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
	order   []int32   // the points that have any of the metrics, in the order of their stacks
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
			g.order = append(g.order, int32(i))
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
	slices.SortFunc(g.order, func(a, b int32) int { return cmp.Or(slices.Compare(g.stacks[a], g.stacks[b]), cmp.Compare(a, b)) })
	return g
}

// MostStacks returns how many stacks Stacks returns at most.
func (g *Graph) MostStacks() int { return len(g.order) }

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

// Stacks returns the stacks that have any of the metric, which is one of those that the graph is of, sorted, each once.
// So whatever has its outer frames in common stands together: a flame graph is
// read off the list, and no tree is built.
func (g *Graph) Stacks(m view.Metric) iter.Seq[Stack] {
	return func(yield func(Stack) bool) {
		var ranges arena[Range]
		var last Stack // the next one may be the same
		for _, i := range g.order {
			pt := &g.profile.Points[i]
			value := m.Value(pt)
			if value == 0 {
				continue
			}
			sampled, _ := m.Sampled(pt.Samples)
			if last.Value != 0 && slices.Equal(last.Labels, g.stacks[i]) {
				last.Value += value
				last.Sampled = last.Sampled.Plus(sampled)
				for j, n := range g.runs[i] {
					last.Runs[j] = last.Runs[j].Or(Range{n, n})
				}
				continue
			}
			if last.Value != 0 && !yield(last) {
				return
			}
			runs := ranges.get(len(g.runs[i]))
			for j, n := range g.runs[i] {
				runs[j] = Range{n, n}
			}
			last = Stack{g.stacks[i], runs, value, sampled}
		}
		if last.Value != 0 {
			yield(last)
		}
	}
}
