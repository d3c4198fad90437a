package page

import (
	"math"

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
	points []point // of all sides
	places []place // all sites

	placeNumbers map[place]int32  // of each of places: its index
	callers      map[int32]string // of those of places whose functions have no names: the function that mostly calls it

	// Of nodes, places and types of joint: the heaviest first. What weighs most has the largest share of any column.
	nodes, heavyPlaces, heavyTypes []int32
	weights                        []float32 // of nodes
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
	index    int    // in the profile
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
	b.findCallers()
	return b, nil
}

// addPoints puts the points of all profiles into the tree.
func (b *builder) addPoints() {
	n := 0
	for i := range b.joint.Sides {
		n += len(b.joint.Sides[i].Profile.Points)
	}
	b.points = make([]point, 0, n)
	b.placeNumbers = map[place]int32{}
	for i := range b.joint.Sides {
		s := &b.joint.Sides[i]
		lines := make([]int32, s.Frames.Len())
		for f := range lines {
			lines[f] = b.line(s.Frames.Frame(uint32(f)))
		}
		var buffer []uint32
		for j := range s.Profile.Points {
			pt := point{Point: &s.Profile.Points[j], side: i, index: j, typ: s.Types[j], siteType: s.Rows[j].Type}
			at := place{function: s.Rows[j].Function}
			stack, site := drawn(s.Source, pt.Stack.Into(&buffer))
			if len(stack) > 0 {
				at.line = lines[stack[site]]
			}
			pt.node = b.tree.add(stack, site, s.Functions, lines, pt.TotalBytes)
			pt.place = b.number(at)
			b.points = append(b.points, pt)
		}
	}
	b.tree.markOuter()
}

// number returns the index of a site in places.
func (b *builder) number(at place) int32 {
	n, known := b.placeNumbers[at]
	if !known {
		n = int32(len(b.places))
		b.placeNumbers[at] = n
		b.places = append(b.places, at)
	}
	return n
}

// line is the line by which a frame is told from others of its function: in a diff none, as lines differ between builds.
func (b *builder) line(f *frames.Frame) int32 {
	if b.isDiff() || f.Runtime != nil {
		return 0
	}
	return int32(min(max(f.Line, 0), math.MaxInt32))
}

func (b *builder) isDiff() bool { return len(b.joint.Sides) > 1 }

// weigh finds what weighs most.
func (b *builder) weigh() {
	b.weights = make([]float32, len(b.tree.nodes))
	places, types := make([]float32, len(b.places)), make([]float32, len(b.joint.Types))
	ofNodes, ofPlaces, ofTypes := make([]uint64, len(b.weights)), make([]uint64, len(places)), make([]uint64, len(types))
	for _, c := range b.columns {
		if c.total == 0 {
			continue
		}
		clear(ofNodes)
		clear(ofPlaces)
		clear(ofTypes)
		for i := range b.points {
			p := &b.points[i]
			if p.side != c.side {
				continue
			}
			v := c.metric.Value(p.Point)
			ofNodes[p.node] += v
			ofPlaces[p.place] += v
			ofTypes[p.typ] += v
		}
		for n := len(ofNodes) - 1; n > 0; n-- {
			ofNodes[b.tree.nodes[n].parent] += ofNodes[n]
		}
		c.addShares(b.weights, ofNodes)
		c.addShares(places, ofPlaces)
		c.addShares(types, ofTypes)
	}
	b.nodes, b.heavyPlaces, b.heavyTypes = byWeight(b.weights), byWeight(places), byWeight(types)
}

// addShares makes weights the larger of what they are and of the shares of sums in the column's total.
func (c *column) addShares(weights []float32, sums []uint64) {
	for i, v := range sums {
		if v != 0 {
			weights[i] = max(weights[i], float32(float64(v)/float64(c.total)))
		}
	}
}
