// Package heapsnapshot writes a snapshot of who holds what as V8's heap snapshots are, which the memory panel of Chrome's developer tools
// loads. Its nodes are owners and groups of blocks: of one site, one type and one owner. It imports held, human, names and the profile.
package heapsnapshot

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Options are how much there is to be in a file, and what is said in it.
type Options struct {
	Groups, Owners int                         // that have nodes of their own: the largest; 0: DefaultGroups, DefaultOwners
	Owner          func(*profile.Owner) string // what an owner is called
}

// With so many nodes a browser loads a file in a few seconds.
const (
	DefaultGroups = 50_000
	DefaultOwners = 20_000
)

// The kinds of nodes and edges, as the file names them.
const (
	objectNode    = 3
	nativeNode    = 8
	syntheticNode = 9

	elementEdge  = 1
	propertyEdge = 2
	weakEdge     = 6 // retains nothing
)

// File is a snapshot as the nodes and edges of a file.
type File struct {
	nodes []node
	edges int
}

type node struct {
	kind  int
	name  string
	size  uint64
	edges []edge
}

type edge struct {
	kind int
	name string // of a propertyEdge or a weakEdge
	to   int    // index into File.nodes
}

// New returns the file of a snapshot. Its nodes' sizes add up to all blocks.
func New(s *held.Of, o Options) *File {
	b := &builder{Of: s, File: &File{}, owners: make([]int, len(s.Owners)), groups: make([]int, len(s.Groups))}
	b.root = b.add(syntheticNode, "", 0)
	// Distances are counted from the root's children that are not synthetic, if it has this one.
	b.roots = b.add(syntheticNode, "(GC roots)", 0)
	b.point(b.root, edge{kind: elementEdge, to: b.roots})
	b.addOwners(o)
	b.shared = b.addRoot("(shared by several owners)")
	b.lost = b.addRoot("(lost)")
	b.addGroups(cmp.Or(o.Groups, DefaultGroups))
	b.addReferences()
	b.holdRest()
	b.split()
	return b.File
}

// builder makes a file.
type builder struct {
	*held.Of
	*File
	root, roots, shared, lost int
	owners, groups            []int // the node of each
	ownerOf                   []int // of each node of groups: its owner's node, or shared or lost
	held                      []int // nodes of groups
}

func (b *builder) add(kind int, name string, size uint64) int {
	b.nodes = append(b.nodes, node{kind: kind, name: name, size: size})
	return len(b.nodes) - 1
}

func (b *builder) point(from int, e edge) {
	b.nodes[from].edges = append(b.nodes[from].edges, e)
	b.edges++
}

// addRoot adds a node that stands for no owner.
func (b *builder) addRoot(name string) int {
	n := b.add(syntheticNode, name, 0)
	b.point(b.roots, edge{kind: elementEdge, to: n})
	return n
}

// addOwners gives those owners that retain most a node each, and the others one together.
func (b *builder) addOwners(o Options) {
	most, rest := cmp.Or(o.Owners, DefaultOwners), -1
	for i := range b.Snapshot.Owners {
		if i < most {
			b.owners[i] = b.add(nativeNode, o.Owner(&b.Snapshot.Owners[i]), 0)
			b.point(b.root, edge{kind: elementEdge, to: b.owners[i]})
			continue
		}
		if rest < 0 {
			rest = b.add(nativeNode, human.Counted(uint64(len(b.Snapshot.Owners)-most), "smaller owner"), 0)
			b.point(b.root, edge{kind: elementEdge, to: rest})
		}
		b.owners[i] = rest
	}
}

// holder returns the node of who has a group.
func (b *builder) holder(g *profile.Group) int {
	switch g.Owner {
	case profile.SharedOwner:
		return b.shared
	case profile.UnreachedOwner:
		return b.lost
	}
	return b.owners[g.Owner]
}

