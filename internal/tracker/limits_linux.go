//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/wire"
)

// refusers are who refuses, by their numbers on the wire.
var refusers = [...]profile.RefusedBy{
	wire.RefusedByAllocator: profile.RefusedByAllocator,
	wire.RefusedByLimit:     profile.RefusedByLimit,
	wire.RefusedByOrder:     profile.RefusedByOrder,
	wire.RefusedByItself:    profile.RefusedByProgram,
}

// wantRefused has names make the frames of the stacks of what was refused.
func wantRefused(p recorded, names *naming.Names) {
	for _, refused := range p.Refusals {
		names.Want(refused.Stack)
	}
}

// addRefused adds what was refused. stacks are those that wantRefused has wanted.
func addRefused(r *profile.Recording, p recorded, t times, stacks []naming.Stack) {
	r.Refusals = make([]profile.Refusal, 0, len(p.Refusals))
	for i, refused := range p.Refusals {
		r.Refusals = append(r.Refusals, profile.Refusal{
			Stack: stacks[i].Frames, By: refusers[refused.By], Times: refused.Times,
			LeastBytes: refused.LeastBytes, MostBytes: refused.MostBytes, LastTime: t.since(refused.Last),
			Bytes: refused.Bytes, Time: t.since(refused.Stamp), Mark: refused.Mark,
			LiveBytes: refused.LiveBytes, LiveBlocks: refused.LiveBlocks,
		})
	}
	r.Counts.OtherRefusals = p.MoreRefused
}
