package page

import (
	"crypto/rand"
)

// Follow has a page that was made later of the same recording call things by the indices that they have in the page
// before: functions, places, types, calls, files and modules. So what somebody has chosen there stays chosen. It returns
// the later page's encoding.
//
// What the later page does not have any more keeps its index and has no records. Where that becomes more than what it
// has, and where there is no page before, the numbers are new, and so is Page.Numbers.
func Follow(before, after *Page) ([]byte, error) {
	if before != nil {
		f := newFollower(before, after)
		if f.fits() {
			f.renumber()
			after.Numbers = before.Numbers
			return encode(after)
		}
	}
	after.Numbers = rand.Text()
	return encode(after)
}

// follower gives things of a page the numbers that they have in the page before. Of each kind it has, of their indices
// in the page, those that they get.
type follower struct {
	before, after *Page

	files, modules, functions, places, types, nodes []int32

	// How many of each there are then.
	allFiles, allModules, allFunctions, allPlaces, allTypes, allNodes int
}

func newFollower(before, after *Page) *follower {
	f := &follower{before: before, after: after}
	f.files, f.allFiles = match(len(before.Files), len(after.Files), func(i int) string { return before.Files[i] }, func(i int) string { return after.Files[i] })
	f.modules, f.allModules = match(len(before.Modules), len(after.Modules), func(i int) string { return before.Modules[i] }, func(i int) string { return after.Modules[i] })

	type function struct {
		name, crate  string
		file, module int32
	}
	b, a := &before.Functions, &after.Functions
	f.functions, f.allFunctions = match(len(b.Name), len(a.Name),
		func(i int) function { return function{b.Name[i], b.Crate[i], b.File[i], b.Module[i]} },
		func(i int) function {
			return function{a.Name[i], a.Crate[i], of(f.files, a.File[i]), of(f.modules, a.Module[i])}
		})

	type place struct {
		function int32
		line     uint32
		where    string
	}
	p, q := &before.Places, &after.Places
	f.places, f.allPlaces = match(len(p.Function), len(q.Function),
		func(i int) place { return place{p.Function[i], p.Line[i], p.Where[i]} },
		func(i int) place { return place{of(f.functions, q.Function[i]), q.Line[i], q.Where[i]} })

	type named struct{ name, full string }
	f.types, f.allTypes = match(len(before.Types.Name), len(after.Types.Name),
		func(i int) named { return named{before.Types.Name[i], before.Types.Full[i]} },
		func(i int) named { return named{after.Types.Name[i], after.Types.Full[i]} })

	// A call is told by its caller, which comes before it and so has its number already.
	type node struct{ parent, function int32 }
	f.nodes = make([]int32, len(after.Nodes.Parent))
	f.nodes, f.allNodes = matchInto(f.nodes, len(before.Nodes.Parent),
		func(i int) node { return node{before.Nodes.Parent[i], before.Nodes.Function[i]} },
		func(i int) node {
			return node{of(f.nodes, after.Nodes.Parent[i]), of(f.functions, after.Nodes.Function[i])}
		})
	return f
}

// of returns the number that an index gets: what stands for nothing stays.
func of(numbers []int32, i int32) int32 {
	if i < 0 {
		return i
	}
	return numbers[i]
}

// match gives each of n things the index of the one of those before with the same key, of equal ones in their order, or
// else one behind these. It returns the indices, and how many there are then.
func match[K comparable](before, n int, beforeKey, key func(int) K) ([]int32, int) {
	return matchInto(make([]int32, n), before, beforeKey, key)
}

// matchInto is match, which writes an index before it asks for the next key.
func matchInto[K comparable](into []int32, before int, beforeKey, key func(int) K) ([]int32, int) {
	type nth struct {
		key K
		n   int
	}
	known, seen := make(map[nth]int32, before), make(map[K]int, before)
	for i := range before {
		k := beforeKey(i)
		known[nth{k, seen[k]}] = int32(i)
		seen[k]++
	}
	clear(seen)
	all := before
	for i := range into {
		k := key(i)
		number, isKnown := known[nth{k, seen[k]}]
		seen[k]++
		if !isKnown {
			number = int32(all)
			all++
		}
		into[i] = number
	}
	return into, all
}

// fits reports whether not too much is there that the later page does not have.
func (f *follower) fits() bool {
	const least = 1000 // so many are no burden
	isFew := func(all, now int) bool { return all <= 2*now+least }
	return isFew(f.allNodes, len(f.nodes)) && isFew(f.allPlaces, len(f.places)) && isFew(f.allFunctions, len(f.functions)) && isFew(f.allTypes, len(f.types))
}

