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
}

const (
	// A share of the time may be taken, and the allowance, and for each page that is in RAM what it
	// takes to read it once: a program that runs for a second or two is to have some readings, too.
	// To have a page in RAM took the program many times as long.
	mayTake   = 0.01
	allowance = 5 * time.Millisecond

	// What a reading takes, on a machine of 2023.
	perBlock = 15 * time.Nanosecond
	perCopy  = 40 * time.Nanosecond // of a block: what the account copies when it goes on, and the collector of garbage
	perPage  = 60 * time.Nanosecond // of 4 KiB

	// guessed is the slowness where it is not known.
	guessed = 2.0
)

// share returns which share a reading would take of what readings may still take when the
// process has run so long: more than 1 if it may not be made.
func (b *budget) share(now *Moment, run time.Duration) float64 {
	pages := perPage * time.Duration(now.Memory.Resident/4096)
	b.expected = (perBlock+perCopy)*time.Duration(now.Blocks) + pages
	rest := float64(run)*mayTake + float64(allowance) + guessed*float64(pages) - float64(b.spent)
	return float64(b.expected) * cmp.Or(b.slowness, guessed) / max(rest, 1)
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
	now := min(max(float64(b.taking)/float64(max(b.expected, time.Microsecond)), 1), most)
	b.slowness = (cmp.Or(b.slowness, now) + now) / 2 // one may have been held up
	b.taking = 0
}
