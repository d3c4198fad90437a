package view

import (
	"maps"
	"strings"

	"heapprof/internal/report/names"
)

// siteTypes are the types of the points of one side, by the keys of their sites.
type siteTypes map[uint32]map[uint32]bool

// typesAtSites returns which types each site of a side has.
func (s *side) typesAtSites() siteTypes {
	all := siteTypes{}
	var buffer []uint32
	for i := range s.Profile.Points {
		stack := s.Profile.Points[i].Stack.Into(&buffer)
		site := s.site(stack)
		if site < 0 {
			continue
		}
		key := s.ids[stack[site]]
		if all[key] == nil {
			all[key] = map[uint32]bool{}
		}
		all[key][s.types[i]] = true
	}
	return all
}

// isVague reports whether a type is not known, or not all of it: "Vec<…>".
func (k *keys) isVague(typ uint32) bool {
	return typ == noType || strings.Contains(k.types[typ].Full, names.Elided.Text)
}

// hasVague reports whether one of the types is vague, and allVague whether all are.
func (k *keys) hasVague(types map[uint32]bool) (has, all bool) {
	all = true
	for t := range types {
		vague := k.isVague(t)
		has, all = has || vague, all && vague
	}
	return has, all
}

// matchTypes makes one line of a diff of what two profiles have at one site where only one
// of them knows types there, as a build without debug information does, and of what has a
// type that is vague on one side and one of its own on the other.
func (k *keys) matchTypes(before, after *side) {
	early, late := before.typesAtSites(), after.typesAtSites()
	before.joined, after.joined = map[siteType]uint32{}, map[siteType]uint32{}
	for site, was := range early {
		is := late[site]
		if is == nil {
			continue
		}
		_, vagueBefore := k.hasVague(was)
		_, vagueAfter := k.hasVague(is)
		if vagueBefore != vagueAfter {
			k.join(site, was, is, before, after)
			continue
		}
		gone, fresh := without(was, is), without(is, was)
		vagueGone, _ := k.hasVague(gone)
		vagueFresh, _ := k.hasVague(fresh)
		if len(gone) > 0 && len(fresh) > 0 && (vagueGone || vagueFresh) {
			k.join(site, gone, fresh, before, after)
		}
	}
}

// siteType is a type at a site, by their keys.
type siteType struct{ site, typ uint32 }

// join makes one type of those of a site: the one that is known if it is alone.
func (k *keys) join(site uint32, was, is map[uint32]bool, before, after *side) {
	known := maps.Clone(was)
	maps.Copy(known, is)
	maps.DeleteFunc(known, func(t uint32, _ bool) bool { return k.isVague(t) })
	typ := uint32(noType)
	if len(known) == 1 {
		for typ = range known {
		}
	}
	for t := range was {
		before.joined[siteType{site, t}] = typ
	}
	for t := range is {
		after.joined[siteType{site, t}] = typ
	}
}

// without returns what is in a and not in b.
func without(a, b map[uint32]bool) map[uint32]bool {
	rest := map[uint32]bool{}
	for t := range a {
		if !b[t] {
			rest[t] = true
		}
	}
	return rest
}
