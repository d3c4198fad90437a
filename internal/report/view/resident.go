package view

import (
	"cmp"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// Resident is what of a process's memory was in RAM, and the sites whose blocks keep it so.
type Resident struct {
	Source        *Source
	Units         human.Units
	AnonymousPeak uint64 // the most that was seen of anonymous memory
	FilePeak      uint64 // and of files and what is shared
	Readings      []ResidentReading
}

// ResidentReading is one reading, with sites for points.
type ResidentReading struct {
	*profile.ResidentReading
	Sites []ResidentSite // those whose blocks pin pages or are rounded, what pins most first
	Top   *Site          // of the block above what is free in glibc's main arena; nil: there is none, or it is not known
}

// ResidentSite is what the live blocks of one site do to the memory in RAM.
type ResidentSite struct {
	*Site
	Stack []uint32              // that of its points which pins most
	Sums  profile.ResidentPoint // without a point
	most  uint64
}

// NewResident returns what a profile tells of memory in RAM; nil where it tells nothing.
func NewResident(s *Source) *Resident {
	x := s.Profile.Recording
	if x == nil || x.Resident == nil || len(x.Resident.Readings) == 0 {
		return nil
	}
	r := &Resident{Source: s, Units: human.UnitsOf(s.Profile), AnonymousPeak: x.AnonymousPeak, FilePeak: x.Resident.FilePeak}
	for i := range x.Resident.Readings {
		reading := ResidentReading{ResidentReading: &x.Resident.Readings[i]}
		reading.Sites = s.ResidentSites(reading.ResidentReading)
		if top := reading.Part(profile.FreeHeap).Point; top >= 0 {
			reading.Top = s.Site(s.Profile.Points[top].Stack.Frames())
		}
		r.Readings = append(r.Readings, reading)
	}
	return r
}

// ResidentSites returns the sites whose blocks pin pages or are rounded, those first that pin
// most. A page that blocks of several of a site's stacks pin counts for each of these.
func (s *Source) ResidentSites(r *profile.ResidentReading) []ResidentSite {
	index := make(map[Site]int)
	var sites []ResidentSite
	for _, p := range r.Points {
		stack := s.Profile.Points[p.Point].Stack.Frames()
		site := s.Site(stack)
		i, ok := index[*site]
		if !ok {
			i = len(sites)
			index[*site], sites = i, append(sites, ResidentSite{Site: site, Stack: stack})
		}
		sites[i].Sums.Add(&p)
		if p.PinnedBytes > sites[i].most {
			sites[i].most, sites[i].Stack = p.PinnedBytes, stack
		}
	}
	slices.SortStableFunc(sites, func(a, b ResidentSite) int {
		return cmp.Or(cmp.Compare(b.Sums.PinnedBytes, a.Sums.PinnedBytes), cmp.Compare(b.Sums.Rounding, a.Sums.Rounding), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Place, b.Place))
	})
	return sites
}