// addGroups gives each thing that an owner holds a node, and the smallest things of an owner one together.
func (b *builder) addGroups(most int) {
	type heldThing struct {
		holder int
		thing  string
	}
	parts := map[heldThing]*part{}
	var list []*part
	for i := range b.Groups {
		g := &b.Groups[i]
		t := b.Thing(g.Point, g.Class)
		key := heldThing{b.holder(g), t.Key()}
		p := parts[key]
		if p == nil {
			p = &part{Thing: t, holder: key.holder}
			parts[key], list = p, append(list, p)
		}
		p.size += g.Live.Bytes
		p.groups = append(p.groups, i)
	}
	slices.SortStableFunc(list, func(x, y *part) int { return cmp.Compare(y.size, x.size) })
	b.ownerOf = make([]int, len(b.nodes))
	small := map[int]int{} // the node of the others, by that of who has them
	for rank, p := range list {
		n, ok := small[p.holder]
		if rank < most || !ok {
			name := thingName(p.Thing)
			if rank >= most {
				name, small[p.holder] = "(smaller sites)", len(b.nodes)
			}
			n = b.add(objectNode, name, 0)
			b.ownerOf, b.held = append(b.ownerOf, p.holder), append(b.held, n)
		}
		b.nodes[n].size += p.size
		for _, g := range p.groups {
			b.groups[g] = n
		}
	}
}

// part is the groups of one thing that one owner holds.
type part struct {
	held.Thing
	holder int // its node
	groups []int
	size   uint64
}

// thingName says what blocks are: of which type, and from where.
func thingName(t held.Thing) string {
	const wide = 60 // columns
	where := strings.TrimSpace(names.Shorten(t.Label(), wide) + " " + t.Site.Place)
	if t.Type == "" {
		return where
	}
	return t.Type + " — " + where
}

// addReferences adds the pointers between groups, and from owners. An edge that would hide that one owner has a group alone is
// weak: from words that may be left over, from lost blocks.
func (b *builder) addReferences() {
	type ends struct {
		from, to int
		weak     bool
	}
	sums := map[ends]uint64{}
	var order []ends
	for i := range b.References {
		r := &b.References[i]
		to := b.groups[r.To]
		from, holder := 0, 0
		switch {
		case r.From >= 0:
			from = b.groups[r.From]
			holder = b.ownerOf[from]
		case r.Owner >= 0:
			from = b.owners[r.Owner]
			holder = from
		default:
			continue // the file was damaged
		}
		if from == to {
			continue
		}
		whose := b.ownerOf[to]
		e := ends{from, to, whose != holder && (whose != b.shared || holder == b.lost)}
		if sums[e] == 0 {
			order = append(order, e)
		}
		sums[e] += max(r.Pointers, 1)
	}
	for _, e := range order {
		kind := propertyEdge
		if e.weak {
			kind = weakEdge
		}
		b.point(e.from, edge{kind, human.Counted(sums[e], "pointer"), e.to})
	}
}

// holdRest adds edges to the groups to which no other edge leads from who has them: references are not all there where
// they are very many.
func (b *builder) holdRest() {
	reached := make([]bool, len(b.nodes))
	reach := func(from int) {
		stack := []int{from}
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if reached[n] {
				continue
			}
			reached[n] = true
			for _, e := range b.nodes[n].edges {
				if e.kind != weakEdge {
					stack = append(stack, e.to)
				}
			}
		}
	}
	for i := range b.Groups {
		// What is lost hangs on these.
		if g := &b.Groups[i]; g.Owner == profile.UnreachedOwner && g.Direct.Blocks+g.Cyclic.Blocks > 0 && !b.pointsTo(b.lost, b.groups[i]) {
			b.point(b.lost, edge{elementEdge, "", b.groups[i]})
		}
	}
	reach(b.root)
	for _, n := range b.held {
		if !reached[n] {
			b.point(b.ownerOf[n], edge{elementEdge, "", n})
			reach(n)
		}
	}
}

// pointsTo reports whether the last edge of a node leads to another one, as it does where several groups have become one.
func (b *builder) pointsTo(from, to int) bool {
	edges := b.nodes[from].edges
	return len(edges) > 0 && edges[len(edges)-1].to == to
}

// largest is the largest size of a node: readers have 32 bits for it.
const largest = 1<<32 - 1

// split gives nodes that are too large others for what is left.
func (b *builder) split() {
	for i := 0; i < len(b.nodes); i++ {
		if size := b.nodes[i].size; size > largest {
			b.nodes[i].size = largest
			b.point(i, edge{propertyEdge, "more of it", b.add(b.nodes[i].kind, b.nodes[i].name, size-largest)})
		}
	}
}
