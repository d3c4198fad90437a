//go:build linux

package resident

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
)

// Follower keeps, of a process that runs, the reading at which the gap between its anonymous
// memory and its live bytes was the widest, and the last one. Readings are made beside its caller, and all of
// them take no more than a small share of the processor time that the process has taken (see
// allowed). So most are made where there is a gap that has lasted for a while, and others only
// where they cost little.
//
// What is mapped is looked at first, and which pages are in RAM, then the live blocks are
// copied. So what the process allocates meanwhile is not taken for free memory.
//
// The zero value follows nothing yet. It is not safe for concurrent use.
type Follower struct {
	Eager bool // it makes readings one after the other, whatever they cost

	filePeak uint64
	widest   []*Reading // each with a wider gap than the one before; the first is the last of those that are no end (see isEnd)
	last     *Reading

	began     time.Time     // when it was followed first
	processor time.Duration // what the process had taken of a processor then
	latest    time.Duration // after how long the last reading was begun
	wide      time.Duration // since when the gap has been worth a reading, and about as wide as it is; 0: it is not
	wideBytes uint64        // how wide it was then
	budget    budget
	flags     procfs.Flags // of mappings, as far as they were read; nil: they were not
	mapping   chan mapped  // where will come what is mapped; nil: that is not being read
	reading   chan reading // where the reading will come; nil: none is being made
	attempts  int          // how often what is mapped was read for it
}

// mapped is what was mapped, or nothing where the process told nothing.
type mapped struct {
	*procfs.Survey
	flags procfs.Flags // nil: they were not read
	took  time.Duration
}

// reading is a reading, or nothing where the process told none.
type reading struct {
	*Reading
	took time.Duration
}

const (
	// least is how much anonymous memory is worth a reading, or twice as much of any, and how wide
	// a gap must be at least, and by how much wider for another reading.
	least = 4 << 20

	// leastShare is the share of the anonymous memory that a gap must be, and leastTime and
	// leastPart for how long it must have lasted, and for which part of the run. A finding needs more of
	// both, and many programs end by freeing all that they have. A gap that has grown by grows, while the
	// program frees, begins to last anew.
	leastShare = 0.25
	leastTime  = 30 * time.Millisecond
	leastPart  = 0.05
	grows      = 1.25

	// A reading that is not of such a gap is made no oftener than that and, of what readings may
	// still take and of the time since the last one, may take no more than these shares.
	often          = 2 * time.Second
	littleOfBudget = 0.1
	littleOfTime   = 0.005

	// mostAttempts is how often it is read what is mapped if the memory changes much meanwhile.
	mostAttempts = 3
)

// Moment is what is known of the process at one moment without asking much.
type Moment struct {
	Memory            procfs.Memory
	LiveBytes, Blocks uint64
}

// gap returns how much of the anonymous memory is not what the program asked for.
func (m *Moment) gap() uint64 {
	return m.Memory.Anonymous() - min(m.LiveBytes, m.Memory.Anonymous())
}

// Follow looks at the process, and goes on with a reading or starts one if it is time for that.
// subject returns what to read, with the blocks that are live now; nil: nothing can be.
func (f *Follower) Follow(p procfs.Process, now Moment, subject func() *Subject) {
	at := time.Now()
	if f.began.IsZero() {
		f.began, f.processor = at, processorTime(p)
	}
	run := at.Sub(f.began)
	f.filePeak = max(f.filePeak, now.Memory.Resident-now.Memory.Anonymous())
	f.collect(false)
	switch {
	case f.reading != nil:
	case f.mapping != nil:
		select {
		case m := <-f.mapping:
			f.mapping = nil
			f.goOn(p, m, now, subject)
		default:
		}
	default:
		f.begin(p, &now, run)
	}
}

// begin starts a reading if it is time for that.
func (f *Follower) begin(p procfs.Process, now *Moment, run time.Duration) {
	if now.Memory.Anonymous() < least && now.Memory.Resident < 2*least {
		return
	}
	kind := f.kindDue(now, run)
	if kind == none && f.flags != nil {
		return
	}
	allowed := allowed(run, processorTime(p)-f.processor)
	readsFlags := f.budget.mayReadFlags(now, allowed)
	switch {
	case kind != none && f.isAffordable(kind, now, run, allowed):
		f.latest, f.attempts = run, 0
		f.readMapped(p, true, readsFlags)
	case f.flags == nil && readsFlags: // while there are few pages
		f.readMapped(p, false, true)
	}
}

// readMapped starts reading what the process has mapped, or the flags of that, or both.
func (f *Follower) readMapped(p procfs.Process, surveys, readsFlags bool) {
	f.attempts++
	f.mapping = make(chan mapped, 1)
	go func(to chan<- mapped, flags procfs.Flags) {
		var m mapped
		m.took = timed(func() {
			if readsFlags {
				flags, _ = p.Flags()
				m.flags = flags
			}
			if surveys {
				m.Survey, _ = p.Survey(flags) // nil of a process that has ended, or hides itself
			}
		})
		to <- m
	}(f.mapping, f.flags)
}

