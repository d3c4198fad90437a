//go:build linux && (amd64 || arm64)

package replay

import (
	"sync/atomic"

	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// stack returns the stack of a number. It reports false if there is none, for an event that
// makes no sense.
//
// What one thread has told of, others use, in events that are later. But a node has no stamp, so
// a ring whose events are replayed up to one moment may have told of it behind that: between its
// last event before, and its next. So where a number is not known, it is looked for ahead.
func (r *ring) stack(number uint64) (StackID, bool) {
	id, ok := r.image.stack(number)
	if !ok {
		r.observer.lookAhead(r.image)
		id, ok = r.image.stack(number)
	}
	if !ok && r.image.DamagedRings > 0 {
		// One of those that the program wrote over may have told of it.
		return RootOutOfStack, true
	}
	if !ok {
		r.damage()
	}
	return id, ok
}

// site returns 1 + the site of the stack of a number; 0 if there is none, for an event that
// makes no sense.
func (r *ring) site(number uint64) heap.SiteID {
	id, ok := r.stack(number)
	if !ok {
		return 0
	}
	site := heap.Outside + 1
	if r.image.counts(id, r.isFirst()) {
		site = r.image.Site(id) + 1
	}
	r.image.keepSite(number, site)
	return site
}

// freer returns who frees the block of the event at a word, which says through which stack. It
// reports false if there is none, for an event that makes no sense.
func (r *ring) freer(at uint64) (by heap.Freer, ok bool) {
	through := r.words.Through(at)
	id, ok := r.stack(through.Stack)
	return heap.Freer{Stack: uint32(id), Family: heap.Family(through.Family)}, ok
}

// untimed takes in the node or module at tail. It reports false for one that makes no sense.
func (r *ring) untimed() bool {
	if r.words.Kind(r.tail) == wire.KindModule {
		return r.module()
	}
	ok := r.node(r.tail)
	if ok {
		r.tail += wire.NodeWords
	}
	return ok
}

// node takes in the node at a word, if that has not been done ahead. It reports false for an
// event that makes no sense.
func (r *ring) node(at uint64) bool {
	if int64(r.ahead-at) > 0 {
		return true
	}
	n := r.words.Node(at)
	if r.image.State != nil && !r.image.mayBeNode(n.Stack) {
		r.observer.lookAhead(r.image)
	}
	// A ring begins with an event in time, before which its process gets a state.
	if r.image.State == nil || !r.image.mayBeNode(n.Stack) {
		r.damage()
		return false
	}
	parent, ok := r.stack(n.Parent)
	if ok && int64(r.ahead-at) <= 0 { // looking ahead takes in what this ring has told of, too
		r.image.tell(n, parent)
		r.ahead = at + wire.NodeWords
	}
	return ok
}

// lookAhead takes in the nodes and the functions of Python's that the thread has told of, up to one whose parent is not known.
// It reports whether there were any.
func (r *ring) lookAhead() (found bool) {
	head := atomic.LoadUint64(&r.header.Head)
	if r.damaged || head-r.tail > wire.RingWords {
		return false
	}
	at := r.tail
	if int64(r.ahead-at) > 0 {
		at = r.ahead
	}
	for int64(head-at) > 0 {
		if r.words.Kind(at) == wire.KindNode {
			n := r.words.Node(at)
			parent, ok := r.image.stack(n.Parent)
			if !ok || !r.image.mayBeNode(n.Stack) {
				break
			}
			r.image.tell(n, parent)
			found = true
		}
		if r.words.Kind(at) == wire.KindModule && r.words.IsCode(at) {
			r.image.learn(r.words.Code(at, head))
		}
		words := r.words.Len(at)
		if words == 0 {
			break // replaying will notice
		}
		at += words
	}
	r.ahead = at
	return found
}
