//go:build linux && amd64

package tracker

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"heapprof/internal/tracker/wire"
)

// reader drains the rings of all processes and replays them in the order of time.
type reader struct {
	memory    *memory
	rings     []*ring    // those that are open
	closed    []uint32   // rings that were claimed and are not open yet
	claimed   uint32     // rings up to here are in one of the two
	processes []*process // by index in the process table; nil: not ready yet
	sampled   time.Time  // when resident memory was last looked at
	err       error      // why recording had to stop early

	ready ringHeap
}

// A recorder that sleeps wakes by itself after this time, for the timeline and
// for events that fill no ring.
const nap = 10 * time.Millisecond

// run reads until ended is closed and all that was published has been read.
// It is the only goroutine that touches the reader.
func (r *reader) run(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			for r.round(^uint64(0)) > 0 {
			}
			return
		default:
		}
		// What was published before this moment, by any thread, is seen below;
		// and whatever could come before an event of that time has been
		// published (an event is published before the call that it describes
		// takes effect for other threads). So up to here the order is final.
		words := r.round(stamp())
		r.sample()
		if words < wire.RingWords/8 {
			r.sleep(ended)
		}
	}
}

// sleep waits for the doorbell, which a thread rings when half its ring is
// full, or for the end.
func (r *reader) sleep(ended <-chan struct{}) {
	c := r.memory.control
	seen := atomic.LoadUint32(&c.Doorbell)
	atomic.StoreUint32(&c.Sleeping, 1)
	defer atomic.StoreUint32(&c.Sleeping, 0)
	for _, g := range r.rings {
		if atomic.LoadUint64(&g.header.Head)-g.tail >= wire.RingWords/2 && !g.damaged {
			return // it rang before we listened
		}
	}
	select {
	case <-ended:
	default:
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
	for rings := min(atomic.LoadUint32(&c.Rings), wire.MaxRings); r.claimed < rings; r.claimed++ {
		r.closed = append(r.closed, r.claimed)
	}
	still := r.closed[:0]
	for _, i := range r.closed {
		header, words, err := r.memory.ring(i)
		switch {
		case err != nil:
			// Its thread must not wait for a reader that never comes.
			r.err = err
			atomic.StoreUint32(&c.Recorder, wire.RecorderGone)
		case atomic.LoadUint32(&header.Open) == 0:
			still = append(still, i)
		default:
			r.rings = append(r.rings, newRing(header, words, r.process(header.Process)))
		}
	}
	r.closed = still
	for i := range min(atomic.LoadUint32(&c.Processes), wire.MaxProcesses) {
		if slot := r.memory.process(i); atomic.LoadUint32(&slot.State) != 0 {
			r.process(i)
		}
	}
}

// process returns the process in slot i of the table.
func (r *reader) process(i uint32) *process {
	i = min(i, wire.MaxProcesses-1)
	for len(r.processes) <= int(i) {
		r.processes = append(r.processes, nil)
	}
	if r.processes[i] == nil {
		r.processes[i] = newProcess(r.memory.process(i))
	}
	return r.processes[i]
}

// sample looks at the resident memory of the processes, now and then.
func (r *reader) sample() {
	if time.Since(r.sampled) < nap || len(r.processes) == 0 {
		return
	}
	r.sampled = time.Now()
	if p := r.processes[len(r.processes)-1]; p != nil {
		p.heap.Sample(stamp(), residentBytes(p.pid))
	}
}

// residentBytes is the resident memory of a process, 0 where it cannot be known.
func residentBytes(pid int) uint64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