// goOn goes on with a reading when it is known what is mapped; unless much has changed since.
func (f *Follower) goOn(p procfs.Process, m mapped, now Moment, subject func() *Subject) {
	f.budget.spend(m.took)
	if m.flags != nil {
		f.flags = m.flags
	}
	if m.Survey == nil || len(m.Parts) == 0 {
		f.budget.taking = 0
		return
	}
	f.budget.isOld = m.IsOld()
	var anonymous uint64
	for i := range m.Parts {
		anonymous += m.Parts[i].Anonymous
	}
	if moved := now.Memory.Anonymous(); f.attempts < mostAttempts && max(moved, anonymous)-min(moved, anonymous) > least/4+anonymous/50 {
		m.Close()
		f.readMapped(p, true, false)
		return
	}
	s := subject()
	if s == nil {
		m.Close()
		return
	}
	f.budget.copied(s.Live.Blocks)
	f.reading = make(chan reading, 1)
	go func(to chan<- reading) {
		var r reading
		r.took = timed(func() {
			defer m.Close()
			if made, err := read(s, m.Survey); err == nil {
				r.Reading = made
			}
		})
		to <- r
	}(f.reading)
}

// processorTime returns how much time of a processor a process has taken.
func processorTime(p procfs.Process) time.Duration {
	stat, err := p.Stat()
	if err != nil {
		return 0
	}
	return stat.UserTime + stat.SystemTime
}

// timed calls f and returns how much time of a processor that took.
func timed(f func()) time.Duration {
	runtime.LockOSThread() // whose time is measured
	defer runtime.UnlockOSThread()
	before := threadTime()
	f()
	return threadTime() - before
}

// threadTime returns how much time of a processor this thread has taken.
func threadTime() time.Duration {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// kind is why a reading is made.
type kind int

const (
	none  kind = iota
	ofGap      // for a gap that is wider than that of any before, and has lasted
	usual      // there is none yet, or the last one was long ago
)

// kindDue returns why a reading is due, if it is cheap enough.
func (f *Follower) kindDue(now *Moment, run time.Duration) kind {
	gap := now.gap()
	switch {
	case gap < least || float64(gap) < leastShare*float64(now.Memory.Anonymous()):
		f.wide = 0
	case f.wide == 0 || float64(gap) > grows*float64(f.wideBytes):
		f.wide, f.wideBytes = max(run, 1), gap
	}
	switch {
	case f.Eager:
		return ofGap
	case f.wide != 0 && run-f.wide >= max(leastTime, time.Duration(leastPart*float64(run))) && f.isWider(gap):
		return ofGap
	case f.last == nil || run-f.latest > min(run/10, often):
		return usual
	}
	return none
}

// isWider reports whether a gap is wider than that of any reading, so that it is worth one.
func (f *Follower) isWider(gap uint64) bool {
	if f.last == nil {
		return true
	}
	widest := f.widest[len(f.widest)-1].Gap()
	return gap >= widest+max(least, widest/10)
}

// isAffordable reports whether a reading may be made, by what it will cost.
func (f *Follower) isAffordable(k kind, now *Moment, run, allowed time.Duration) bool {
	if f.Eager {
		return true
	}
	if k == ofGap {
		return f.budget.share(now, allowed+forGaps+time.Duration(ofTimeForGaps*float64(run))) <= 1
	}
	share := f.budget.share(now, allowed)
	return share <= littleOfBudget && float64(f.budget.takes()) <= littleOfTime*float64(run-f.latest)
}

// collect takes up the reading that is being made: when it is done, if wait, or only if it is.
func (f *Follower) collect(wait bool) {
	if f.reading == nil {
		return
	}
	var r reading
	if wait {
		r = <-f.reading
	} else {
		select {
		case r = <-f.reading:
		default:
			return
		}
	}
	f.reading = nil
	f.budget.done(r.took)
	if r.Reading == nil {
		return
	}
	r.at = f.latest
	f.last = r.Reading
	if len(f.widest) == 0 || f.last.Gap() > f.widest[len(f.widest)-1].Gap() {
		f.widest = append(f.widest, f.last)
	}
	f.forget(time.Since(f.began))
}

// isEnd reports whether a reading is of the last moments of a run of that length, when many
// programs free all that they have: what is left then is no gap that anybody minds.
func (r *Reading) isEnd(run time.Duration) bool { return r.at > run-max(run/50, 30*time.Millisecond) }

// forget drops the readings that will not be the widest, however much longer the process runs:
// all before the last one that is no end.
func (f *Follower) forget(run time.Duration) {
	for len(f.widest) > 1 && !f.widest[1].isEnd(run) {
		f.widest = f.widest[1:]
	}
}

// Wait waits for a reading that is being made: the process has ended.
func (f *Follower) Wait() { f.collect(true) }

// Result is what a Follower has kept.
type Result struct {
	FilePeak uint64     // the most memory of files, and memory that is shared, in bytes
	Readings []*Reading // in the order of time
}

// Result returns what has been kept so far.
func (f *Follower) Result() Result {
	f.collect(false)
	r := Result{FilePeak: f.filePeak}
	if f.last == nil {
		return r
	}
	f.forget(time.Since(f.began))
	widest, last := *f.widest[0], *f.last
	widest.Widest, last.Last = true, true
	if f.widest[0] == f.last {
		last.Widest = true
	} else {
		r.Readings = append(r.Readings, &widest)
	}
	r.Readings = append(r.Readings, &last)
	return r
}
