package cmd

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

// beside is a profile of something else than the heap, which a run writes beside that of the heap.
type beside struct {
	kind  string // what the file has in its name: events
	what  string // what it is of, in words
	of    *profile.Profile
	saved string // its file; "" if there is none
	err   error
}

// besides returns what there is to be written beside the profile of an image's heap.
func besides(i tracker.Image) (all []beside) {
	if i.Events != nil {
		all = append(all, beside{kind: "events", what: "the calls that were counted", of: i.Events})
	}
	if i.Copies != nil {
		all = append(all, beside{kind: "copies", what: "the copies", of: i.Copies})
	}
	return all
}

// saveBeside writes what there is besides the profile of an image's heap, each into a file beside that,
// which is at the place given, or else to have been there.
func saveBeside(i tracker.Image, at place) []beside {
	all := besides(i)
	for n := range all {
		b := &all[n]
		own := at
		if !takesAll(at.file) {
			own.file, own.name = beforeSuffix(at.file, "."+b.kind), beforeSuffix(at.name, "."+b.kind)
		}
		b.saved, b.err = save(own, b.of)
	}
	return all
}

// at returns the place of a file that was saved: what is saved beside it has the same number in its name.
func (p place) at(saved string) place {
	if saved != "" {
		p.file = saved
	}
	return p
}

// tellBeside says where the profiles are that a run has written besides that of the heap.
func (s *Streams) tellBeside(all []beside) {
	for _, b := range all {
		if b.saved != "" {
			s.say("%s are in %s; to look at them: heapprof report %s", b.what, b.saved, shellQuote(b.saved))
		}
	}
}

// complainBeside says which of them could not be written.
func (s *Streams) complainBeside(all []beside) {
	for _, b := range all {
		if b.err != nil {
			s.complain(fmt.Errorf("%s: %w", b.what, errSaved(b.err, b.saved)))
		}
	}
}
