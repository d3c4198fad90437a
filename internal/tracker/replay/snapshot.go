//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"slices"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/mappings"
)

// Snapshot is an image at one moment. It does not change any more, whatever becomes of the
// image.
type Snapshot struct {
	Facts
	Stamp    uint64 // the moment
	Heap     *heap.Result
	Mappings *mappings.Result
	Stacks   Stacks
	Told     uint64            // events of nodes, which are those of Stacks but for a forked child's from its parent
	Modules  map[uint16]Module // by number
	Codes    map[uint32]Code   // as the State's
	Origin   any               // as the State's
	Events   []Event           // calls of functions that are counted
	Bounded  bool              // what is outside of the boundary is left out

	// Refusals are what was refused, in the order of the first of each, and MoreRefused is how many
	// calls more were.
	Refusals    []Refusal
	MoreRefused uint64
	Crossing    *Crossing // State.Crossing

	// MappingSites are the sites of Mappings, by SiteID.
	MappingSites []MappingSite

	heapSites []heap.SiteID // site + 1, by StackID
}

// HeapSite returns the site of Heap for a stack; ok is false if no blocks were allocated
// through the stack.
func (s *Snapshot) HeapSite(id StackID) (site heap.SiteID, ok bool) {
	site = s.heapSites[id]
	return site - 1, site != 0
}

// ProgramPath returns the path of the image's executable.
func (s *Snapshot) ProgramPath() string { return s.Modules[ProgramModule].Path }

// Running returns what is known of the images that run and have begun, by index in the
// process table. Like Snapshot it may be called by any goroutine, and waits for the end of
// a round at most.
func (r *Reader) Running() []Facts {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Facts
	for _, i := range r.images {
		if i != nil && i.State != nil && !r.ended {
			all = append(all, i.Facts)
		}
	}
	return all
}

// Snapshot returns the image of that index in the process table as it is now: with all
// that its threads have published. It reports false if the image has not begun, or has
// ended.
//
// It may be called by any goroutine, and waits for the end of a round at most. The rings are
// not read while it copies what grows with the number of call stacks; the live blocks are
// gone through after that.
func (r *Reader) Snapshot(index int) (*Snapshot, bool) {
	u := r.copy(index)
	if u == nil {
		return nil, false
	}
	return u.Finish(), true
}

// copy returns the image at an index of the process table as it is now; nil if there is no such image.
func (r *Reader) copy(index int) *Unfinished {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.round(r.options.Stamp())
	if index >= len(r.images) || r.images[index] == nil || r.images[index].State == nil {
		return nil
	}
	return r.unfinished(r.images[index], r.options.Stamp())
}

// Finish returns a snapshot of an image at its end, and drops its State. The profiles of a
// thousand processes are written one after the other: memory would hold nearly all their
// states at once.
func (i *Image) Finish() *Snapshot {
	i.resident.Wait()
	s := i.snapshot(max(i.End, i.Start))
	s.Heap = i.account().Finish(s.Stamp)
	i.State, i.numbers = nil, numbers{}
	return s
}

// snapshot returns the image, without its heap, at the moment stamp; no event that was
// replayed is later. The State stays as it is.
func (i *Image) snapshot(stamp uint64) *Snapshot {
	s := &Snapshot{
		Facts:     i.Facts,
		Stamp:     stamp,
		Stacks:    i.Tree.view(),
		Told:      i.told,
		Modules:   maps.Clone(i.Modules),
		Codes:     maps.Clone(i.Codes),
		Origin:    i.Origin,
		Events:    i.events.result(),
		Bounded:   i.isPart(),
		heapSites: slices.Clone(i.Tree.sites),
	}
	s.Mappings, s.MappingSites = i.AddressSpace.result(stamp)
	s.Refusals, s.MoreRefused = i.State.Refusals()
	s.Crossing = i.State.Crossing()
	s.Resident = i.resident.Result()
	return s
}
