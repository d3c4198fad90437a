//go:build linux && (amd64 || arm64)

package replay

import "heapprof/internal/tracker/wire"

// call replays the call at tail that has made no block. It reports false for one that makes no
// sense.
func (r *ring) call() bool {
	c := r.words.Call(r.tail)
	stack, ok := r.stack(c.Stack)
	if !ok {
		return false
	}
	switch c.What {
	case wire.CallCounted:
		r.image.events.count(stack, &c)
	case wire.CallRefused, wire.CallFailed:
		if c.Number > wire.RefusedByItself {
			r.damage()
			return false
		}
		if c.What == wire.CallFailed && r.image.refusals.toldOf(c.Amount) {
			break
		}
		r.image.refuse(c, stack, r.crosses)
		r.crosses = false
	case wire.CallCrossed:
		r.image.cross(c, stack)
		r.crosses = true
	default:
		r.damage()
		return false
	}
	r.tail += wire.CallWords
	return true
}
