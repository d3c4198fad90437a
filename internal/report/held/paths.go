package held

import (
	"cmp"
	"encoding/binary"
	"slices"

	"heapprof/internal/profile"
)

// Paths knows for each group of a snapshot one path by which its blocks are reached.
type Paths struct {
	ways  *ways
	kinds map[string]uint32 // the things' keys, numbered
	kind  []uint32          // of each group: 1 + which kind of thing it is of; 0 before that was asked for
}

// NewPaths returns the paths to the groups of a snapshot.
func NewPaths(o *Of) *Paths {
	return &Paths{ways: newWays(o), kinds: map[string]uint32{}, kind: make([]uint32, len(o.Groups))}
}

// kindOf returns a number that groups share which cannot be told apart.
func (p *Paths) kindOf(group int) uint32 {
	if p.kind[group] == 0 {
		key := p.ways.thing(group).Key()
		if p.kinds[key] == 0 {
			p.kinds[key] = uint32(len(p.kinds) + 1)
		}
		p.kind[group] = p.kinds[key]
	}
	return p.kind[group]
}

// joined makes one of routes with the same steps.
func (p *Paths) joined(all []route) (out []route) {
	index := map[string]int{}
	for _, r := range all {
		key := binary.AppendVarint(nil, int64(r.owner))
		for i, g := range r.groups {
			if kind := p.kindOf(g); i == 0 || kind != p.kindOf(r.groups[i-1]) {
				key = binary.AppendUvarint(key, uint64(kind))
			}
		}
		i, ok := index[string(key)]
		if !ok {
			index[string(key)], out = len(out), append(out, r)
			continue
		}
		out[i].blocks += r.blocks
		out[i].whole += r.whole
		out[i].exact = out[i].exact && r.exact
	}
	return out
}

// Path is the most common of the shortest ways to the blocks of a group. Its last step is these blocks, and its owner is nil where they are
// lost: before them is then the lost thing that points to most of them, if half of them or more hang on others.
type Path struct {
	Owner *profile.Owner
	Steps []Step

	Only   bool    // no other way is known to any of the blocks
	Part   float64 // about how much of the group is reached on it, of 1
	Shared bool    // other owners lead to the blocks as well
}

// To returns the path to a group; ok is false where none is known.
func (p *Paths) To(group int) (path Path, ok bool) {
	w, g := p.ways, &p.ways.Groups[group]
	if g.Owner == profile.UnreachedOwner {
		return p.lostTo(group), true
	}
	all := p.joined(w.routes(group))
	if len(all) == 0 {
		return Path{}, false
	}
	first := slices.MinFunc(all, func(a, b route) int {
		return cmp.Or(cmp.Compare(b.blocks, a.blocks), cmp.Compare(len(a.groups), len(b.groups)))
	})
	return Path{
		Owner: &w.Snapshot.Owners[first.owner], Steps: w.steps(first.groups),
		Only: len(all) == 1 && first.exact, Part: first.whole / float64(max(g.Live.Blocks, 1)), Shared: g.Owner == profile.SharedOwner,
	}, true
}

// lostTo returns the path to a lost group.
func (p *Paths) lostTo(group int) Path {
	w, g := p.ways, &p.ways.Groups[group]
	from := joined(w.lostTo(group))
	part := 1 - float64(min(g.Live.Blocks, g.Direct.Blocks+g.Cyclic.Blocks))/float64(max(g.Live.Blocks, 1)) // that hangs on others
	path := Path{Steps: w.steps([]int{group}), Only: part == 0, Part: 1 - part}
	if len(from) == 0 || part < 0.5 {
		return path
	}
	pointers := 0.0
	for i := range from {
		pointers += from[i].Blocks
	}
	path.Only, path.Part = part == 1 && len(from) == 1 && !w.within[group], part*from[0].Blocks/max(pointers, 1)
	if before := from[0].Steps[0]; !before.same(path.Steps[0].Thing) {
		path.Steps = []Step{before, path.Steps[0]}
	} else {
		path.Steps[0].Chained = true
	}
	return path
}
