//go:build linux

package resident

import (
	"cmp"
	"time"
)

// budget is what readings may cost, and have.
type budget struct {
	spent    time.Duration // of a processor
	taking   time.Duration // of that, on the reading that is being made
	expected time.Duration // what the reading takes that is being made, on a machine that is not slow
	slowness float64       // how much longer readings take; 0: not known yet
	isOld    bool          // whether the kernel is one that takes long
}

const (
	// What readings may take: a share of the processor time that the process has taken, and a little
	// of the time that it has run, for those that have much memory and wait.
	ofProcessor = 0.015
	ofTime      = 0.0025

	// forGaps and ofTimeForGaps are what readings of gaps may take besides: one that comes late says of a
	// short program only what was so when it was about to end, and one that never comes is
	// what somebody asks whose program waits with memory that nothing explains.
	forGaps       = 5 * time.Millisecond
	ofTimeForGaps = 0.01

	// What a reading takes, on a machine of 2023: BenchmarkRead.
	perReading = 300 * time.Microsecond
	perBlock   = 15 * time.Nanosecond
	perCopy    = 20 * time.Nanosecond // of a block: what the account copies when it goes on, and the collector of garbage
	perPage    = 12 * time.Nanosecond // of 4 KiB
	perOldPage = 40 * time.Nanosecond // likewise, before Linux 6.7, or for the flags of mappings

	// guessed is the slowness where it is not known.
	guessed = 1.5
)

// allowed returns what readings may take in all of a process that has run so long, and taken so much of
// a processor.
func allowed(run, processor time.Duration) time.Duration {
	return time.Duration(ofProcessor*float64(processor) + ofTime*float64(run))
}

// share returns which share a reading would take of what readings may still take: more than 1
// if it may not be made.
func (b *budget) share(now *Moment, allowed time.Duration) float64 {
	page := perPage
	if b.isOld {
		page = perOldPage
	}
	b.expected = perReading + (perBlock+perCopy)*time.Duration(now.Blocks) + page*time.Duration(now.Memory.Resident/4096)
	return float64(b.takes()) / float64(max(allowed-b.spent, 1))
}

// takes returns what the reading is expected to take of which share was asked.
func (b *budget) takes() time.Duration {
	return time.Duration(float64(b.expected) * cmp.Or(b.slowness, guessed))
}

// mayReadFlags reports whether it costs next to nothing to read the flags of mappings, too.
func (b *budget) mayReadFlags(now *Moment, allowed time.Duration) bool {
	const (
		nothing = 500 * time.Microsecond
		little  = 0.1
	)
	takes := perOldPage * time.Duration(now.Memory.Resident/4096)
	return takes < nothing || float64(takes) < little*float64(allowed-b.spent)
}

// spend counts what a part of a reading has taken.
func (b *budget) spend(took time.Duration) {
	b.spent += took
	b.taking += took
}

// copied counts what it costs that so many live blocks were copied, which is not measured.
func (b *budget) copied(blocks uint64) { b.spend(perCopy * time.Duration(blocks)) }

// done counts the rest of a reading, and learns from it.
func (b *budget) done(took time.Duration) {
	b.spend(took)
	const least, most = time.Millisecond, 4 // of what takes less, most is chance
	if b.expected < least {
		b.taking = 0
		return
	}
	now := min(max(float64(b.taking)/float64(b.expected), 1), most)
	b.slowness = (cmp.Or(b.slowness, now) + now) / 2 // one may have been held up
	b.taking = 0
}
