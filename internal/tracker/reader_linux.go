//go:build linux && (amd64 || arm64)

package tracker

import (
	"slices"
	"sync/atomic"
	"time"

	"heapprof/internal/tracker/wire"
)

// reader drains the rings of all processes and replays them in the order of time.
type reader struct {
	memory    *memory
	rings     []*ring           // those that are open
	closed    []uint32          // rings that were claimed and are not open yet
	claimed   uint32            // rings up to here are in one of the two, or done with
	processes []*process        // by index in the process table; nil: not ready yet
	joined    int               // processes up to here have been taken up
	running   map[int]*process  // by pid: the image that runs there now
	ending    []*process        // images that have ended and are not let go of yet
	forks     map[uint32]*state // what children that have not begun yet inherit
	forked    time.Time         // when the last of those was heard of
	sampled   time.Time         // when resident memory was last looked at
	err       error             // why recording had to stop early

	// finished is called with each image that has ended, when all its events
	// have been replayed. The reader does not touch it any more.
	finished func(*process)

	// seen is called now and then with each image that runs and has begun.
	// It must not wait, nor keep what the reader will write to.
	seen func(*process)

	stamp func() uint64 // the clock of the programs' events

	ready ringHeap
}

func newReader(m *memory, finished func(*process)) *reader {
	return &reader{
		memory:   m,
		stamp:    stamp,
		running:  make(map[int]*process),
		forks:    make(map[uint32]*state),
		finished: finished,
		seen:     func(*process) {},
	}
}

// A recorder that sleeps wakes by itself after this time, for the timeline, for
// events that fill no ring, and to see who has ended.
const nap = 10 * time.Millisecond

// rootProcess is the process that was started.
type rootProcess struct {
	pid   int
	ended chan struct{} // closed when it has ended
	end   uint64        // stamp of that, set before
}

// run reads until root and all others that are recorded have ended, or until
// stop is closed. It is the only goroutine that touches the reader.
func (r *reader) run(root *rootProcess, stop <-chan struct{}) {
	for {
		// Who is seen to have ended here had joined before, and has published
		// everything before the round.
		rootEnded, stopped := isClosed(root.ended), isClosed(stop)
		r.join()
		r.noticeEnds(root, rootEnded, stopped)
		// What was published before this moment, by any thread, is seen below;
		// and whatever could come before an event of that time has been
		// published (an event is published before the call that it describes
		// takes effect for other threads). So up to here the order is final.
		words := r.round(r.stamp())
		r.finishEnded()
		if stopped || rootEnded && len(r.running) == 0 && !r.expectsChild() {
			return
		}
		r.sample()
		if words < wire.RingWords/8 {
			r.sleep(root.ended, stop, rootEnded)
		}
	}
}

// patience is how long a forked child is waited for before it is taken not to
// exist: fork failed, or the child was killed at once.
const patience = time.Second

// expectsChild says whether a process has forked just now whose child has not
// joined yet, as it does by itself: the parent may end sooner.
func (r *reader) expectsChild() bool {
	return len(r.forks) > 0 && time.Since(r.forked) < patience
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// noticeEnds marks the processes that have ended. With stopped all are taken
// to: their hooks go inert, and what they published so far is their profile.
func (r *reader) noticeEnds(root *rootProcess, rootEnded, stopped bool) {
	if stopped {
		atomic.StoreUint32(&r.memory.control.Recorder, wire.RecorderGone)
	}
	for pid, p := range r.running {
		switch {
		case pid == root.pid && rootEnded:
			p.end(root.end)
		case stopped || pid != root.pid && p.hasEnded():
			p.end(r.stamp())
		}
	}
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
		r.memory.discard(g.number)
		return true
	})
	for _, p := range r.ending {
		if r.running[p.pid] == p {
			delete(r.running, p.pid)
		}
		r.begin(p)
		r.processes[p.index] = nil
		r.finished(p)
	}
	r.ending = r.ending[:0]
}

// sleep waits for the doorbell, which a thread rings when half its ring is
// full, or for the end.
func (r *reader) sleep(ended, stop <-chan struct{}, rootEnded bool) {
	c := r.memory.control
	seen := atomic.LoadUint32(&c.Doorbell)
	atomic.StoreUint32(&c.Sleeping, 1)
	defer atomic.StoreUint32(&c.Sleeping, 0)
	for _, g := range r.rings {
		if atomic.LoadUint64(&g.header.Head)-g.tail >= wire.RingWords/2 && !g.damaged {
			return // it rang before we listened
		}
	}
	if !isClosed(stop) && isClosed(ended) == rootEnded {
		futexWait(&c.Doorbell, seen, int64(nap))
	}
}

// wake ends a sleep.
func (m *memory) wake() {
	atomic.AddUint32(&m.control.Doorbell, 1)
	futexWake(&m.control.Doorbell)
}

