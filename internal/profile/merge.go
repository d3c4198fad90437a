package profile

import (
	"errors"
	"fmt"
	"slices"
)

// Merge returns one profile of several processes, as of a program and the children that it
// started: the frames and modules of all, and their points, of which those with the same
// stack are summed. It is normalized, and shares no slice with the profiles. What belongs
// to one process alone is the first profile's, such as the command, or left out, such as
// the timeline, the moments, the threads, the mappings and what was in RAM.
//
// The merged profile has the columns that all of the profiles have, what only their maker knows if
// that is the same of all, and where blocks were
// freed if all tell of that. Their peaks, and their
// points' own maxima, were at different moments, so their sums are upper bounds of what
// there was at once. Recording.MergedPoints counts the points that were summed, and
// PeakTime is 0.
//
// Merge fails if there is no profile, or if they count in different units or with a
// different sampling.
func Merge(profiles ...*Profile) (*Profile, error) {
	if len(profiles) == 0 {
		return nil, errors.New("there is no profile to merge")
	}
	first := profiles[0]
	merged := &Profile{
		Maker: first.Maker, Mode: first.Mode, Verb: first.Verb, Columns: first.Columns, Units: first.Units, Sampling: first.Sampling,
		ShortLived: first.ShortLived, Command: first.Command, PID: first.PID,
		Frames: []Frame{Root},
	}
	if !slices.ContainsFunc(profiles, func(p *Profile) bool { return !slices.Equal(p.Extra, first.Extra) }) {
		merged.Extra = first.Extra
	}
	haveFacts := !slices.ContainsFunc(profiles, func(p *Profile) bool { return p.Recording == nil || !p.Recording.HasFacts })
	haveFrees := !slices.ContainsFunc(profiles, func(p *Profile) bool { return p.Recording == nil || p.Recording.Frees == nil })
	for _, p := range profiles {
		if p.Maker != first.Maker {
			return nil, fmt.Errorf("%q was recorded by %s, and %q by %s", first.Command, first.maker(), p.Command, p.maker())
		}
		if p.Units != first.Units {
			return nil, fmt.Errorf("%q counts %s by %s, and %q counts %s by %s", first.Command, first.Units.Units, first.Units.Time, p.Command, p.Units.Units, p.Units.Time)
		}
		if p.Sampling.MeanBytes != first.Sampling.MeanBytes {
			return nil, fmt.Errorf("%q and %q were sampled at different rates", first.Command, p.Command)
		}
		merged.Columns = merged.Columns.Common(p.Columns)
		merged.EndTime = max(merged.EndTime, p.EndTime)
		merged.addRecording(p.Recording)
		firstPoint, firstFrame := len(merged.Points), uint32(len(merged.Frames))
		merged.addPoints(p)
		if haveFrees {
			merged.addFrees(p.Recording.Frees, firstPoint, firstFrame)
		}
		if p.Recording != nil {
			merged.addRefusals(p.Recording, firstFrame)
		}
	}
	if haveFacts {
		merged.Recording.HasFacts = true
	} else {
		merged.dropFacts()
	}
	merged.Sampling.addTotals(profiles)
	merged.Normalize()
	return merged, nil
}

// maker returns the tool that recorded the profile, as an error calls it.
func (p *Profile) maker() string {
	if p.Maker == "" {
		return "heapprof, or by a tool that writes DHAT's format"
	}
	return p.Maker
}

// dropFacts removes the facts of all points.
func (p *Profile) dropFacts() {
	for i := range p.Points {
		p.Points[i].Facts = nil
	}
}

// addTotals sets the exact totals to the sums of those of the profiles, if all have them. A
// profile without points needs none.
func (s *Sampling) addTotals(profiles []*Profile) {
	s.ExactBytes, s.ExactBlocks = 0, 0
	for _, p := range profiles {
		if !p.Sampling.HasTotals() && len(p.Points) > 0 {
			s.ExactBytes, s.ExactBlocks = 0, 0
			return
		}
		s.ExactBytes += p.Sampling.ExactBytes
		s.ExactBlocks += p.Sampling.ExactBlocks
	}
}

// addPoints adds the points of another profile, with their frames and modules.
func (p *Profile) addPoints(q *Profile) {
	modules := map[*Module]*Module{nil: nil}
	for _, m := range q.Modules {
		modules[m] = p.sameModule(m)
	}
	offset, firstPoint := uint32(len(p.Frames)), len(p.Points)
	for _, f := range q.Frames {
		f.Module = modules[f.Module]
		p.Frames = append(p.Frames, f)
	}
	for _, pt := range q.Points {
		pt.Frames = moved(pt.Frames, offset)
		pt.Facts = pt.Facts.moved(firstPoint)
		if p.Extra == nil {
			pt.Extra = nil
		}
		p.Points = append(p.Points, pt)
	}
}

// moved returns a copy of a stack whose frames have been added to others from first on.
func moved(stack []uint32, first uint32) []uint32 {
	own := make([]uint32, len(stack))
	for i, frame := range stack {
		own[i] = frame + first
	}
	return own
}

// sameModule returns the module of p that is the same file at the same place as m. If there
// is none, it adds m and returns that.
func (p *Profile) sameModule(m *Module) *Module {
	for _, own := range p.Modules {
		if own.Path == m.Path && own.BuildID == m.BuildID && own.Start == m.Start && own.Bias == m.Bias && own.ByOffset == m.ByOffset {
			return own
		}
	}
	p.Modules = append(p.Modules, m)
	return m
}

// addRecording adds to p's recording the counts and notes of another process's.
func (p *Profile) addRecording(r *Recording) {
	if r == nil {
		return
	}
	if p.Recording == nil {
		p.Recording = &Recording{Program: r.Program, Host: r.Host, Start: r.Start, ExitCode: r.ExitCode, Signal: r.Signal, Depth: r.Depth, MaxNodes: r.MaxNodes}
	}
	own := p.Recording
	own.Deepest = max(own.Deepest, r.Deepest)
	own.Nodes += r.Nodes
	own.NodeEvents += r.NodeEvents
	own.MergedPoints += r.MergedPoints
	own.Notes = append(own.Notes, r.Notes...)
	own.Counts.add(&r.Counts)
	if a := r.Attached; a != nil {
		if own.Attached == nil {
			own.Attached = &Attached{Age: a.Age, End: a.End}
		}
		own.Attached.FreedBefore += a.FreedBefore
		own.Attached.ResizedBefore += a.ResizedBefore
	}
}

// add adds the counts of d to those of c.
func (c *Counts) add(d *Counts) {
	c.TruncatedStacks += d.TruncatedStacks
	c.TruncatedBlocks += d.TruncatedBlocks
	c.IncompleteStacks += d.IncompleteStacks
	c.IncompleteBlocks += d.IncompleteBlocks
	c.StacklessBlocks += d.StacklessBlocks
	c.LostEvents += d.LostEvents
	c.UnknownFrees += d.UnknownFrees
	c.Unprofiled += d.Unprofiled
	c.UnplacedModules += d.UnplacedModules
	c.OtherRefusals += d.OtherRefusals
}
