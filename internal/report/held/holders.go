package held

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Holders is who holds some blocks of a snapshot.
type Holders struct {
	*Of
	Things  []Share // what the blocks are, of the most bytes first
	All     profile.Amount
	Holders []Holder // first those that hold most, then what several hold, then what is lost
	// Callers says that no site and no type matches, but functions that call sites.
	Callers bool
}

// Holder is who holds some blocks, and on which ways they are reached.
type Holder struct {
	Owner *profile.Owner // nil: several, or none if Lost
	Lost  bool
	profile.Amount
	Ways []Way // the most common first
}

// NewHolders returns who holds the blocks whose type or site is the expression, letter by letter; if there are none, those whose site
// or type matches it, else those that functions allocated which match. All is 0 where no block is of such.
func NewHolders(o *Of, re *regexp.Regexp) *Holders {
	h := &Holders{Of: o}
	for i, matches := range []func(*profile.Group) bool{o.ofThing(same(re.String())), o.ofThing(re.MatchString), o.calledBy(re)} {
		h.Callers = i == 2
		var groups []int
		for i := range o.Groups {
			if matches(&o.Groups[i]) {
				groups = append(groups, i)
			}
		}
		if len(groups) > 0 {
			h.find(groups)
			return h
		}
	}
	return h
}

// same returns whether names are this one.
func same(name string) func(string) bool { return func(s string) bool { return s == name } }

// ofThing returns which groups are of a site or a type with a name that matches.
func (o *Of) ofThing(matches func(name string) bool) func(*profile.Group) bool {
	known := map[Thing]bool{}
	return func(g *profile.Group) bool {
		t := o.Thing(g.Point, g.Class)
		match, ok := known[t]
		if !ok {
			s := t.Site
			for _, name := range []string{s.Function, s.Name, s.Label, names.Qualified(s.Label), s.File, place(t), t.Type, o.Source.Types.Of(g.Point).Full} {
				match = match || name != "" && matches(name)
			}
			known[t] = match
		}
		return match
	}
}

// place is where a site is, as tables have it: index.c:12.
func place(t Thing) string {
	if t.Site.Line == 0 {
		return t.Site.Place
	}
	return fmt.Sprintf("%s:%d", path.Base(t.Site.File), t.Site.Line)
}

// calledBy returns which groups are of stacks with a function that matches.
func (o *Of) calledBy(re *regexp.Regexp) func(*profile.Group) bool {
	frames := make([]bool, o.Source.Frames.Len())
	for i := range frames {
		frames[i] = re.MatchString(o.Source.Frames.Frame(uint32(i)).Name())
	}
	return func(g *profile.Group) bool {
		return slices.ContainsFunc(o.Source.Profile.Points[g.Point].Stack.Frames(), func(f uint32) bool { return frames[f] })
	}
}

// find fills in who holds the blocks of groups.
func (h *Holders) find(groups []int) {
	w := newWays(h.Of)
	things, holders := map[string]*Share{}, map[int]*Holder{}
	for _, i := range groups {
		g := &h.Groups[i]
		thing := h.Thing(g.Point, g.Class)
		if things[thing.Key()] == nil {
			things[thing.Key()] = &Share{Thing: thing}
		}
		things[thing.Key()].Add(g.Live)
		h.All.Add(g.Live)
		holder := holders[g.Owner]
		if holder == nil {
			holder = &Holder{Lost: g.Owner == profile.UnreachedOwner}
			if g.Owner >= 0 {
				holder.Owner = &h.Snapshot.Owners[g.Owner]
			}
			holders[g.Owner] = holder
		}
		holder.Add(g.Live)
		ways := w.to(i)
		if holder.Lost {
			ways = w.lostTo(i)
		}
		holder.Ways = append(holder.Ways, ways...)
	}
	for _, s := range things {
		h.Things = append(h.Things, *s)
	}
	slices.SortFunc(h.Things, func(a, b Share) int { return compareShares(&a, &b) })
	for _, owner := range slices.Sorted(maps.Keys(holders)) {
		holder := holders[owner]
		holder.Ways = joined(holder.Ways)
		h.Holders = append(h.Holders, *holder)
	}
	rank := func(h *Holder) int {
		switch {
		case h.Owner != nil:
			return 0
		case !h.Lost:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(h.Holders, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Blocks, a.Blocks))
	})
}

// Key tells a thing from others.
func (t Thing) Key() string {
	return strings.Join([]string{t.Type, t.Caller, t.Site.Name, t.Site.File, fmt.Sprint(t.Site.Line), t.Site.Module}, "\x00")
}

// joined makes one of ways with the same steps, and puts the most common first.
func joined(all []Way) []Way {
	index := map[string]int{}
	var out []Way
	for _, w := range all {
		key := fmt.Sprintf("%p", w.Owner)
		for _, s := range w.Steps {
			key += "\x01" + s.Key()
		}
		i, ok := index[key]
		if !ok {
			index[key], out = len(out), append(out, w)
			continue
		}
		out[i].Blocks += w.Blocks
		out[i].Exact = out[i].Exact && w.Exact
		for j := range w.Steps {
			out[i].Steps[j].Chained = out[i].Steps[j].Chained || w.Steps[j].Chained
		}
	}
	slices.SortStableFunc(out, func(a, b Way) int {
		return cmp.Or(cmp.Compare(b.Blocks, a.Blocks), cmp.Compare(len(a.Steps), len(b.Steps)))
	})
	return out
}

// Names returns what sites and types of a snapshot are called, each once.
func (o *Of) Names() (all []string) {
	seen := map[string]bool{}
	for _, g := range o.Groups {
		t := o.Thing(g.Point, g.Class)
		for _, name := range []string{t.Type, names.Qualified(t.Site.Label)} {
			if name != "" && !seen[name] {
				seen[name] = true
				all = append(all, name)
			}
		}
	}
	return all
}
