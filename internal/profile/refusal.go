package profile

import (
	"cmp"
	"slices"
)

// Limit is how much of a process was allowed to live: see Refusal for what came of it.
type Limit struct {
	Bytes, Blocks uint64 // that may live at the same time; 0: any number
	Action        LimitAction

	Crossed *Crossing // the first allocation that came above it; nil: none did
}

// LimitAction is what is done at the first allocation above a limit.
type LimitAction string

// The actions.
const (
	LimitNotes LimitAction = "note" // it is told, and the program goes on
	LimitFails LimitAction = "fail" // it fails, and so does each one above the limit after it
	LimitKills LimitAction = "kill" // the process is ended
)

// Crossing is an allocation that came above a limit.
type Crossing struct {
	Stack  []uint32 // as in Point
	Bytes  uint64   // that it asked for
	Blocks bool     // whether it is the limit of blocks that it crossed
	Time   uint64   // since the start, in the profile's time unit
	Mark   string   // the name of the moment, of those in Profile.Moments; "" where there was no room for it

	LiveBytes, LiveBlocks uint64 // without this block
}

// Refusal is what of one stack's allocations failed, for one reason.
type Refusal struct {
	Stack []uint32 // as in Point
	By    RefusedBy
	Times uint64 // how many calls failed

	// Bytes are what the first of them asked for, LeastBytes and MostBytes the least and the most that
	// one did. Where a count times a size is more than an address can tell it is AllBytes.
	Bytes, LeastBytes, MostBytes uint64

	LastTime uint64 // when the last of them failed

	// Of the first of them:
	Time                  uint64 // since the start, in the profile's time unit
	Mark                  string // the name of the moment, of those in Profile.Moments; "" where it has none
	LiveBytes, LiveBlocks uint64 // at that moment
}

// AllBytes is a size that no address space has.
const AllBytes = ^uint64(0)

// RefusedBy is who refused an allocation.
type RefusedBy string

// Who refuses.
const (
	RefusedByAllocator RefusedBy = "allocator" // the program's own, or the system behind it
	RefusedByProgram   RefusedBy = "program"   // an allocator of the program's that stands before another one, and did not ask it
	RefusedByLimit     RefusedBy = "limit"     // Recording.Limit
	RefusedByOrder     RefusedBy = "order"     // the user wanted this allocation to fail
)

// eachRefusedStack calls f with the stacks of what failed and of what came above the limit.
func (r *Recording) eachRefusedStack(f func(stack []uint32)) {
	if r.Limit != nil && r.Limit.Crossed != nil {
		f(r.Limit.Crossed.Stack)
	}
	for i := range r.Refusals {
		f(r.Refusals[i].Stack)
	}
}

// renumberRefused gives frame i of the stacks of what failed, and of what came above the limit, the number
// renumber[i]. What r shares with other recordings is replaced, and refusals that are of one stack then become one.
func (r *Recording) renumberRefused(renumber []uint32) {
	if r.Limit != nil && r.Limit.Crossed != nil {
		limit, crossed := *r.Limit, *r.Limit.Crossed
		crossed.Stack = renumbered(crossed.Stack, renumber)
		limit.Crossed, r.Limit = &crossed, &limit
	}
	if r.Refusals == nil {
		return
	}
	all := make([]Refusal, 0, len(r.Refusals))
	for _, one := range r.Refusals {
		one.Stack = renumbered(one.Stack, renumber)
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Refusal) int {
		return cmp.Or(slices.Compare(a.Stack, b.Stack), cmp.Compare(a.By, b.By), cmp.Compare(a.Time, b.Time))
	})
	merged := all[:0]
	for _, one := range all {
		if last := len(merged) - 1; last >= 0 && merged[last].By == one.By && slices.Equal(merged[last].Stack, one.Stack) {
			merged[last].add(&one)
		} else {
			merged = append(merged, one)
		}
	}
	slices.SortStableFunc(merged, func(a, b Refusal) int { return cmp.Compare(a.Time, b.Time) })
	r.Refusals = merged
}

// add adds what failed later through the same stack, for the same reason.
func (r *Refusal) add(later *Refusal) {
	r.Times += later.Times
	r.LeastBytes, r.MostBytes = min(r.LeastBytes, later.LeastBytes), max(r.MostBytes, later.MostBytes)
	r.LastTime = max(r.LastTime, later.LastTime)
}

// addRefusals adds what failed in another process, and its limit if p has none, or none that was met. The frames
// of that have been added to p's from firstFrame on. Its marks are no moments of p's.
func (p *Profile) addRefusals(q *Recording, firstFrame uint32) {
	own := p.Recording
	if q.Limit != nil && (own.Limit == nil || own.Limit.Crossed == nil) {
		limit := *q.Limit
		if limit.Crossed != nil {
			crossed := *limit.Crossed
			crossed.Stack, crossed.Mark = moved(crossed.Stack, firstFrame), ""
			limit.Crossed = &crossed
		}
		own.Limit = &limit
	}
	for _, one := range q.Refusals {
		one.Stack, one.Mark = moved(one.Stack, firstFrame), ""
		own.Refusals = append(own.Refusals, one)
	}
}
