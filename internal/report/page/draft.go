package page

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// draft is a page that is being made of what a builder has, within limits.
type draft struct {
	*builder
	limits limits
	page   *Page
	kept   *pruned

	// Of indices into builder.places, and of numbers of types: whether the page has them. nil: it has all.
	keptPlaces, keptTypes []bool

	snapshots []*profile.Snapshot // of Page.Held
	owners    [][]*profile.Owner  // of Held.Owners of each

	files     numbering[string]
	modules   numbering[string]
	functions numbering[uint32] // by number of view.Joint
	numbers   numbering[int32]  // of places, by index into builder.places
	types     numbering[uint32] // by number of view.Joint
}

// numbering gives keys the indices of a list in the order in which they are first asked for.
type numbering[K comparable] map[K]int32

// of returns the index of a key, and whether it is new.
func (n numbering[K]) of(key K) (index int32, isNew bool) {
	index, ok := n[key]
	if !ok {
		index = int32(len(n))
		n[key] = index
	}
	return index, !ok
}

// page makes a page.
func (b *builder) page(l limits) *Page {
	d := &draft{
		builder: b, limits: l, page: &Page{Maker: b.options.Maker, Default: b.joint.Default.String()}, kept: b.tree.prune(b.nodes, l.nodes),
		keptPlaces: firstOf(b.heavyPlaces, l.places), keptTypes: firstOf(b.heavyTypes, l.types),
		files: numbering[string]{}, modules: numbering[string]{}, functions: numbering[uint32]{}, numbers: numbering[int32]{}, types: numbering[uint32]{},
	}
	d.addHead()
	d.addNodes()
	d.addRecords()
	d.page.Sizes = b.sizes()
	if !b.isDiff() {
		d.addWindows()
		d.addGrowth()
		d.addResident()
		d.addHeld()
	}
	if b.options.Words != nil {
		b.options.Words(d.page, &Index{d})
	}
	d.addSource()
	d.tellApart()
	return d.page
}

// later returns the only side, or the later one.
func (b *builder) later() *view.JointSide { return &b.joint.Sides[len(b.joint.Sides)-1] }

// firstOf returns which of the things in an order are the first n of them; nil where all are.
func firstOf(order []int32, n int) []bool {
	if len(order) <= n {
		return nil
	}
	first := make([]bool, len(order))
	for _, i := range order[:n] {
		first[i] = true
	}
	return first
}

// addHead adds what a page says of the profiles as a whole.
func (d *draft) addHead() {
	for _, m := range d.metrics {
		d.page.Metrics = append(d.page.Metrics, Metric{m.String(), unitNames[m.Unit()]})
	}
	for i := range d.joint.Sides {
		d.page.Sides = append(d.page.Sides, d.side(i))
	}
	last := d.later().Profile
	u := human.UnitsOf(last)
	d.page.Units = Units{
		One: u.One, Many: u.Many, Blocks: u.BlockName, Time: u.TimeName,
		Mega: names.Printable(last.Units.MegaTime), Verb: names.Printable(last.Verb),
	}
	d.page.Rounded = d.isRounded()
	d.page.Pruned = Pruned{AllNodes: len(d.tree.nodes), AllPlaces: len(d.builder.places)}
}

// addNodes adds the nodes that were kept.
func (d *draft) addNodes() {
	n := len(d.kept.nodes)
	nodes := Nodes{Parent: make([]int32, n), Function: make([]int32, n), Line: make([]uint32, n), Flags: make([]uint16, n)}
	nodes.Parent[0], nodes.Function[0] = -1, -1
	within := map[uint32]int{} // functions of the stack at hand: how often they are in it
	stack := []int32{0}
	for i := 1; i < n; i++ {
		node := &d.tree.nodes[d.kept.nodes[i]]
		nodes.Parent[i], nodes.Function[i], nodes.Line[i] = d.kept.near[node.parent], d.function(node.function), uint32(node.line)
		for stack[len(stack)-1] != nodes.Parent[i] {
			within[d.tree.nodes[d.kept.nodes[stack[len(stack)-1]]].function]--
			stack = stack[:len(stack)-1]
		}
		if d.joint.Functions[node.function].IsMachinery() || within[node.function] > 0 {
			nodes.Flags[i] |= NodePassed
		}
		within[node.function]++
		stack = append(stack, int32(i))
		if !node.outer {
			nodes.Flags[i] |= NodePlumbing
		}
		if node.lines {
			nodes.Flags[i] |= NodeMoreLines
		}
	}
	d.page.Nodes = nodes
}
