package held

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/types"
)

// Deep is how large some things of a snapshot are with all that they hold: variables, or the blocks of types or
// stacks.
type Deep struct {
	*Of
	Variables []*profile.Owner // those that retain most first
	Blocks    []DeepBlocks     // those with the most bytes first
}

// DeepBlocks is how large the blocks of a type or of a stack are with all that they hold.
type DeepBlocks struct {
	profile.DeepSizes
	Thing         // of a stack
	Type   string // of a type, as it is shown
	Caller string // of a stack: the function that calls the site; "" where there is none
}

// VariablesOf returns the variables of a snapshot that are called so: with all scopes, or without.
func VariablesOf(o *Of, name string) *Deep {
	d := &Deep{Of: o}
	for i := range o.Snapshot.Owners {
		owner := &o.Snapshot.Owners[i]
		if owner.IsVariable() && isCalled(owner.Name, name) {
			d.Variables = append(d.Variables, owner)
		}
	}
	slices.SortStableFunc(d.Variables, func(a, b *profile.Owner) int { return cmp.Compare(b.Retained.Bytes, a.Retained.Bytes) })
	return d
}

// isCalled reports whether a name, with all scopes, is the other one, which may lack the outer scopes.
func isCalled(full, name string) bool {
	scopes, ok := strings.CutSuffix(full, name)
	return ok && (scopes == "" || strings.HasSuffix(scopes, "::") && !strings.ContainsAny(scopes, "<( "))
}

// VariableNames returns what the variables of a snapshot are called.
func (o *Of) VariableNames() (all []string) {
	for i := range o.Snapshot.Owners {
		if owner := &o.Snapshot.Owners[i]; owner.IsVariable() && !slices.Contains(all, owner.Name) {
			all = append(all, owner.Name)
		}
	}
	return all
}

// TypesOf returns the types of a snapshot that are called so, else those that match.
func TypesOf(o *Of, name string, re *regexp.Regexp) *Deep {
	shown := o.shownTypes()
	of := func(matches func(full, short string) bool) *Deep {
		d := &Deep{Of: o}
		for _, s := range o.Snapshot.Deep {
			if short := cmp.Or(shown[s.Type], types.Class(s.Type)); s.Point < 0 && matches(s.Type, short) {
				d.Blocks = append(d.Blocks, DeepBlocks{DeepSizes: s, Type: short})
			}
		}
		return d.sorted()
	}
	if d := of(func(full, short string) bool { return short == name || isCalled(full, name) }); len(d.Blocks) > 0 {
		return d
	}
	return of(func(full, short string) bool { return re.MatchString(full) || re.MatchString(short) })
}

// shownTypes returns how types are shown, by what they are called with all paths.
func (o *Of) shownTypes() map[string]string {
	shown := map[string]string{}
	for i := range o.Source.Profile.Points {
		if t := o.Source.Types.Of(i); t.Name != "" {
			shown[t.Full] = t.Name
		}
	}
	return shown
}

// TypeNames returns what the types of a snapshot are called.
func (o *Of) TypeNames() (all []string) {
	shown := o.shownTypes()
	for _, s := range o.Snapshot.Deep {
		if s.Point < 0 {
			all = append(all, cmp.Or(shown[s.Type], types.Class(s.Type)))
		}
	}
	return all
}

// SitesOf returns the stacks of a snapshot whose site matches.
func SitesOf(o *Of, re *regexp.Regexp) *Deep {
	d := &Deep{Of: o}
	matches := o.ofThing(re.MatchString)
	for _, s := range o.Snapshot.Deep {
		if s.Point >= 0 && matches(&profile.Group{Point: s.Point}) {
			d.Blocks = append(d.Blocks, DeepBlocks{DeepSizes: s, Thing: o.Thing(s.Point, ""), Caller: o.caller(s.Point)})
		}
	}
	return d.sorted()
}

// caller returns the function that calls the site of a point.
func (o *Of) caller(point int) string {
	stack := o.Source.Profile.Points[point].Stack.Frames()
	site := o.Source.Frames.Site(stack, false)
	if site < 0 || site+1 >= len(stack) {
		return ""
	}
	return o.Source.Frames.Frame(stack[site+1]).Name()
}

func (d *Deep) sorted() *Deep {
	slices.SortStableFunc(d.Blocks, func(a, b DeepBlocks) int {
		return cmp.Or(cmp.Compare(b.DeepSizes.Live.Bytes, a.DeepSizes.Live.Bytes), cmp.Compare(a.Type, b.Type))
	})
	return d
}
