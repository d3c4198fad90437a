//go:build linux && (amd64 || arm64)

package replay

import (
	"maps"
	"slices"
)

// Living is an image that runs.
type Living struct {
	Facts
	Program   string // ProgramPath
	Peak      uint64 // Image.OwnPeak
	LiveBytes uint64 // State.LiveBytes
}

// Living returns the images that run and have begun, as their threads have published it, in no order. Like Snapshot it may be called by any goroutine, and waits
// for the end of a round at most.
func (r *Reader) Living() (all []Living) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.round(r.options.Stamp())
	for _, i := range r.running {
		if i.State != nil && i.End == 0 && i.successor == nil {
			all = append(all, Living{i.Facts, i.ProgramPath(), i.OwnPeak(), i.LiveBytes()})
		}
	}
	return all
}

// Now reads the clock of the programs' events.
func (r *Reader) Now() uint64 { return r.options.Stamp() }

// Look returns what Snapshot returns but for what takes time for each live block or for what was: of the account
// only heap.Heap.Sums, and nothing of mappings, calls, refusals and memory in RAM. The rings are not read while it copies what grows
// with the number of call stacks, as for Snapshot.
func (r *Reader) Look(index int) (*Snapshot, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil, false
	}
	r.round(r.options.Stamp())
	if index >= len(r.images) || r.images[index] == nil || r.images[index].State == nil {
		return nil, false
	}
	s := r.images[index].glance(r.options.Stamp())
	s.countLosses(r.memory.Process(index))
	s.Counted.Doubtful = true // its threads count on
	return s, true
}

// glance returns what Look does of the image at the moment stamp, but for what only its threads count.
func (i *Image) glance(stamp uint64) *Snapshot {
	s := &Snapshot{
		Facts:     i.Facts,
		Stamp:     max(stamp, i.Start),
		Stacks:    i.Tree.view(),
		Told:      i.told,
		Modules:   maps.Clone(i.Modules),
		Codes:     maps.Clone(i.Codes),
		Origin:    i.Origin,
		Bounded:   i.isPart(),
		heapSites: slices.Clone(i.Tree.sites),
	}
	s.Heap = i.account().Sums(s.Stamp)
	return s
}