// round replays the events up to the stamp limit and returns how many words
// there were to read.
func (r *reader) round(limit uint64) (words uint64) {
	r.join()
	r.ready = r.ready[:0]
	for _, g := range r.rings {
		if !g.look() {
			if g.damaged {
				g.release()
			}
			continue
		}
		words += g.head - g.tail
		if at, ok := g.next(); ok {
			r.ready = append(r.ready, readyRing{at, g})
		} else {
			g.release()
		}
	}
	if len(r.rings) == 1 && atomic.LoadUint32(&r.memory.control.Rings) == 1 {
		limit = ^uint64(0) // there was nobody else whose events could come between
	}
	r.ready.init()
	for len(r.ready) > 0 && r.ready[0].at <= limit {
		g := r.ready[0].ring
		r.begin(g.process)
		g.replay(min(limit, r.ready.second()))
		if at, ok := g.next(); ok {
			r.ready[0].at = at
			r.ready.down(0)
		} else {
			g.release()
			r.ready.pop()
		}
	}
	for _, ready := range r.ready {
		ready.ring.release()
	}
	return words
}

// join takes up new processes and rings.
func (r *reader) join() {
	c := r.memory.control
	for rings := min(atomic.LoadUint32(&c.Rings), c.MaxRings); r.claimed < rings; r.claimed++ {
		r.closed = append(r.closed, r.claimed)
	}
	// Processes first: a ring is opened after its process is ready.
	processes := int(min(atomic.LoadUint32(&c.Processes), wire.MaxProcesses))
	for len(r.processes) < processes {
		r.processes = append(r.processes, nil)
	}
	for i := r.joined; i < processes; i++ {
		slot := r.memory.process(uint32(i))
		if r.processes[i] == nil && atomic.LoadUint32(&slot.State) == wire.ProcessReady {
			slot.State = wire.ProcessTaken
			r.processes[i] = r.newImage(i, slot)
		}
		if i == r.joined && slot.State == wire.ProcessTaken {
			r.joined++
		}
	}
	still := r.closed[:0]
	for _, i := range r.closed {
		header, words, err := r.memory.ring(i)
		switch {
		case err != nil:
			// Its thread must not wait for a reader that never comes.
			r.err = err
			atomic.StoreUint32(&c.Recorder, wire.RecorderGone)
		case atomic.LoadUint32(&header.Open) == 0 || int(header.Process) >= len(r.processes):
			still = append(still, i)
		case r.processes[header.Process] == nil:
			if r.memory.process(header.Process).State != wire.ProcessTaken {
				still = append(still, i)
			} // else of a process that has ended
		default:
			p := r.processes[header.Process]
			p.threads++ // a ring is used again when its thread has ended
			r.rings = append(r.rings, newRing(i, header, words, p))
		}
	}
	r.closed = still
}

// newImage takes up a process image. If another one runs in the same process,
// this one has replaced it.
func (r *reader) newImage(index int, slot *wire.Process) *process {
	p := newProcess(index, slot, r)
	if before := r.running[p.pid]; before != nil {
		before.replaced = true
		before.end(p.start)
		p.number = before.number + 1
	}
	r.running[p.pid] = p
	return p
}

// fork keeps for the child of the fork with the given number what its parent has
// at the moment stamp.
func (r *reader) fork(parent *process, number uint32, stamp uint64) {
	c := r.memory.control
	if c.Flags&wire.Children == 0 || number > atomic.LoadUint32(&c.Forks) {
		return // no fork announces itself so: the program wrote over its ring
	}
	r.forks[number] = parent.state.clone(stamp)
	r.forked = time.Now()
}

// begin gives p its state before its first event: an empty one, or for a forked
// child what its parent had. The fork's event comes before the child's first.
func (r *reader) begin(p *process) {
	if p.state != nil {
		return
	}
	if p.slot.Parent == 0 {
		p.state = newState()
		p.origin = p
		return
	}
	if p.state = r.forks[p.slot.Fork]; p.state != nil {
		delete(r.forks, p.slot.Fork)
		return
	}
	// A fork that was not announced, as by a raw clone: what the parent has now.
	if i := int(p.slot.Parent - 1); i < len(r.processes) && r.processes[i] != nil && r.processes[i].state != nil {
		p.state = r.processes[i].state.clone(p.start)
	} else {
		p.state = newState()
	}
}

// sample looks at the processes that run, now and then: at their resident memory.
func (r *reader) sample() {
	if time.Since(r.sampled) < nap {
		return
	}
	r.sampled = time.Now()
	for pid, p := range r.running {
		if p.state != nil {
			r.seen(p)
		}
		// The time before: a process that has memory has not ended by then, but
		// may have since.
		at := r.stamp()
		m := residentMemory(pid)
		p.noteAnonymous(m.anonymous)
		if p.state != nil && m.all != 0 {
			p.heap.Sample(at, m.all)
		}
	}
}
