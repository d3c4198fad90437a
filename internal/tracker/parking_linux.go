//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/parked"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/roots"
	"heapprof/internal/tracker/shm"
)

// parking makes the copies of processes that snapshots are made of, and keeps them: of the peak
// only the last one.
type parking struct {
	options Retained
	memory  *shm.Memory
	copier  *parked.Copier

	mu     sync.Mutex // guards images: an image's copies are taken by others than the Reader
	images map[int]*keeping
}

// keeping is what is kept of one image.
type keeping struct {
	policy     parked.Policy
	peak, exit *kept
	marks      []*kept
	asked      *parked.Request // a copy of the peak that the process is to make of itself; nil: none is

	// Why copies were not made that were wanted: the last one of the peak, that at the exit, and those at so
	// many marks.
	peakFailed, exitFailed, marksFailed profile.Cause
	marksMissing                        uint64
}

// kept is a copy of a process, with the blocks that lived at its moment.
type kept struct {
	kind   profile.SnapshotKind
	mark   string
	waiter int  // the thread that was in the tracker library: it waited for the copy, or made it; 0: none was
	padded bool // no block had begun where another one may end
	copy   *parked.Copy
	live   *heap.Live
	shared []roots.Range        // what of memory that it shares with others it had touched
	mapped []replay.MappedRange // what calls had mapped, as far as they were recorded
}

func newParking(o Retained, memory *shm.Memory, stamp func() uint64) *parking {
	return &parking{options: o, memory: memory, copier: parked.NewCopier(parked.Options{Stamp: stamp, Available: procfs.AvailableMemory}), images: make(map[int]*keeping)}
}

// isPadded reports whether no block of an image has begun where another one may end.
func (p *parking) isPadded(index int) bool { return p.memory.Process(index).Apart != 0 }

// of returns what is kept of an image. mu must be held.
func (p *parking) of(i *replay.Image) *keeping {
	k := p.images[i.Index]
	if k == nil {
		k = &keeping{}
		p.images[i.Index] = k
	}
	return k
}

// IsDue reports whether a copy of the peak is due.
func (p *parking) IsDue(i *replay.Image) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.of(i)
	// After the exit, destructors run, and what they leave behind for a moment nobody holds.
	if k.exit != nil || k.asked != nil || !k.policy.Due(time.Now(), i.Heap.LiveBytes()) {
		return false
	}
	// A forked child has its parent's blocks, and most do little with them.
	return i.Parent < 0 || i.Own().Peak >= leastPeak
}

// IsAwaited reports whether an image's process is to copy itself, and whether it has.
func (p *parking) IsAwaited(i *replay.Image) (awaited, made bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.images[i.Index]
	if k == nil || k.asked == nil {
		return false, false
	}
	return true, k.asked.IsTaken()
}

// Copy copies an image's process.
func (p *parking) Copy(i *replay.Image, q replay.CopyRequest) (stamp uint64, keep func(*heap.Live)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.of(i)
	if isAtMark := q.Why == replay.CopyAtMark || q.Why == replay.CopyAsked; isAtMark && len(k.marks) >= MaxMarkSnapshots {
		k.fail(q.Why, profile.Cause{Code: profile.CopiesTooMany, Number: MaxMarkSnapshots})
		return 0, nil
	}
	began := time.Now()
	made, err := p.make(k, i, q.Why)
	if k.asked != nil {
		return 0, nil
	}
	if err != nil {
		if q.Why == replay.CopyDue {
			k.policy.Missed(time.Now(), time.Since(began))
		}
		k.fail(q.Why, causeOf(err))
		return 0, nil
	}
	c := &kept{mark: q.Mark, waiter: cmp.Or(q.Waiter, made.Maker), copy: made, padded: p.isPadded(i.Index), shared: roots.SharedPages(made.Of, shm.MappedAs)}
	return made.Stamp, func(live *heap.Live) {
		c.live, c.mapped = live, i.AddressSpace.Mapped()
		p.keep(k, c, q.Why)
	}
}

// The time that a process is given to copy itself where somebody waits for that: at its exit it looks for such a
// request itself.
const (
	askedAtExit = time.Second
	askedAtMark = 100 * time.Millisecond
)

