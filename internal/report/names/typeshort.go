package names

import (
	"slices"
	"strings"
)

// ShortTypes returns short names for types, which all differ, no two of which are the same. Where the shortest
// of several would be, they get what tells them apart: parts of paths, the numbers of closures, all arguments, and
// at last everything. Names are cut to fit into width columns, unless that would make them the same.
func ShortTypes(types []Type, width int) []string {
	short := make([]string, len(types))
	groups := map[string][]int{}
	for i, t := range types {
		name := t.Short(width)
		groups[name] = append(groups[name], i)
	}
	used := map[string]bool{}
	for name, group := range groups {
		if len(group) == 1 {
			short[group[0]], used[name] = name, true
		}
	}
	// In the order of the types, for which name is free depends on it.
	for i, t := range types {
		group := groups[t.Short(width)]
		if len(group) == 1 || group[0] != i {
			continue
		}
		for j, name := range distinct(pick(types, group), width, used) {
			short[group[j]], used[name] = name, true
		}
	}
	return short
}

func pick(types []Type, indices []int) []Type {
	picked := make([]Type, len(indices))
	for i, j := range indices {
		picked[i] = types[j]
	}
	return picked
}

// distinct returns names for types that have one short name, none of which is used.
func distinct(types []Type, width int, used map[string]bool) []string {
	labels := labelsOf(types)
	told, arguments := typeStyle{short: true, labels: labels}, typeStyle{short: true, labels: labels, arguments: true, depth: all}
	for _, write := range []func(Type) string{
		func(t Type) string { return t.fit(told, width) },
		func(t Type) string { return t.fit(arguments, width) },
		func(t Type) string { return t.fit(told, 2*width) },
		func(t Type) string { return CutMiddle(t.format(arguments), width) },
		func(t Type) string { return t.format(arguments) },
	} {
		names := make([]string, len(types))
		seen := map[string]bool{}
		for i, t := range types {
			names[i] = write(t)
			seen[names[i]] = true
		}
		if len(seen) == len(types) && !overlap(seen, used) {
			return names
		}
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	return names
}

func overlap(a, b map[string]bool) bool {
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}

// labelsOf finds the types that have one name in different places, as far as they are part of the types, and
// returns what to call them: with the crate if that tells them apart, else with as many parts
// of their paths as do.
func labelsOf(types []Type) map[string]string {
	heads := map[string]map[string][]Segment{} // by short name, by head: the path
	for _, t := range types {
		t.each(func(part Type) {
			name := part.format(typeStyle{short: true})
			name, _, _ = strings.Cut(name, "<")
			if heads[name] == nil {
				heads[name] = map[string][]Segment{}
			}
			heads[name][part.Head()] = withoutImplementations(part.Path)
		})
	}
	labels := map[string]string{}
	for _, paths := range heads {
		if len(paths) < 2 {
			continue
		}
		for parts := 1; parts <= longest(paths); parts++ {
			tried := map[string]string{}
			seen := map[string]bool{}
			for head, path := range paths {
				tried[head] = pathLabel(path, parts)
				seen[tried[head]] = true
			}
			if len(seen) == len(paths) {
				for head, label := range tried {
					labels[head] = label
				}
				break
			}
		}
	}
	return labels
}

// withoutImplementations returns a path without the numbers of implementations in it, which tell a reader
// nothing.
func withoutImplementations(path []Segment) []Segment {
	return slices.DeleteFunc(slices.Clone(path), func(s Segment) bool { return strings.HasPrefix(s.Name, "{impl#") })
}

func longest(paths map[string][]Segment) int {
	most := 0
	for _, path := range paths {
		most = max(most, len(path))
	}
	return most
}

// pathLabel is the end of a path: with one part that and the crate, else so many parts.
func pathLabel(path []Segment, parts int) string {
	last := len(path) - 1
	from := last
	for from > 0 && strings.HasPrefix(path[from].Name, "{") {
		from--
	}
	label := ""
	if parts == 1 && from > 0 && path[0].Name != "" {
		label = path[0].Name + "::"
	}
	for _, s := range path[max(from-(parts-1), 0):] {
		label += s.Name + "::"
	}
	return strings.TrimSuffix(label, "::")
}

// each yields all paths that a type consists of.
func (t Type) each(yield func(Type)) {
	if t.Shape == Named && len(t.Path) > 0 {
		yield(t)
	}
	for _, a := range t.Args {
		a.each(yield)
	}
	for _, s := range t.Path {
		for _, a := range s.Args {
			a.each(yield)
		}
	}
}
