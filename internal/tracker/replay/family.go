//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// join takes up new processes and rings.
func (r *reader) join() {
	// Processes first: a ring is opened after its process is ready.
	processes := int(min(atomic.LoadUint32(&r.memory.Control().Processes), wire.MaxProcesses))
	for len(r.processes) < processes || len(r.processes) < wire.MaxProcesses && r.isReady(len(r.processes)) { // whatever the program wrote there
		r.processes, r.taken = append(r.processes, nil), append(r.taken, false)
	}
	var fresh []int
	for i := r.joined; i < len(r.processes); i++ {
		if !r.taken[i] && r.isReady(i) {
			fresh, r.taken[i] = append(fresh, i), true
		}
		if i == r.joined && r.taken[i] {
			r.joined++
		}
	}
	if len(fresh) > 0 {
		for n, id := range r.identities.of(fresh...) {
			r.takeUp(fresh[n], id)
		}
	}
	r.openRings()
}

// isReady says whether an image has filled in its place in the process table, and has not
// been taken up.
func (r *reader) isReady(index int) bool {
	return atomic.LoadUint32(&r.memory.Process(index).State) == wire.ProcessReady
}

// takeUp takes up a process image. If another one runs in the same process, this one has
// replaced it.
func (r *reader) takeUp(index int, id *identity) {
	slot := r.memory.Process(index)
	atomic.StoreUint32(&slot.State, wire.ProcessTaken)
	if slot.Elsewhere != 0 {
		shm.Wake(&slot.State) // it has waited to be seen
	}
	p := newProcess(index, slot, id, r)
	before := r.latest[p.proc]
	if before != nil && !p.proven && before.proven && r.identities.wears(before.identity, before.index) {
		// The one that was there is there still: whoever says so is another.
		p.identity = &identity{pid: id.pid, pidfd: -1}
		before = nil
	}
	r.processes[index], r.running[index] = p, p
	if p.parent >= 0 {
		r.forks.expect(p.forking)
	}
	if p.proc == 0 {
		return
	}
	r.latest[p.proc] = p
	if before != nil {
		before.successor = p
		if p.parent < 0 {
			p.number = before.number + 1
		}
	}
}

// openRings takes up the rings that have been opened.
func (r *reader) openRings() {
	for rings := min(atomic.LoadUint32(&r.memory.Control().Rings), r.memory.MaxRings()); r.claimed < rings; r.claimed++ {
		r.closed = append(r.closed, r.claimed)
	}
	r.closed = slices.DeleteFunc(r.closed, func(i uint32) bool {
		index, open := r.memory.Peek(i)
		switch {
		case !open || index >= len(r.processes) || !r.taken[index]:
			return false
		case r.processes[index] == nil:
			return true // of a process that has ended
		}
		p := r.processes[index]
		header, words, err := r.memory.Ring(i)
		if err != nil {
			// Its thread must not wait for a reader that never comes.
			p.damagedRings++
			atomic.StoreUint32(&r.memory.Process(index).State, wire.ProcessDone)
			return true
		}
		p.threads++ // a ring is used again when its thread has ended
		r.rings = append(r.rings, newRing(i, header, words, p))
		return true
	})
}

// noticeEnds marks the images that have ended. With stopped all are taken to: their hooks
// go inert, and what they published so far is their profile. With over nobody lives who
// cannot be proven to.
func (r *reader) noticeEnds(root *rootProcess, rootEnded, stopped, over bool) {
	if stopped {
		r.memory.StopPrograms()
	}
	for _, p := range r.running {
		isRoot := p.runsIn(root.pid)
		switch {
		case p.successor != nil:
			p.end(p.successor.start)
		case isRoot && rootEnded:
			p.end(root.end)
		case stopped, over && !p.proven, !isRoot && p.hasEnded():
			p.end(r.stamp())
		}
	}
	// One that a later one has replaced in its process comes before it.
	slices.SortFunc(r.ending, func(a, b *process) int { return cmp.Compare(a.index, b.index) })
}

// finishEnded lets go of the images that have ended.
func (r *reader) finishEnded() {
	if len(r.ending) == 0 {
		return
	}
	r.rings = slices.DeleteFunc(r.rings, func(g *ring) bool {
		if g.process.ended == 0 {
			return false
		}
		g.confirm()
		r.memory.DiscardRing(g.number)
		return true
	})
	for _, p := range r.ending {
		delete(r.running, p.index)
		if r.latest[p.proc] == p {
			delete(r.latest, p.proc)
		}
		r.begin(p)
		slot := r.memory.Process(p.index)
		p.lostCalls = atomic.LoadUint64(&slot.Lost)
		p.unplaced = uint64(atomic.LoadUint32(&slot.Unplaced))
		if deepest := atomic.LoadUint32(&slot.Deepest); deepest != wire.DeepestUnknown {
			p.deepest = uint64(deepest)
		}
		// Whoever lives all the same must not wait for a reader.
		atomic.StoreUint32(&slot.State, wire.ProcessDone)
		r.processes[p.index] = nil
		r.identities.forget(p.index)
		r.finished(p)
	}
	r.ending = r.ending[:0]
}

// patience is how long what may not exist is waited for: a forked child that has not been
// heard of (fork failed, or it was killed at once), or an image in a process that runs on
// and may be a stranger.
const patience = time.Second

// seeWhetherOver asks, when the program has ended and no image is left that is proven to
// run, whether anybody lives that has the memory mapped: a process that cannot be told
// from a stranger is not waited for once nobody does.
func (r *reader) seeWhetherOver() {
	traced := false
	for _, p := range r.running {
		if p.proven {
			return
		}
		traced = traced || p.proc != 0
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

// isOver says whether nobody lives any more, except who is proven to.
func (r *reader) isOver() bool { return !r.overAt.IsZero() && !time.Now().Before(r.overAt) }

// fork keeps for the child of the fork with the given number what its parent has
// at the moment stamp.
func (r *reader) fork(parent *process, number uint32, stamp uint64) {
	if r.memory.Flags()&wire.Children == 0 || number > atomic.LoadUint32(&r.memory.Control().Forks) {
		return // no fork announces itself so: the program wrote over its ring
	}
	r.forks.add(number, parent.State.Clone(stamp))
}

// begin gives p its state before its first event: an empty one, or for a forked
// child what its parent had. The fork's event comes before the child's first.
func (r *reader) begin(p *process) {
	if p.State != nil {
		return
	}
	if p.parent < 0 {
		p.State = replay.NewState()
		p.Origin = r.origin(p.index)
		return
	}
	if p.State = r.forks.take(p.forking); p.State != nil {
		return
	}
	// A fork that was not announced, as by a raw clone: what the parent has now.
	if p.parent < len(r.processes) && r.processes[p.parent] != nil && r.processes[p.parent].State != nil {
		p.State = r.processes[p.parent].State.Clone(p.start)
	} else {
		p.State = replay.NewState()
	}
}
