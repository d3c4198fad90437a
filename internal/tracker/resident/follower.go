//go:build linux

package resident

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
)

// Follower keeps, of a process that runs, the reading at which the gap between its anonymous
// memory and its live bytes was the widest, and the last one. A reading takes milliseconds for each
// hundred megabytes, so a Follower has it made beside its caller, and not often: in all it takes no
// more than a hundredth of the time for which the process has run, and the first few
// milliseconds.
//
// What is mapped is read first, then the live blocks are copied, then it is looked which of their
// pages are in RAM. So what the process allocates meanwhile is not taken for free memory.
//
// The zero value follows nothing yet. It is not safe for concurrent use.
type Follower struct {
	Eager bool // it makes readings one after the other, whatever they cost

	filePeak uint64
	widest   []*Reading // each with a wider gap than the one before; the first is the last of those that are no end (see isEnd)
	last     *Reading

	began    time.Time     // when it was followed first
	latest   time.Duration // after how long the last reading was begun
	budget   budget
	mapping  chan mapped  // where will come what is mapped; nil: that is not being read
	reading  chan reading // where the reading will come; nil: none is being made
	attempts int          // how often what is mapped was read for it
}

// mapped is what was mapped, or nothing where the process told nothing.
type mapped struct {
	parts []procfs.MappedMemory
	took  time.Duration
}

// reading is a reading, or nothing where the process told none.
type reading struct {
	*Reading
	took time.Duration
}

const (
	// least is how much anonymous memory is worth a reading, or twice as much of any, and how much
	// wider the gap must be for another one.
	least = 4 << 20

	// often is how long after a reading there is another one whatever the gap, at most.
	often = 2 * time.Second

	// little is the share of what readings may still take that one may have which says little.
	little = 0.05

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
		f.began = at
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
	case f.isDue(&now, run):
		f.latest, f.attempts = run, 0
		f.readMapped(p)
	}
}

// readMapped starts reading what the process has mapped.
func (f *Follower) readMapped(p procfs.Process) {
	f.attempts++
	f.mapping = make(chan mapped, 1)
	go func(to chan<- mapped) {
		var m mapped
		m.took = timed(func() {
			if p.EachMapped(func(part procfs.MappedMemory) { m.parts = append(m.parts, part) }) != nil {
				m.parts = nil
			}
		})
		to <- m
	}(f.mapping)
}

// goOn goes on with a reading when it is known what is mapped; unless much has changed since.
func (f *Follower) goOn(p procfs.Process, m mapped, now Moment, subject func() *Subject) {
	f.budget.spend(m.took)
	var anonymous uint64
	for i := range m.parts {
		anonymous += m.parts[i].Anonymous
	}
	if len(m.parts) == 0 {
		return // it has ended, or hides itself
	}
	if moved := now.Memory.Anonymous(); f.attempts < mostAttempts && max(moved, anonymous)-min(moved, anonymous) > least/4+anonymous/50 {
		f.readMapped(p)
		return
	}
	s := subject()
	if s == nil {
		return
	}
	f.budget.copied(s.Live.Blocks)
	f.reading = make(chan reading, 1)
	go func(to chan<- reading) {
		var r reading
		r.took = timed(func() {
			if made, err := read(s, m.parts); err == nil {
				r.Reading = made
			}
		})
		to <- r
	}(f.reading)
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

// isDue reports whether a reading is to be made: if the gap is wider than that of any before, the
// more so the less readings may still cost, or if the last was long ago. The less of the memory the
// gap is, the less a reading may cost: it says little.
func (f *Follower) isDue(now *Moment, run time.Duration) bool {
	isLarge := now.Memory.Anonymous() >= least || now.Memory.Resident >= 2*least
	share := f.budget.share(now, run)
	switch {
	case f.Eager:
		return isLarge
	case !isLarge || share > max(float64(now.gap())/float64(now.Memory.Anonymous()+1), little):
		return false
	case f.last == nil:
		return true
	}
	widest := f.widest[len(f.widest)-1].Gap()
	wider := uint64(float64(widest) * max(0.02, share/2))
	return now.gap() >= widest+max(least, wider) || run-f.latest > min(run/10, often) && share < little
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
