//go:build linux && (amd64 || arm64)

package replay

import (
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// replayUncommon replays an event at tail of a kind that is not frequent. It reports false
// for one that makes no sense.
func (r *ring) replayUncommon() bool {
	h := r.image.Heap
	switch r.words.Kind(r.tail) {
	case wire.KindRealloc, wire.KindReallocInner, wire.KindFreeInner:
		return r.replayEnd()
	case wire.KindRealloced:
		block := r.words.Alloc(r.tail)
		if h.IsWatched() {
			h.ResizesAt(r.site(block.Stack) - 1)
		}
		site := r.unseenSite(block.Stack)
		if site == 0 {
			return false
		}
		h.EndRealloc(&r.thread, block.Address, block.Bytes, block.Stamp, site-1, heap.Resized)
		r.tail += wire.AllocWords
	case wire.KindReallocFailed:
		h.EndRealloc(&r.thread, 0, 0, r.words.Stamp(r.tail, r.stamp), 0, heap.Failed)
		r.tail += wire.EndWords
	case wire.KindReallocFreed:
		h.EndRealloc(&r.thread, 0, 0, r.words.Stamp(r.tail, r.stamp), 0, heap.Freed)
		r.tail += wire.EndWords
	case wire.KindThread:
		id := r.words.Thread(r.tail).ID
		h.BeginThread(&r.thread, id)
		r.name.begin(id)
		r.tid = id
		r.tail += wire.ThreadWords
	case wire.KindMapping:
		m := r.words.Mapping(r.tail)
		stack, ok := r.stack(m.Stack)
		if !ok {
			return false
		}
		r.image.AddressSpace.Replay(&r.mapping, m, stack)
		r.tail += wire.MappingWords
	case wire.KindCall:
		return r.call()
	case wire.KindFork:
		fork := r.words.Fork(r.tail)
		if fork.Number == 0 {
			return r.exec()
		}
		r.observer.forks(r.image, fork.Number, fork.Stamp)
		r.tail += wire.ForkWords
	default:
		r.damage()
		return false
	}
	return true
}

// replayEnd replays the event at tail, of a block that is about to be reallocated, or that is
// freed within another call. It reports false for one that makes no sense.
func (r *ring) replayEnd() bool {
	h, kind, e := r.image.Heap, r.words.Kind(r.tail), r.words.Free(r.tail)
	if !e.HasThrough {
		switch kind {
		case wire.KindRealloc:
			h.BeginRealloc(&r.thread, e.Address, e.Stamp)
		case wire.KindReallocInner:
			h.BeginInnerRealloc(&r.thread, e.Address, e.Stamp)
		default:
			h.FreeInner(&r.thread, e.Address, e.Stamp)
		}
		r.tail += e.Words()
		return true
	}
	by, ok := r.freer(r.tail)
	if !ok {
		return false
	}
	switch kind {
	case wire.KindRealloc:
		h.BeginReallocBy(&r.thread, e.Address, e.Stamp, by)
	case wire.KindReallocInner:
		h.BeginInnerReallocBy(&r.thread, e.Address, e.Stamp, by)
	default:
		h.FreeInnerBy(&r.thread, e.Address, e.Stamp, by)
	}
	r.tail += e.Words()
	return true
}

// module reads the description of a module at tail. It reports false for one that makes no
// sense.
func (r *ring) module() bool {
	if r.words.IsCode(r.tail) {
		return r.code()
	}
	event, ok := r.words.Module(r.tail, r.head)
	if !ok || r.image.State == nil {
		r.damage()
		return false
	}
	r.image.arrive(event.Number, Module{
		Start:    event.Start,
		End:      event.End,
		Bias:     event.Bias,
		BuildID:  event.BuildID,
		Path:     procfs.WithoutDeleted(event.Path),
		Proc:     r.image.Proc,
		Program:  event.Number == ProgramModule,
		Bypasses: event.Bypasses,
	})
	r.tail += event.Words
	return true
}

// code reads the description of a function of Python's at tail. It reports false for one that makes no
// sense.
func (r *ring) code() bool {
	event, ok := r.words.Code(r.tail, r.head)
	if !ok || r.image.State == nil {
		r.damage()
		return false
	}
	r.image.learn(event, ok)
	r.tail += event.Words
	return true
}