// renumber gives everything in the later page its numbers.
func (f *follower) renumber() {
	p := f.after
	f.renumberNames()
	f.renumberNodes()
	for _, list := range []struct{ node, place, typ, siteType []int32 }{
		{p.Records.Node, p.Records.Place, p.Records.Type, p.Records.SiteType}, f.windows(),
	} {
		f.each(f.nodes, list.node)
		f.each(f.places, list.place)
		f.each(f.types, list.typ)
		f.each(f.types, list.siteType)
	}
	if g := p.Growth; g != nil {
		f.each(f.places, g.Place)
		f.each(f.types, g.Type)
	}
	if p.Resident != nil {
		for i := range p.Resident.Readings {
			s := &p.Resident.Readings[i].Sites
			f.each(f.places, s.Place)
			f.each(f.types, s.Type)
		}
	}
	for i := range p.Held {
		f.renumberHeld(&p.Held[i])
	}
	for i := range p.Findings {
		n := &p.Findings[i]
		n.Place, n.Type, n.Node = of(f.places, n.Place), of(f.types, n.Type), of(f.nodes, n.Node)
		for j := range n.Stack {
			n.Stack[j].File = of(f.files, n.Stack[j].File)
		}
	}
	for i := range p.Sources {
		p.Sources[i].File = of(f.files, p.Sources[i].File)
	}
}

func (f *follower) windows() (list struct{ node, place, typ, siteType []int32 }) {
	if w := f.after.Windows; w != nil {
		list.node, list.place, list.typ, list.siteType = w.Node, w.Place, w.Type, w.SiteType
	}
	return list
}

// each gives all indices of a column their numbers.
func (f *follower) each(numbers, column []int32) {
	for i := range column {
		column[i] = of(numbers, column[i])
	}
}

// spread returns a column that begins as the one before, in which each value of the later one stands at its number.
func spread[T any](before, after []T, numbers []int32, all int) []T {
	made := make([]T, all)
	copy(made, before)
	for i, number := range numbers {
		made[number] = after[i]
	}
	return made
}

func (f *follower) renumberNames() {
	b, p := f.before, f.after
	p.Files = spread(b.Files, p.Files, f.files, f.allFiles)
	p.Modules = spread(b.Modules, p.Modules, f.modules, f.allModules)

	x, y := &b.Functions, &p.Functions
	f.each(f.files, y.File)
	f.each(f.modules, y.Module)
	y.Name = spread(x.Name, y.Name, f.functions, f.allFunctions)
	y.Short = spread(x.Short, y.Short, f.functions, f.allFunctions)
	y.Apart = spread(x.Apart, y.Apart, f.functions, f.allFunctions)
	y.File = spread(x.File, y.File, f.functions, f.allFunctions)
	y.Module = spread(x.Module, y.Module, f.functions, f.allFunctions)
	y.Crate = spread(x.Crate, y.Crate, f.functions, f.allFunctions)
	y.Library = spread(x.Library, y.Library, f.functions, f.allFunctions)
	y.Flags = spread(x.Flags, y.Flags, f.functions, f.allFunctions)

	from, to := &b.Places, &p.Places
	f.each(f.functions, to.Function)
	to.Function = spread(from.Function, to.Function, f.places, f.allPlaces)
	to.Line = spread(from.Line, to.Line, f.places, f.allPlaces)
	to.Where = spread(from.Where, to.Where, f.places, f.allPlaces)
	to.Label = spread(from.Label, to.Label, f.places, f.allPlaces)

	p.Types.Name = spread(b.Types.Name, p.Types.Name, f.types, f.allTypes)
	p.Types.Full = spread(b.Types.Full, p.Types.Full, f.types, f.allTypes)
}

// renumberNodes renumbers the calls. Parents stay before their children: what is new comes after all that was there.
func (f *follower) renumberNodes() {
	b, n := &f.before.Nodes, &f.after.Nodes
	f.each(f.nodes, n.Parent)
	f.each(f.functions, n.Function)
	n.Parent = spread(b.Parent, n.Parent, f.nodes, f.allNodes)
	n.Function = spread(b.Function, n.Function, f.nodes, f.allNodes)
	n.Line = spread(b.Line, n.Line, f.nodes, f.allNodes)
	n.Flags = spread(b.Flags, n.Flags, f.nodes, f.allNodes)
	f.after.Pruned.AllNodes += f.allNodes - len(f.nodes) // which these are among
}

func (f *follower) renumberHeld(h *Held) {
	for i := range h.Owners {
		f.renumberThings(h.Owners[i].Top)
	}
	f.renumberThings(h.SharedTop)
	for i := range h.Lost {
		h.Lost[i].Place = of(f.places, h.Lost[i].Place)
	}
	for i := range h.Deep {
		d := &h.Deep[i]
		d.Place, d.Node = of(f.places, d.Place), of(f.nodes, d.Node)
	}
}

func (f *follower) renumberThings(all []Thing) {
	for i := range all {
		all[i].Place = of(f.places, all[i].Place)
	}
}
