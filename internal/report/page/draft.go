package page

import (
	"cmp"
	"unicode"
	"unicode/utf8"

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

	// Of what the page has: its indices there.
	files, modules   map[string]int32
	functions, types []int32 // by numbers of view.Joint; notYet: the page does not have it
	numbers          []int32 // of places, by their indices in builder.places
}

// notYet is the index of what a page does not have, so far.
const notYet = -1

// noIndices returns the indices of n things that a page does not have.
func noIndices(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = notYet
	}
	return all
}

// draft makes a page, of whose windows it has only the moments.
func (b *builder) draft(l limits) *draft {
	d := &draft{
		builder: b, limits: l, page: &Page{Maker: b.options.Maker, Default: b.joint.Default.String()}, kept: b.tree.prune(b.nodes, l.nodes),
		keptPlaces: firstOf(b.heavyPlaces, l.places), keptTypes: firstOf(b.heavyTypes, l.types),
		files: map[string]int32{}, modules: map[string]int32{},
		functions: noIndices(len(b.joint.Functions)), types: noIndices(len(b.joint.Types)), numbers: noIndices(len(b.places)),
	}
	d.addHead()
	d.addNodes()
	d.addRecords()
	d.page.Sizes = b.sizes()
	if !b.isDiff() {
		d.addMoments()
		d.addGrowth()
		d.addResident()
		d.addHeld()
	}
	d.addWords()
	d.addSource()
	d.tellApart()
	return d
}

func (d *draft) addWords() {
	if d.options.Words != nil {
		d.options.Words(d.page, &Index{d})
	}
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
		title, words := callWords(d.later().Profile, m)
		d.page.Metrics = append(d.page.Metrics, Metric{m.String(), unitNames[m.Unit()], title, words})
	}
	for i := range d.joint.Sides {
		d.page.Sides = append(d.page.Sides, d.side(i))
	}
	last := d.later().Profile
	u := human.UnitsOf(last)
	d.page.Units = Units{
		One: u.One, Many: u.Many, Blocks: u.BlockName, Time: u.TimeName,
		Mega: names.Printable(last.Units.MegaTime), Verb: human.Verb(last), Calls: last.Measure().IsOfCalls(),
	}
	d.page.Rounded = d.isRounded()
	d.page.Pruned = Pruned{AllNodes: len(d.tree.nodes), AllPlaces: len(d.builder.places)}
}

// callWords returns what a metric of copies or of events is called, which are no blocks, and what only the
// profile's maker counts: see Metric.
func callWords(p *profile.Profile, m view.Metric) (title, words string) {
	u := human.UnitsOf(p)
	if m.IsExtra() {
		return u.Metric(m.String()), u.Metric(m.String())
	}
	if !p.Measure().IsOfCalls() {
		return "", ""
	}
	switch {
	case m.Unit() == view.UnitBlocks:
		words = u.BlockName
	case u.One == "byte":
		words = cmp.Or(human.Verb(p), u.Many)
	default:
		words = u.Many
	}
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:], words + " in all"
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
