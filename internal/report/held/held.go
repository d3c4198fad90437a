// Package held makes of a profile's snapshots what pages on who holds memory show, as plain data:
// owners with what they retain, what is lost, who holds the blocks of a site or a type, and how
// large things are with all that they hold. It imports the profile, human, names, types and view.
package held

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/types"
	"heapprof/internal/report/view"
)

// Of is a snapshot of a profile, to be shown.
type Of struct {
	*profile.Snapshot
	Source *view.Source
	Units  human.Units
	Others []*profile.Snapshot // of the same profile, in the order of time

	sites []*view.Site // of points, as far as they were asked for
}

// New returns the snapshot with the index among those of a source's profile.
func New(s *view.Source, index int) *Of {
	o := &Of{Source: s, Units: human.UnitsOf(s.Profile), sites: make([]*view.Site, len(s.Profile.Points))}
	all := s.Profile.Recording.Snapshots
	for i := range all {
		if i != index {
			o.Others = append(o.Others, &all[i])
		}
	}
	named := all[index]
	named.Owners = view.NamedOwners(&named)
	o.Snapshot = &named
	slices.SortStableFunc(o.Others, func(a, b *profile.Snapshot) int { return cmp.Compare(a.Time, b.Time) })
	return o
}

// PeakBytes returns how many bytes lived at the peak of the run.
func (o *Of) PeakBytes() uint64 { return o.Source.Profile.Totals().PeakBytes }

// Held is the blocks that are neither lost nor held by several owners.
func (o *Of) Held() profile.Amount {
	return profile.Amount{
		Bytes:  o.Live.Bytes - min(o.Live.Bytes, o.Shared.Bytes+o.Unreached.Bytes),
		Blocks: o.Live.Blocks - min(o.Live.Blocks, o.Shared.Blocks+o.Unreached.Blocks),
	}
}

// Thing is what a block is: where it was allocated, and of which type it is.
type Thing struct {
	Site *view.Site
	Type string // "" where it is not known, or there are several
	// Caller is the nearest function with a name that a site without one runs for; "" where there is none, or the site has one.
	Caller string
}

// Label is what a reader is to call the site.
func (t Thing) Label() string {
	if t.Caller == "" {
		return t.Site.Label
	}
	return t.Site.Label + ", " + t.Caller
}

// Thing returns what the blocks of a point are that begin with the address of a class's table.
func (o *Of) Thing(point int, class string) Thing {
	if o.sites[point] == nil {
		o.sites[point] = o.Source.Site(o.Source.Profile.Points[point].Stack.Frames())
	}
	t := Thing{Site: o.sites[point], Type: o.Source.Types.Of(point).Name}
	if t.Type == "" && class != "" {
		t.Type = names.Printable(types.Class(class))
	}
	if t.Site.Function == "" {
		t.Caller = o.namedCaller(point)
	}
	return t
}

// namedCaller returns the nearest function with a name on a point's stack; "" where none is but those that run before main.
func (o *Of) namedCaller(point int) string {
	for _, i := range o.Source.Profile.Points[point].Stack.All() {
		if f := o.Source.Frames.Frame(i); f.Function != "" && !f.Plumbing {
			if f.Startup {
				break
			}
			return names.Qualified(f.Name())
		}
	}
	return ""
}

// same reports whether two things cannot be told apart.
func (t Thing) same(u Thing) bool {
	return t.Type == u.Type && t.Caller == u.Caller && *t.Site == *u.Site
}
