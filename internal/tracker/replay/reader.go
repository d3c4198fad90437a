//go:build linux && (amd64 || arm64)

package replay

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/resident"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// Reader merges the rings of all processes and replays them in the order of time.
type Reader struct {
	options    Options
	memory     *shm.Memory
	identities *process.Identities

	// mu guards all fields below. Run holds it during a round, Snapshot between two.
	mu sync.Mutex

	rings   []*ring  // the rings that are open
	closed  []uint32 // the rings that were claimed and are not open yet
	claimed uint32   // all rings below this number are in rings or closed, or done with
	images  []*Image // by index in the process table; nil: not ready yet, or has ended
	taken   []bool   // by index in the process table: whether the image has been taken up
	joined  int      // all images below this index have been taken up

	running map[int]*Image            // by index in the process table
	latest  map[procfs.Process]*Image // the image that runs in the process now
	ending  []*Image                  // images that have ended and are not let go of yet
	unborn  *forks                    // what the children of forks begin with

	executed Executions // by children of vfork, as by posix_spawn

	copiesAsked []askedCopy // since the last round

	marksSeen uint32                // so many marks had been asked for when all of them were made
	takenOn   map[*wire.Mark]uint32 // the states of places whose marks are made, and answered later
	marksLost uint64                // marks that found no room in their account
	entered   map[int]bool          // functions that marks were made of, by their numbers
	replayed  uint64                // all events up to this stamp have been replayed, and none that is later

	ended   bool      // Run has made its last round: the memory may be gone
	overAt  time.Time // when images that are not proven to live are no longer waited for; zero: not decided yet
	watched time.Time // when resident memory was last looked at

	ready ringHeap
}

// Options are the functions that a Reader calls. All but Stamp are called by one goroutine
// at a time, most by that of Run and Origin also by that of Snapshot. They must not wait,
// and must not call the Reader.
type Options struct {
	// Stamp reads the clock of the programs' events; nil: it is clock.Stamp.
	Stamp func() uint64

	// Origin returns the State.Origin of an image that was not forked, by its index in the
	// process table. nil: it is not known of any.
	Origin func(index int) any

	// Boundary is which blocks are counted; nil: all are.
	Boundary Boundary
	// Afresh is whether the account of a forked child begins with nothing, not with its parent's blocks.
	Afresh bool

	// Waits is whether the processes that outlive the root are waited for. They are taken to
	// end with it otherwise.
	Waits bool

	// Watch is called now and then with each image that runs and has begun. It must not
	// keep what the Reader will write to. nil: nobody watches.
	Watch func(*Image)

	// Subject completes what is known of an image whose memory in RAM is to be read, and
	// reports whether it is to be. nil: none is.
	Subject func(*Image, *resident.Subject) bool

	// Eager has readings of memory in RAM made one after the other, whatever they cost.
	Eager bool

	// Finished is called with each image that has ended, when all its events have been
	// replayed. The Reader does not touch it any more. nil: nobody wants them.
	Finished func(*Image)

	// MarkSignal is what marks are named after that a signal asks for, and MarkFunctions those that
	// functions ask for, by their numbers. Since returns how much time is between two stamps,
	// the first of which is the program's start where it is 0; nil: that is not known.
	MarkSignal    string
	MarkFunctions []string
	Since         func(from, to uint64) time.Duration

	// Limit is how much may live in each process.
	Limit Limit

	// Fails reports whether allocations through a stack of an image are to fail, for which a thread
	// waits. nil: none are.
	Fails func(*Image, StackID) bool

	// Copies makes copies of the processes. nil: nobody wants them. CopyMarks is whether one is to
	// be made at each mark, and CopyPeaks whether any may be due without one.
	Copies    Copies
	CopyMarks bool
	CopyPeaks bool

	// Dumps has something made of the images while they run. nil: nobody wants that.
	Dumps Dumps

	// Stream is written all that the Reader reads of the shared memory but marks, so that tests can
	// replay it without the programs. nil: it is not written.
	Stream *wire.StreamWriter
}

