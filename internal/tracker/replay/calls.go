//go:build linux && (amd64 || arm64)

package replay

import "heapprof/internal/tracker/wire"

// call replays the call at tail that has made no block. It reports false for one that makes no
// sense.
func (r *ring) call() bool {
	c := r.words.Call(r.tail)
	if _, ok := r.stack(c.Stack); !ok {
		return false
	}
	switch c.What {
	case wire.CallRefused, wire.CallCrossed, wire.CallCounted:
	default:
		r.damage()
		return false
	}
	r.tail += wire.CallWords
	return true
}