// make makes a copy of an image's process, or asks the process for one that is due.
func (p *parking) make(k *keeping, i *replay.Image, why replay.CopyReason) (*parked.Copy, error) {
	if asked := k.asked; asked != nil {
		k.asked = nil
		if why == replay.CopyDue {
			return asked.Take()
		}
		asked.Withdraw()
	}
	made, err := p.copier.Copy(i.PID, p.memory.Process(i.Index).Lend)
	var e *parked.Error
	if err == nil || !errors.As(err, &e) || !e.IsUntraced() {
		return made, err
	}
	asked, askErr := p.copier.Ask(i.PID, p.memory, p.memory.Process(i.Index))
	limit := askedAtMark
	switch {
	case askErr != nil:
		return nil, err
	case why == replay.CopyDue:
		k.asked = asked
		return nil, nil
	case why == replay.CopyAtExit:
		limit = askedAtExit
	}
	if !asked.Await(limit) {
		asked.Withdraw()
		return nil, err
	}
	return asked.Take()
}

// causeOf returns why a process was not copied.
func causeOf(err error) profile.Cause {
	var e *parked.Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return profile.Cause{Code: profile.NotCopied, Detail: err.Error()}
}

// fail notes that a copy was not made.
func (k *keeping) fail(why replay.CopyReason, cause profile.Cause) {
	switch why {
	case replay.CopyDue:
		k.peakFailed = cause
	case replay.CopyAtExit:
		k.exitFailed = cause
	default:
		k.marksFailed = cause
		k.marksMissing++
	}
}

// lose forgets a copy that nothing could be made of.
func (k *keeping) lose(c *kept, cause profile.Cause) {
	switch c {
	case k.peak:
		k.peak, k.peakFailed = nil, cause
	case k.exit:
		k.exit, k.exitFailed = nil, cause
	default:
		k.marks = slices.DeleteFunc(k.marks, func(m *kept) bool { return m == c })
		k.marksFailed = cause
		k.marksMissing++
	}
}

// keep keeps a copy, and lets go of the one whose place it takes.
func (p *parking) keep(k *keeping, c *kept, why replay.CopyReason) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var old *kept
	switch why {
	case replay.CopyDue:
		// Where others want the processors, most of the time that it took was waiting for one.
		k.policy.Made(time.Now(), c.live.Bytes, c.copy.CPU)
		k.peakFailed = profile.Cause{}
		if k.peak != nil && c.live.Bytes < k.peak.live.Bytes { // most was freed before the process stood
			c.copy.Close()
			return
		}
		c.kind, old, k.peak = profile.PeakSnapshot, k.peak, c
	case replay.CopyAtExit:
		c.kind, old, k.exit = profile.ExitSnapshot, k.exit, c
		if k.peak != nil && c.live.Bytes >= k.peak.live.Bytes { // it is nearer to the peak, too
			k.peak.copy.Close()
			k.peak = nil
		}
	default:
		c.kind, k.marks = profile.MarkSnapshot, append(k.marks, c)
	}
	if old != nil {
		old.copy.Close()
	}
}

// take returns what is kept of an image that has ended, which is the caller's from then on.
func (p *parking) take(index int) (taken keeping) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.images[index]; k != nil {
		if k.asked != nil {
			k.asked.Withdraw()
		}
		taken = *k
		delete(p.images, index)
	}
	return taken
}

// all returns the copies that are kept, in the order of time.
func (k *keeping) all() (list []*kept) {
	list = append(list, k.marks...)
	for _, c := range []*kept{k.peak, k.exit} {
		if c != nil {
			list = append(list, c)
		}
	}
	return list
}

// close lets go of the copies.
func (k *keeping) close() {
	for _, c := range k.all() {
		c.copy.Close()
	}
}

// drop lets go of the copies for a cause.
func (k *keeping) drop(cause profile.Cause) {
	k.close()
	*k = keeping{peakFailed: cause, exitFailed: cause, marksFailed: cause, marksMissing: k.marksMissing + uint64(len(k.marks))}
}

// close lets go of all copies.
func (p *parking) close() { p.copier.Close() }
