package finding

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Subject is one site, or what one site allocates of one type: what a rule judges.
type Subject struct {
	view.SiteGroup
	Heap  *Heap
	Point profile.Point // the columns of all its points together, without facts: see Facts

	facts   *profile.Facts
	known   bool // facts were added up
	history []profile.State
	traced  bool // history was added up
}

// fill completes what a rule found of the subject.
func (s *Subject) fill(f Finding) Finding {
	f.Site, f.Type, f.Caller = s.Site, s.Type.Name, s.Caller
	if len(f.subjects) == 0 {
		f.subjects = []*Subject{s}
	}
	return f
}

// Facts returns the facts of all points of the subject together; nil where nothing is known.
// They are added up when they are first asked for, so a rule looks at the columns first.
func (s *Subject) Facts() *profile.Facts {
	if !s.known {
		s.known = true
		s.facts = s.Heap.Profile.FactsOf(s.Points)
	}
	return s.facts
}

// History returns the history of all points of the subject together, which is found sooner than
// all facts.
func (s *Subject) History() []profile.State {
	if !s.traced {
		s.traced = true
		s.history = s.Heap.Profile.HistoryOf(s.Points)
	}
	return s.history
}

// At returns the subject's state at a moment, an index into Profile.Moments, all 0 for one
// below 0; len(Moments) is the end.
func (s *Subject) At(moment int) profile.State {
	switch p := &s.Point; {
	case moment < 0:
		return profile.State{}
	case moment >= len(s.Heap.Profile.Moments):
		return profile.State{Moment: uint32(moment), TotalBytes: p.TotalBytes, TotalBlocks: p.TotalBlocks, Bytes: p.EndBytes, Blocks: p.EndBlocks}
	}
	return profile.StateAt(s.History(), uint32(moment))
}

// Distinct returns how many blocks the subject has allocated, each counted once however often
// it was resized.
func (s *Subject) Distinct() uint64 {
	return s.Point.TotalBlocks - min(s.Point.TotalBlocks, s.Point.Rest().Reallocs)
}

// Freed returns how many of the Distinct blocks were freed.
func (s *Subject) Freed() uint64 { return s.Distinct() - min(s.Distinct(), s.Point.EndBlocks) }
