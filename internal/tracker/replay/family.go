//go:build linux && (amd64 || arm64)

package replay

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// join takes up new images and rings.
func (r *Reader) join() {
	// Processes first: a ring is opened after its process is ready.
	processes := int(min(atomic.LoadUint32(&r.memory.Control().Processes), wire.MaxProcesses))
	for len(r.images) < processes || len(r.images) < wire.MaxProcesses && r.isReady(len(r.images)) { // whatever the program wrote there
		r.images, r.taken = append(r.images, nil), append(r.taken, false)
	}
	var fresh []int
	for i := r.joined; i < len(r.images); i++ {
		if !r.taken[i] && r.isReady(i) {
			fresh, r.taken[i] = append(fresh, i), true
		}
		if i == r.joined && r.taken[i] {
			r.joined++
		}
	}
	if len(fresh) > 0 {
		for n, id := range r.identities.Identify(fresh...) {
			r.takeUp(fresh[n], id)
		}
	}
	r.openRings()
}

// isReady reports whether an image has filled in its entry in the process table, and has
// not been taken up yet.
func (r *Reader) isReady(index int) bool {
	return atomic.LoadUint32(&r.memory.Process(index).State) == wire.ProcessReady
}

// takeUp takes up an image. If another one runs in the same process, this one has replaced
// it.
func (r *Reader) takeUp(index int, id *process.Identity) {
	slot := r.memory.Process(index)
	atomic.StoreUint32(&slot.State, wire.ProcessTaken)
	if slot.Elsewhere != 0 {
		shm.Wake(&slot.State) // it has waited to be seen
	}
	i := newImage(index, slot, id, r.options.Stamp())
	before := r.latest[i.Proc]
	if before != nil && !id.Proven && before.identity.Proven && r.identities.HasBadge(before.identity, before.Index) {
		// The one that was there is there still: whoever says so is another.
		i.identify(process.Unknown(id.PID))
		before = nil
	}
	r.images[index], r.running[index] = i, i
	r.writeBeginning(i)
	if i.Parent >= 0 {
		r.unborn.expect(i.forkedAs)
	}
	if i.Proc == 0 {
		return
	}
	r.latest[i.Proc] = i
	if before != nil {
		before.successor = i
		if i.Parent < 0 {
			i.Number = before.Number + 1
		}
	}
}

// openRings takes up the rings that have been opened.
func (r *Reader) openRings() {
	for rings := min(atomic.LoadUint32(&r.memory.Control().Rings), r.memory.MaxRings()); r.claimed < rings; r.claimed++ {
		r.closed = append(r.closed, r.claimed)
	}
	r.closed = slices.DeleteFunc(r.closed, func(i uint32) bool {
		index, open := r.memory.Peek(i)
		switch {
		case !open || index >= len(r.images) || !r.taken[index]:
			return false
		case r.images[index] == nil:
			return true // of a process that has ended
		}
		image := r.images[index]
		header, words, err := r.memory.Ring(i)
		if err != nil {
			// Its thread must not wait for a reader that never comes.
			image.DamagedRings++
			atomic.StoreUint32(&r.memory.Process(index).State, wire.ProcessDone)
			return true
		}
		image.Threads++ // a ring is used again when its thread has ended
		r.rings = append(r.rings, newRing(i, header, words, image, r))
		return true
	})
}

// noticeEnds marks the images that have ended. If stopped, all are taken to have: their
// hooks go inert, and what they have published so far is their profile. If over, those are
// that cannot be proven to live.
func (r *Reader) noticeEnds(root *Root, rootEnded, stopped, over bool) {
	if stopped {
		r.memory.StopPrograms()
	}
	for _, i := range r.running {
		isRoot := i.RunsIn(root.PID)
		switch {
		case i.successor != nil:
			r.end(i, i.successor.Start)
		case isRoot && rootEnded:
			r.end(i, root.End)
		case !isRoot && i.identity.HasEnded(), over && !i.identity.Proven:
			r.end(i, r.options.Stamp())
		case stopped:
			i.LivesOn = i.identity.Proven
			r.end(i, r.options.Stamp())
		}
	}
	// One that a later one has replaced in its process comes before it.
	slices.SortFunc(r.ending, func(a, b *Image) int { return cmp.Compare(a.Index, b.Index) })
}