// NewReader returns a reader of the rings in m.
func NewReader(m *shm.Memory, identities *process.Identities, o Options) *Reader {
	if o.Stamp == nil {
		o.Stamp = clock.Stamp
	}
	if o.Origin == nil {
		o.Origin = func(int) any { return nil }
	}
	if o.Watch == nil {
		o.Watch = func(*Image) {}
	}
	if o.Subject == nil {
		o.Subject = func(*Image, *resident.Subject) bool { return false }
	}
	if o.Finished == nil {
		o.Finished = func(*Image) {}
	}
	if o.Since == nil {
		o.Since = sinceUnknown
	}
	return &Reader{
		options:    o,
		memory:     m,
		identities: identities,
		running:    make(map[int]*Image),
		latest:     make(map[procfs.Process]*Image),
		unborn:     newForks(),
		executed:   make(Executions),
		entered:    make(map[int]bool),
		takenOn:    make(map[*wire.Mark]uint32),
	}
}

// nap returns how long the Reader sleeps at most: it wakes for the timeline, for events that
// fill no ring, and to see which processes have ended. Where blocks are sampled, as in programs
// that are recorded for hours, it need not wake as often.
func (r *Reader) nap() time.Duration {
	if r.memory.SampleMean() != 0 {
		return 50 * time.Millisecond
	}
	return 10 * time.Millisecond
}

// napForPeaks is how long the Reader sleeps at most where copies of peaks are wanted: what has been freed
// meanwhile is in none.
const napForPeaks = time.Millisecond

// Root is the process of the program that was started.
type Root struct {
	PID   int
	Ended chan struct{} // closed when it has ended
	End   uint64        // stamp of that, set before
}

// Run reads until root and, with Options.Waits, all other recorded processes have ended, or
// until stop is closed.
func (r *Reader) Run(root *Root, stop <-chan struct{}) {
	last := time.Now()
	for {
		rootEnded := isClosed(root.Ended)
		words, done := r.turn(root, rootEnded, isClosed(stop) || rootEnded && !r.options.Waits)
		if done {
			return
		}
		now := time.Now()
		if words < wire.RingWords/8 && !r.restBriefly(words, now.Sub(last)) {
			r.sleep(root.Ended, stop, rootEnded)
		}
		last = now
	}
}

// turn makes a round, and looks which images have come and ended. It returns how many words
// there were to read, and reports whether this was the last round.
func (r *Reader) turn(root *Root, rootEnded, stopped bool) (words uint64, done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Who is seen to have ended here had joined before, and has published
	// everything before the round.
	over := r.isOver()
	r.join()
	r.noticeEnds(root, rootEnded, stopped, over)
	// What was published before this moment, by any thread, is seen below;
	// and whatever could come before an event of that time has been
	// published (an event is published before the call that it describes
	// takes effect for other threads). So up to here the order is final.
	words = r.roundWithCopies(r.options.Stamp())
	r.makeCopies()
	r.makeDumps()
	r.finishEnded()
	if stopped || rootEnded && len(r.running) == 0 && (over || !r.unborn.expectChild()) {
		r.ended = true
		return words, true
	}
	if rootEnded {
		r.seeWhetherOver()
	}
	r.watch()
	return words, false
}

// LostMarks returns how many marks were not made, as there was no place for them, or no room in
// the account of their image. It may be called when Run has returned.
func (r *Reader) LostMarks() uint64 {
	return r.marksLost + uint64(atomic.LoadUint32(&r.memory.Control().LostMarks))
}

// Entered returns the functions that marks were asked for, by their numbers. It may be called when
// Run has returned.
func (r *Reader) Entered() map[int]bool { return r.entered }

// Executed returns the programs that children of vfork have begun, as by posix_spawn. It
// may be called when Run has returned.
func (r *Reader) Executed() Executions { return r.executed }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// restBriefly waits while busy threads write, so many words in the time given, until they may
// have half filled a ring. It reports whether it has. It asks for no doorbell, which takes
// a thread as long to ring as hundreds of events do. Threads that are less busy, and those that
// share their only processor with the Reader, had better ring.
func (r *Reader) restBriefly(words uint64, in time.Duration) bool {
	const shortest, longest = 50 * time.Microsecond, time.Millisecond
	if words == 0 || runtime.GOMAXPROCS(0) == 1 {
		return false
	}
	halfFull := in * (wire.RingWords / 2) / time.Duration(words)
	if halfFull > longest {
		return false
	}
	c := r.memory.Control()
	shm.WaitBriefly(&c.Doorbell, atomic.LoadUint32(&c.Doorbell), max(halfFull/2, shortest))
	return true
}

