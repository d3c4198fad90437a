//go:build linux && (amd64 || arm64)

package replay

import (
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// replaySampled is replay for an image whose blocks are sampled. There are few events, so
// that it takes one after the other.
func (r *ring) replaySampled(limit uint64) {
	for {
		at, ok := r.next()
		if !ok || at > limit || !r.replayOneSampled(at) {
			return
		}
		r.stamp = at
	}
}

// replayOneSampled replays the event at tail, whose stamp is given. It reports false for one
// that makes no sense.
func (r *ring) replayOneSampled(stamp uint64) bool {
	h := r.image.Sampled
	switch r.words.Kind(r.tail) {
	case wire.KindAllocShort:
		block := r.words.AllocShort(r.tail)
		r.tail += wire.AllocShortWords
		return r.allocSampled(block.Address, block.Bytes, stamp, block.Stack)
	case wire.KindAlloc:
		block := r.words.Alloc(r.tail)
		r.tail += wire.AllocWords
		return r.allocSampled(block.Address, block.Bytes, stamp, block.Stack)
	case wire.KindFree, wire.KindFreeInner:
		free := r.words.Free(r.tail)
		h.Free(&r.sampled, free.Address, stamp, free.Outlived)
		r.tail += free.Words()
	case wire.KindRealloc:
		old := r.words.Free(r.tail)
		h.BeginRealloc(&r.sampled, old.Address, stamp)
		r.tail += old.Words()
	case wire.KindReallocFreed:
		h.EndRealloc(&r.sampled, stamp, heap.Freed)
		r.tail += wire.EndWords
	case wire.KindReallocFailed:
		h.EndRealloc(&r.sampled, stamp, heap.Failed)
		r.tail += wire.EndWords
	case wire.KindThread:
		r.sampled = heap.SampledThread{}
		r.tail += wire.ThreadWords
	case wire.KindMapping, wire.KindFork, wire.KindCall:
		return r.replayUncommon()
	default: // others are of programs that record each block
		r.damage()
		return false
	}
	return true
}

// allocSampled replays a sampled block. It reports false where there is no such stack.
func (r *ring) allocSampled(address, bytes, stamp, stack uint64) bool {
	site := siteOf(r.image.sites, stack)
	if site == 0 {
		site = r.site(stack)
	}
	if site == 0 {
		return false
	}
	r.image.Sampled.Alloc(&r.sampled, address, bytes, stamp, site-1)
	return true
}
