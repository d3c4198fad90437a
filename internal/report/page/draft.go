package page

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// draft is a page that is being made of what a builder has.
type draft struct {
	*builder
	page *Page
	kept *pruned

	snapshots []*profile.Snapshot // of Page.Held
	owners    [][]*profile.Owner  // of Held.Owners of each

	files     numbering[string]
	modules   numbering[string]
	functions numbering[uint32] // by number of view.Joint
	places    numbering[int32]  // by index into builder.places
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

// mostNodes is how many nodes a page has at most.
const mostNodes = 20_000

// page makes a page.
func (b *builder) page() *Page {
	d := &draft{
		builder: b, page: &Page{Maker: b.options.Maker, Default: b.joint.Default.String()}, kept: b.tree.prune(b.order, mostNodes),
		files: numbering[string]{}, modules: numbering[string]{}, functions: numbering[uint32]{}, places: numbering[int32]{}, types: numbering[uint32]{},
	}
	for _, m := range b.metrics {
		d.page.Metrics = append(d.page.Metrics, Metric{m.String(), unitNames[m.Unit()]})
	}
	for i := range b.joint.Sides {
		d.page.Sides = append(d.page.Sides, b.side(i))
	}
	d.page.Units, d.page.Rounded = b.units(), b.isRounded()
	d.addNodes()
	d.addRecords()
	d.addWindows()
	d.page.Pruned = Pruned{AllNodes: len(b.tree.parent), AllRecords: len(b.points), AllPlaces: len(b.places)}
	if b.options.Words != nil {
		b.options.Words(d.page, &Index{d})
	}
	return d.page
}

func (b *builder) units() Units {
	last := b.joint.Sides[len(b.joint.Sides)-1].Profile
	u := human.UnitsOf(last)
	return Units{
		One: u.One, Many: u.Many, Blocks: u.BlockName, Time: u.TimeName,
		Mega: names.Printable(last.Units.MegaTime), Verb: names.Printable(last.Verb),
	}
}

// addNodes adds the nodes that were kept.
func (d *draft) addNodes() {
	t, n := d.tree, len(d.kept.nodes)
	nodes := Nodes{Parent: make([]int32, n), Function: make([]int32, n), Line: make([]uint32, n), Flags: make([]uint16, n)}
	for i, old := range d.kept.nodes {
		if i == 0 {
			nodes.Parent[i], nodes.Function[i] = -1, -1
			continue
		}
		nodes.Parent[i], nodes.Function[i] = d.kept.near[t.parent[old]], d.function(t.function[old])
		nodes.Line[i], nodes.Flags[i] = uint32(t.line[old]), uint16(t.flags[old]&^outer)
		if t.flags[old]&outer == 0 {
			nodes.Flags[i] |= NodePlumbing
		}
	}
	d.page.Nodes = nodes
}

// addRecords adds what was allocated.
func (d *draft) addRecords() {
	groups := d.group()
	r := &d.page.Records
	r.Values = make([][]uint64, len(d.columns))
	for i := range r.Values {
		r.Values[i] = make([]uint64, len(groups.records))
	}
	differ := false
	for i, key := range groups.records {
		r.Node, r.Place, r.Type = append(r.Node, key.node), append(r.Place, d.place(key.place)), append(r.Type, d.typ(key.typ))
		r.SiteType, r.Rest = append(r.SiteType, d.typ(key.siteType)), append(r.Rest, key.rest)
		differ = differ || key.typ != key.siteType
		for _, p := range groups.points[groups.first[i]:groups.first[i+1]] {
			pt := &d.points[p]
			for c, column := range d.columns {
				if column.side == pt.side {
					r.Values[c][i] += column.metric.Value(pt.Point)
				}
			}
		}
	}
	if !differ {
		r.SiteType = nil
	}
}

// function returns the index of a function.
func (d *draft) function(number uint32) int32 {
	i, isNew := d.functions.of(number)
	if !isNew {
		return i
	}
	f, site := d.joint.Functions[number], d.joint.Site(number, 0)
	all := &d.page.Functions
	all.Name = append(all.Name, site.Label)
	short := ""
	if f.Runtime == nil {
		short = names.Qualified(site.Label)
	}
	if short == site.Label {
		short = ""
	}
	all.Short = append(all.Short, short)
	all.Apart = append(all.Apart, "")
	all.File = append(all.File, addText(d.files, &d.page.Files, f.File))
	all.Module = append(all.Module, addText(d.modules, &d.page.Modules, f.Module))
	all.Crate = append(all.Crate, f.Crate.String())
	all.Library = append(all.Library, f.Library())
	all.Flags = append(all.Flags, functionFlags(f))
	return i
}

func functionFlags(f *frames.Frame) (flags uint16) {
	for _, is := range []struct {
		set  bool
		flag uint16
	}{
		{f.Own, FunctionOwn}, {f.Plumbing, FunctionPlumbing}, {f.Marker, FunctionMarker},
		{f.Function == "", FunctionNameless}, {f.IsMachinery(), FunctionPassed},
	} {
		if is.set {
			flags |= is.flag
		}
	}
	return flags
}

// addText returns the index of a text in a list; -1 for "".
func addText(n numbering[string], list *[]string, s string) int32 {
	if s == "" {
		return -1
	}
	i, isNew := n.of(s)
	if isNew {
		*list = append(*list, s)
	}
	return i
}

// place returns the index of a site, an index into builder.places.
func (d *draft) place(number int32) int32 {
	i, isNew := d.places.of(number)
	if !isNew {
		return i
	}
	at := d.builder.places[number]
	all := &d.page.Places
	all.Function = append(all.Function, d.function(at.function))
	all.Line = append(all.Line, uint32(at.line))
	all.Where = append(all.Where, d.joint.Site(at.function, int(at.line)).Place)
	all.Label = append(all.Label, "")
	return i
}

// typ returns the index of a type, by its number; -1 for none that is known.
func (d *draft) typ(number uint32) int32 {
	t := d.joint.Types[number]
	if t.Name == "" {
		return -1
	}
	i, isNew := d.types.of(number)
	if isNew {
		full := t.Full
		if full == t.Name {
			full = ""
		}
		d.page.Types.Name, d.page.Types.Full = append(d.page.Types.Name, t.Name), append(d.page.Types.Full, full)
	}
	return i
}
