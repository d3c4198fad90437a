package record

import (
	"fmt"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
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

// SaveBeside writes what there is besides the profile of an image's heap, each into a file beside that,
// which is at the place given, or else to have been there.
func SaveBeside(i tracker.Image, at place) []beside {
	all := besides(i)
	for n := range all {
		b := &all[n]
		own := at
		if !takesAll(at.file) {
			own.file, own.name = opening.BeforeSuffix(at.file, "."+b.kind), opening.BeforeSuffix(at.name, "."+b.kind)
		}
		b.saved, b.err = save(own, b.of)
	}
	return all
}

// At returns the place of a file that was saved: what is saved beside it has the same number in its name.
func (p place) At(saved string) place {
	if saved != "" {
		p.file = saved
	}
	return p
}

// tellBeside says where the profiles are that a run has written besides that of the heap.
func tellBeside(s *console.Streams, all []beside) {
	for _, b := range all {
		if b.saved != "" {
			s.Say("%s are in %s; to look at them: heapprof report %s", b.what, b.saved, wording.ShellQuote(b.saved))
		}
	}
}

// ComplainBeside says which of them could not be written.
func ComplainBeside(s *console.Streams, all []beside) {
	for _, b := range all {
		if b.err != nil {
			s.Complain(fmt.Errorf("%s: %w", b.what, ErrSaved(b.err, b.saved)))
		}
	}
}