// end marks an image as ended at the moment stamp.
func (r *Reader) end(i *Image, stamp uint64) {
	if i.End == 0 {
		i.End = max(stamp, 1)
		r.writeEnd(i)
		r.ending = append(r.ending, i)
	}
}

// finishEnded calls Finished with the images that have ended, and forgets them.
func (r *Reader) finishEnded() {
	if len(r.ending) == 0 {
		return
	}
	r.rings = slices.DeleteFunc(r.rings, func(g *ring) bool {
		if g.image.End == 0 {
			return false
		}
		g.confirmExec()
		g.image.Counted.add(&g.header.Countdown)
		r.memory.DiscardRing(g.number)
		return true
	})
	for _, i := range r.ending {
		delete(r.running, i.Index)
		if r.latest[i.Proc] == i {
			delete(r.latest, i.Proc)
		}
		r.begin(i)
		slot := r.memory.Process(i.Index)
		i.countLosses(slot)
		// Whoever lives all the same must not wait for a reader.
		atomic.StoreUint32(&slot.State, wire.ProcessDone)
		r.images[i.Index] = nil
		r.identities.Forget(i.Index)
		r.options.Finished(i)
	}
	r.ending = r.ending[:0]
}

// patience is how long the Reader waits for what may not exist: a forked child that has not
// been heard of (fork failed, or it was killed at once), or an image in a process that runs
// on and may be a stranger.
const patience = time.Second

// seeWhetherOver asks whether any process has the shared memory mapped, when the program
// has ended and no image is left that is proven to run. If none has, images whose process
// cannot be told from a stranger's are not waited for.
func (r *Reader) seeWhetherOver() {
	traced := false
	for _, i := range r.running {
		if i.identity.Proven {
			return
		}
		traced = traced || i.Proc != 0
	}
	if !r.overAt.IsZero() {
		return
	}
	nobody, known := r.memory.NobodyLives()
	switch {
	case nobody && !traced:
		r.overAt = time.Now()
	case nobody || !known:
		// What it is taken for runs on. It may be it, and about to begin another program.
		r.overAt = time.Now().Add(patience)
	}
}

// isOver reports whether no image is left but those that are proven to live.
func (r *Reader) isOver() bool { return !r.overAt.IsZero() && !time.Now().Before(r.overAt) }

// forks keeps what a parent has at the moment stamp for the child of its fork of the given
// number.
func (r *Reader) forks(parent *Image, number uint32, stamp uint64) {
	if r.memory.Flags()&wire.Children == 0 || number > atomic.LoadUint32(&r.memory.Control().Forks) {
		return // no fork announces itself so: the program wrote over its ring
	}
	r.unborn.add(number, parent.State.Clone(stamp))
}

// execs counts a program that a child of vfork has begun.
func (r *Reader) execs(e Execution) { r.executed.Add(e) }

// begin gives an image its state before its first event: an empty one, or for a forked
// child what its parent had. The fork's event comes before the child's first.
func (r *Reader) begin(i *Image) {
	if i.State == nil {
		i.State = r.beginning(i)
		i.watch(r.options.Limit)
	}
}

// beginning returns what an image begins with.
func (r *Reader) beginning(i *Image) *State {
	if i.Parent < 0 {
		s := NewState(r.memory.SampleMean())
		if r.memory.Flags()&wire.Attached != 0 {
			s = newAttachedState(r.memory.SampleMean())
		}
		s.boundary, s.afresh = r.options.Boundary, r.options.Afresh
		s.Origin = r.options.Origin(i.Index)
		return s
	}
	if s := r.unborn.take(i.forkedAs); s != nil {
		return s
	}
	// A fork that was not announced, as by a raw clone: what the parent has now.
	if i.Parent < len(r.images) && r.images[i.Parent] != nil && r.images[i.Parent].State != nil {
		return r.images[i.Parent].State.Clone(i.Start)
	}
	return NewState(r.memory.SampleMean())
}