// sleep waits for the doorbell, which a thread rings when half its ring is full, or for the
// end.
func (r *Reader) sleep(ended, stop <-chan struct{}, rootEnded bool) {
	c := r.memory.Control()
	seen := atomic.LoadUint32(&c.Doorbell)
	atomic.StoreUint32(&c.Sleeping, 1)
	defer atomic.StoreUint32(&c.Sleeping, 0)
	if r.isAnyHalfFull() {
		return // it rang before we listened
	}
	if !isClosed(stop) && isClosed(ended) == rootEnded {
		nap := r.nap()
		if r.options.CopyPeaks {
			nap = min(nap, napForPeaks)
		}
		shm.Wait(&c.Doorbell, seen, nap)
	}
}

func (r *Reader) isAnyHalfFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.rings, func(g *ring) bool {
		return atomic.LoadUint64(&g.header.Head)-g.tail >= wire.RingWords/2 && !g.damaged
	})
}

// round replays the events up to the stamp limit, and later ones where no others can come
// between. It returns how many words there were to read.
func (r *Reader) round(limit uint64) (words uint64) { return r.merge(limit, false) }

// merge replays the events up to the stamp limit and returns how many words there were to
// read. If exactly is false, it may replay later ones, as round does.
func (r *Reader) merge(limit uint64, exactly bool) (words uint64) {
	r.join()
	r.memory.Mend(uint32(len(r.images)), r.claimed)
	defer atomic.AddUint32(&r.memory.Control().Rounds, 1)
	r.ready = r.ready[:0]
	for _, g := range r.rings {
		seen := g.head
		if !g.look() {
			if g.damaged || g.isMisplaced() {
				g.release()
			}
			continue
		}
		r.writeSpan(g, seen)
		words += g.head - g.tail
		if at, ok := g.next(); ok {
			r.ready = append(r.ready, readyRing{at, g})
		} else {
			g.release()
		}
	}
	due, early := r.dueMarks(limit)
	r.ready.init()
	for _, d := range due {
		r.replayUntil(d.stamp)
		r.mark(d)
	}
	r.replayed = limit
	if len(r.rings) == 1 && !early && !exactly && atomic.LoadUint32(&r.memory.Control().Rings) == 1 {
		limit = ^uint64(0) // there was nobody else whose events could come between
	}
	r.writeRound(limit)
	r.replayUntil(limit)
	if limit == ^uint64(0) {
		r.replayed = max(r.replayed, r.rings[0].stamp)
	}
	for _, ready := range r.ready {
		ready.ring.release()
	}
	return words
}

// replayUntil replays the events that were found in this round up to the stamp limit.
func (r *Reader) replayUntil(limit uint64) {
	for len(r.ready) > 0 && r.ready[0].at <= limit {
		g := r.ready[0].ring
		r.begin(g.image)
		g.replay(min(limit, r.ready.second()))
		if at, ok := g.next(); ok {
			r.ready[0].at = at
			r.ready.down(0)
		} else {
			g.release()
			r.ready.pop()
		}
	}
}

// lookAhead takes in all nodes that the threads of an image have told of so far. A node may have
// its parent from another thread, which told of it before.
func (r *Reader) lookAhead(image *Image) {
	for found := true; found; {
		found = false
		for _, g := range r.rings {
			found = g.image == image && g.lookAhead() || found
		}
	}
}

// watch looks, now and then, how much memory the processes that run have resident.
func (r *Reader) watch() {
	if time.Since(r.watched) < r.nap() {
		return
	}
	r.watched = time.Now()
	for _, g := range r.rings {
		if g.image.Proc != 0 && g.image.State != nil {
			g.readName(r.watched)
		}
	}
	for _, i := range r.running {
		if i.State != nil {
			r.options.Watch(i)
		}
		if i.Proc == 0 {
			continue
		}
		i.watchExec()
		// The time before: a process that has memory has not ended by then, but
		// may have since.
		at := r.options.Stamp()
		m, _ := i.Proc.Memory()
		if r.memory.Flags()&wire.Attached == 0 { // else blocks from before explain what nobody can tell
			i.followAnonymous(m.Anonymous(), i.readNotHeap)
		}
		i.resident.Eager = r.options.Eager
		i.followResident(m, at, r.options.Subject)
		if i.State != nil && m.Resident != 0 {
			i.account().Resident(at, m.Resident)
		}
	}
}
