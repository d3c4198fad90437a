package page

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// builder makes pages of one or two profiles: a large one, and smaller ones until one is small enough. What it has was
// made once for all of them.
type builder struct {
	options Options
	joint   *view.Joint
	metrics []view.Metric
	columns []column // of the values of records

	tree   *tree
	points []point   // of all sides
	order  []int32   // nodes of the tree, the heaviest first
	weight []float32 // of each node of the tree: the largest share that it has of a column
	places []place   // all sites
	heavy  []float32 // of each place: as weight
}

// column is one of the values of records.
type column struct {
	side   int
	metric view.Metric
	total  uint64
}

// point is a point of a profile, and where it is in a page.
type point struct {
	*profile.Point
	side     int
	index    int
	node     int32  // in the whole tree
	place    int32  // index into builder.places
	typ      uint32 // its own
	siteType uint32 // of its row: see view.JointRow
}

// place is a site.
type place struct {
	function uint32
	line     int32
}

func newBuilder(sources []*view.Source, o Options) (*builder, error) {
	joint, err := view.NewJoint(sources...)
	if err != nil {
		return nil, err
	}
	b := &builder{options: o, joint: joint, tree: newTree()}
	for _, m := range joint.Metrics {
		if m.Additive() || m == view.Lifetime {
			b.metrics = append(b.metrics, m)
		}
	}
	for i := range joint.Sides {
		for _, m := range b.metrics {
			b.columns = append(b.columns, column{i, m, joint.Sides[i].Total.Get(m)})
		}
	}
	b.addPoints()
	b.weigh()
	b.order = byWeight(b.weight)
	return b, nil
}

// addPoints puts the points of all profiles into the tree.
func (b *builder) addPoints() {
	n := 0
	for i := range b.joint.Sides {
		n += len(b.joint.Sides[i].Profile.Points)
	}
	b.points = make([]point, 0, n)
	var places pairIndex
	for i := range b.joint.Sides {
		s := &b.joint.Sides[i]
		steps := frames.NewSteps(s.Frames, false)
		lines := make([]int32, s.Frames.Len())
		for f := range lines {
			lines[f] = b.line(s.Frames.Frame(uint32(f)))
		}
		var passed []bool
		for j := range s.Profile.Points {
			pt := point{Point: &s.Profile.Points[j], side: i, index: j, typ: s.Types[j], siteType: s.Rows[j].Type}
			stack, site := drawn(s.Source, pt.Frames)
			at := place{function: s.Rows[j].Function}
			if len(stack) > 0 {
				at.line = lines[stack[site]]
			}
			number, isNew := places.at(uint64(at.function)<<32|uint64(uint32(at.line)), len(b.places))
			if isNew {
				b.places = append(b.places, at)
			}
			pt.place = int32(number)
			isPassed := false
			for k := len(stack) - 1; k >= 0; k-- {
				f := stack[k]
				node, isNew := b.tree.child(pt.node, s.Functions[f], lines[f])
				pt.node = node
				if isNew {
					if !isPassed {
						passed, isPassed = steps.Passed(passed[:0], stack), true
					}
					if passed[k] {
						b.tree.flags[node] |= NodePassed
					}
				}
				if k >= site {
					b.tree.flags[node] |= outer
				}
			}
			b.points = append(b.points, pt)
		}
	}
}

// line is the line at which a frame is told from others of its function: in a diff none, as lines differ between builds.
func (b *builder) line(f *frames.Frame) int32 {
	if len(b.joint.Sides) > 1 || f.Runtime != nil {
		return 0
	}
	return int32(max(f.Line, 0))
}

// weigh works out the weights of nodes and of places.
func (b *builder) weigh() {
	t := b.tree
	b.weight, b.heavy = make([]float32, len(t.parent)), make([]float32, len(b.places))
	for _, c := range b.columns {
		if c.total == 0 {
			continue
		}
		nodes, places := make([]uint64, len(t.parent)), make([]uint64, len(b.places))
		for i := range b.points {
			if p := &b.points[i]; p.side == c.side {
				v := c.metric.Value(p.Point)
				nodes[p.node] += v
				places[p.place] += v
			}
		}
		for n := len(nodes) - 1; n > 0; n-- {
			nodes[t.parent[n]] += nodes[n]
		}
		share := func(weights []float32, sums []uint64) {
			for i, v := range sums {
				weights[i] = max(weights[i], float32(float64(v)/float64(c.total)))
			}
		}
		share(b.weight, nodes)
		share(b.heavy, places)
	}
}
