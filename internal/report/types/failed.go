package types

import "heapprof/internal/profile"

// OfRefusal returns the type of what one of the recording's refusals would have been.
func (t *Table) OfRefusal(refusal int) Type { return t.shown(t.failed[refusal]) }

// OfCrossing returns the type of what crossed the recording's limit; the zero Type where nothing did.
func (t *Table) OfCrossing() Type { return t.shown(t.failed[len(t.failed)-1]) }

// findFailed finds the types of what failed and, as the last one, of what crossed the limit.
func (t *Table) findFailed(r *profile.Recording) {
	t.failed = []int32{0}
	if r == nil {
		return
	}
	t.failed = make([]int32, len(r.Refusals)+1)
	find := func(stack []uint32) int32 {
		stack = stack[t.frames.PastTellers(stack):]
		return t.find(stack[t.frames.PastAllocator(stack):])
	}
	for i := range r.Refusals {
		t.failed[i] = find(r.Refusals[i].Stack)
	}
	if r.Limit != nil && r.Limit.Crossed != nil {
		t.failed[len(r.Refusals)] = find(r.Limit.Crossed.Stack)
	}
}
