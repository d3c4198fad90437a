//go:build linux && (amd64 || arm64)

package tracker

import (
	"sync/atomic"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// reader drains the rings of all processes and replays them in the order of time.
type reader struct {
	memory     *shm.Memory
	identities *identities
	rings      []*ring    // those that are open
	closed     []uint32   // rings that were claimed and are not open yet
	claimed    uint32     // rings up to here are in one of the two, or done with
	processes  []*process // by index in the process table; nil: not ready yet, or has ended
	taken      []bool     // likewise: whether it has been taken up
	joined     int        // processes up to here have been

	running map[int]*process            // by index in the process table
	latest  map[procfs.Process]*process // the image that runs there now
	ending  []*process                  // images that have ended and are not let go of yet
	forks   *forks

	executed executions // by children of vfork, as by posix_spawn

	overAt  time.Time // when it is no more waited for who is not proven to live; zero: not yet
	sampled time.Time // when resident memory was last looked at

	// finished is called with each image that has ended, when all its events
	// have been replayed. The reader does not touch it any more.
	finished func(*process)

	// seen is called now and then with each image that runs and has begun.
	// It must not wait, nor keep what the reader will write to.
	seen func(*process)

	stamp func() uint64 // the clock of the programs' events

	// origin returns what the caller keeps of a program that begins, by the index of its image
	// in the process table: see replay.State.
	origin func(index int) any

	ready ringHeap
}

func newReader(m *shm.Memory, who *identities, finished func(*process)) *reader {
	return &reader{
		memory:     m,
		identities: who,
		stamp:      clock.Stamp,
		running:    make(map[int]*process),
		latest:     make(map[procfs.Process]*process),
		forks:      newForks(),
		executed:   make(executions),
		finished:   finished,
		seen:       func(*process) {},
		origin:     func(int) any { return nil },
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
		rootEnded, stopped, over := isClosed(root.ended), isClosed(stop), r.isOver()
		r.join()
		r.noticeEnds(root, rootEnded, stopped, over)
		// What was published before this moment, by any thread, is seen below;
		// and whatever could come before an event of that time has been
		// published (an event is published before the call that it describes
		// takes effect for other threads). So up to here the order is final.
		words := r.round(r.stamp())
		r.finishEnded()
		if stopped || rootEnded && len(r.running) == 0 && (over || !r.forks.expectChild()) {
			return
		}
		if rootEnded {
			r.seeWhetherOver()
		}
		r.sample()
		if words < wire.RingWords/8 {
			r.sleep(root.ended, stop, rootEnded)
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// sleep waits for the doorbell, which a thread rings when half its ring is
// full, or for the end.
func (r *reader) sleep(ended, stop <-chan struct{}, rootEnded bool) {
	c := r.memory.Control()
	seen := atomic.LoadUint32(&c.Doorbell)
	atomic.StoreUint32(&c.Sleeping, 1)
	defer atomic.StoreUint32(&c.Sleeping, 0)
	for _, g := range r.rings {
		if atomic.LoadUint64(&g.header.Head)-g.tail >= wire.RingWords/2 && !g.damaged {
			return // it rang before we listened
		}
	}
	if !isClosed(stop) && isClosed(ended) == rootEnded {
		shm.Wait(&c.Doorbell, seen, nap)
	}
}

// round replays the events up to the stamp limit and returns how many words
// there were to read.
func (r *reader) round(limit uint64) (words uint64) {
	r.join()
	r.memory.Mend(uint32(len(r.processes)), r.claimed)
	defer atomic.AddUint32(&r.memory.Control().Rounds, 1)
	r.ready = r.ready[:0]
	for _, g := range r.rings {
		if !g.look() {
			if g.damaged || g.isMisplaced() {
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
	if len(r.rings) == 1 && atomic.LoadUint32(&r.memory.Control().Rings) == 1 {
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

// sample looks at the processes that run, now and then: at their resident memory.
func (r *reader) sample() {
	if time.Since(r.sampled) < nap {
		return
	}
	r.sampled = time.Now()
	for _, p := range r.running {
		if p.State != nil {
			r.seen(p)
		}
		if p.proc == 0 {
			continue
		}
		p.watchExec()
		// The time before: a process that has memory has not ended by then, but
		// may have since.
		at := r.stamp()
		m, _ := p.proc.Memory()
		p.noteAnonymous(m.Anonymous())
		if p.State != nil && m.Resident != 0 {
			p.Heap.Sample(at, m.Resident)
		}
	}
}
