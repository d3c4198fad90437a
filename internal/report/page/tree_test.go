package page_test

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// calls returns the calls of a stack, outermost first, as a page is to show them.
func calls(s *view.Source, stack []uint32) (all []string) {
	from, to := s.Frames.Trim(stack, false)
	if from < 0 {
		return nil
	}
	shown := stack[:to]
	if s.Frames.Frame(stack[from]).Runtime != nil {
		shown = stack[from:to]
	}
	for _, f := range slices.Backward(s.Frames.BelowAllocator(shown)) {
		fr := s.Frames.Frame(f)
		name := fr.Name() + " | " + fr.File
		if fr.Runtime != nil {
			name = fr.Runtime.Name + " | "
		}
		all = append(all, name)
	}
	return all
}

// path returns the calls of a node, outermost first.
func path(p *page.Page, node int32) string {
	if node == 0 {
		return ""
	}
	f := p.Nodes.Function[node]
	return path(p, p.Nodes.Parent[node]) + "\n" + p.Functions.Name[f] + " | " + fileOf(p, f)
}

func TestEachNodeOfAPageHasWhatWasAllocatedBelowIt(t *testing.T) {
	for name, p := range profiles() {
		t.Run(name, func(t *testing.T) {
			s := view.NewSource(p)
			for _, limit := range limits {
				got := build(t, page.Options{Limit: limit}, s)
				all := recordSums(got, func(i int) string { return path(got, got.Records.Node[i]) })
				below := sums{}
				for node, values := range all {
					parts := strings.Split(node, "\n")
					for i := range parts {
						below.add(strings.Join(parts[:i+1], "\n"), values...)
					}
				}
				want := sums{}
				for i := range p.Points {
					values := pointValues(t, got, s, i)
					stack := append([]string{""}, calls(s, p.Points[i].Stack.Frames())...)
					for k := range stack {
						if node := strings.Join(stack[:k+1], "\n"); below[node] != nil {
							want.add(node, values...)
						}
					}
				}
				below.compare(t, want)
			}
		})
	}
}

// pointValues returns what a page's metrics are of a point.
func pointValues(t *testing.T, p *page.Page, s *view.Source, point int) (values []uint64) {
	for _, m := range p.Metrics {
		metric, err := view.ParseMetric(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, metric.Value(&s.Profile.Points[point]))
	}
	return values
}

func TestANodeComesAfterItsCaller(t *testing.T) {
	got := build(t, page.Options{}, view.NewSource(reporttest.Random(1)))
	for i, parent := range got.Nodes.Parent {
		if int(parent) >= i {
			t.Fatalf("node %d has the parent %d", i, parent)
		}
	}
}

func TestWhatReportsPassIsPassedInAPage(t *testing.T) {
	for name, p := range profiles() {
		t.Run(name, func(t *testing.T) {
			s := view.NewSource(p)
			var index *page.Index
			got := build(t, page.Options{Words: func(_ *page.Page, x *page.Index) { index = x }}, s)
			steps := frames.NewSteps(s.Frames, false)
			for i := range p.Points {
				from, to := s.Frames.Trim(p.Points[i].Stack.Frames(), false)
				if from < 0 {
					continue
				}
				stack := p.Points[i].Stack.Frames()[from:to]
				node := index.Node(p.Points[i].Stack.Frames())
				for depth := len(calls(s, p.Points[i].Stack.Frames())); depth > len(stack); depth-- {
					node = got.Nodes.Parent[node] // plumbing inward of the site
				}
				var passed []bool // of each frame, innermost first
				for range stack {
					passed = append(passed, got.Nodes.Flags[node]&page.NodePassed != 0)
					node = got.Nodes.Parent[node]
				}
				passed[0] = false // the site
				folded, counts := steps.Fold(nil, nil, stack, 0)
				if want := fold(passed); want != len(folded) {
					t.Errorf("%v: %d steps, want %d with runs of %v", calls(s, p.Points[i].Stack.Frames()), want, len(folded), counts)
				}
			}
		})
	}
}

// fold returns how many steps there are if three or more that are passed in a row are one.
func fold(passed []bool) (steps int) {
	run := 0
	for _, is := range append(passed, false) {
		if is {
			run++
			continue
		}
		if run >= 3 {
			run = 1
		}
		steps += run + 1
		run = 0
	}
	return steps - 1
}
