//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"slices"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/mappings"
)

// Snapshot is a State at one moment. It does not change any more, whatever becomes of
// the State.
type Snapshot struct {
	Stamp   uint64 // the moment
	Heap    *heap.Result
	Mapped  *mappings.Result
	Stacks  Stacks
	Modules map[uint16]Module // by number

	// MappingSites are the sites of Mapped, by SiteID.
	MappingSites []MappingSite

	heapSites []heap.SiteID // site + 1, by StackID
}

// Snapshot returns the state up to the moment stamp, which no event that was replayed is
// later than. The state stays as it is.
func (s *State) Snapshot(stamp uint64) *Snapshot {
	shot := &Snapshot{
		Stamp:     stamp,
		Heap:      s.Heap.Finish(stamp),
		Stacks:    s.Tree.view(),
		Modules:   maps.Clone(s.Modules),
		heapSites: slices.Clone(s.Tree.sites),
	}
	shot.Mapped, shot.MappingSites = s.Mapped.result(stamp)
	return shot
}

// HeapSite returns the site of Heap that a stack is, if blocks were allocated through it.
func (s *Snapshot) HeapSite(id StackID) (site heap.SiteID, ok bool) {
	site = s.heapSites[id]
	return site - 1, site != 0
}
