//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/naming"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// refusers are who refuses, by their numbers on the wire.
var refusers = [...]profile.RefusedBy{
	wire.RefusedByAllocator: profile.RefusedByAllocator,
	wire.RefusedByLimit:     profile.RefusedByLimit,
	wire.RefusedByOrder:     profile.RefusedByOrder,
	wire.RefusedByItself:    profile.RefusedByProgram,
}

// limitActions are what is done at a limit, as the wire has it.
var limitActions = map[profile.LimitAction]uint32{profile.LimitNotes: wire.LimitNote, profile.LimitFails: wire.LimitFail, profile.LimitKills: wire.LimitKill}

// limitsOf returns which allocations the programs are told to refuse.
func limitsOf(o Options) shm.Limits {
	return shm.Limits{
		LimitBytes: o.Limit.Bytes, LimitBlocks: o.Limit.Blocks, AtLimit: limitActions[o.Limit.Action],
		FailFrom: o.Failing.From, FailEvery: o.Failing.Every, FailTimes: o.Failing.Times,
	}
}

// wantRefused has names make the frames of the stacks of what was refused, and of what came above the
// limit.
func wantRefused(p recorded, names *naming.Names) {
	for _, refused := range p.Refusals {
		names.Want(refused.Stack)
	}
	if p.Crossing != nil {
		names.Want(p.Crossing.Stack)
	}
}

// addRefused adds what was refused, and what came above the limit. stacks are those that wantRefused has
// wanted.
func (b *builder) addRefused(r *profile.Recording, p recorded, t times, stacks []naming.Stack) {
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
	if b.limit.Bytes == 0 && b.limit.Blocks == 0 {
		return
	}
	limit := b.limit
	r.Limit = &limit
	if c := p.Crossing; c != nil {
		limit.Crossed = &profile.Crossing{
			Stack: stacks[len(p.Refusals)].Frames, Bytes: c.Bytes, Blocks: c.OfBlocks, Time: t.since(c.Stamp), Mark: c.Mark,
			LiveBytes: c.LiveBytes, LiveBlocks: c.LiveBlocks,
		}
	}
}
