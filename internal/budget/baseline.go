package budget

import (
	"path"
	"slices"

	"heapprof/internal/profile"
)

// Baseline returns of a profile what later ones are compared with, to be kept with the sources: its numbers by
// stack, and what of them was lost. It has none of what tells of the machine, of the moment or of the
// command line, which may hold secrets. It shares the stacks and frames with the profile.
func Baseline(p *profile.Profile) *profile.Profile {
	b := *p
	b.PID = 0
	b.Moments, b.Timeline, b.Span = nil, nil, nil
	b.Points = slices.Clone(p.Points)
	for i := range b.Points {
		rest := b.Points[i].Rest()
		rest.Facts, rest.Chunks = nil, nil
		b.Points[i].SetRest(rest)
	}
	program, _ := commandOf(p)
	b.Command = path.Base(program)
	r := p.Recording
	if r == nil {
		return &b
	}
	b.Recording = &profile.Recording{
		Program: r.Program, ExitCode: r.ExitCode, Signal: r.Signal, Depth: r.Depth, Allocator: r.Allocator,
		Counts: r.Counts, Notes: r.Notes, MergedPoints: r.MergedPoints,
	}
	if r.Dump != nil {
		b.Recording.Dump = &profile.Dump{Why: r.Dump.Why}
	}
	if r.Attached != nil {
		b.Recording.Attached = &profile.Attached{End: r.Attached.End}
	}
	if s := p.LastSnapshot(); s != nil {
		b.Recording.Snapshots = []profile.Snapshot{lostOf(s)}
	}
	return &b
}

// lostOf returns of a snapshot what was lost. All else is held by somebody.
func lostOf(s *profile.Snapshot) profile.Snapshot {
	of := profile.Snapshot{
		Kind: s.Kind, Mark: s.Mark, Time: s.Time, Live: s.Live, Unreached: s.Unreached,
		Padded: s.Padded, Zeroed: s.Zeroed, Unread: s.Unread, LeaksOnly: true,
	}
	of.Shared = profile.Amount{Bytes: s.Live.Bytes - min(s.Live.Bytes, s.Unreached.Bytes), Blocks: s.Live.Blocks - min(s.Live.Blocks, s.Unreached.Blocks)}
	held := map[int]int{} // by point: its group of what is held
	for _, g := range s.Groups {
		if g.Owner == profile.UnreachedOwner {
			of.Groups = append(of.Groups, g)
			continue
		}
		at, known := held[g.Point]
		if !known {
			at = len(of.Groups)
			held[g.Point] = at
			of.Groups = append(of.Groups, profile.Group{Point: g.Point, Owner: profile.SharedOwner})
		}
		of.Groups[at].Live.Add(g.Live)
	}
	return of
}
