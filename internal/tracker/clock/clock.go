//go:build linux && (amd64 || arm64)

package clock

import "time"

// Stamp reads the cycle counter. Every event whose stamp is at most the one returned was
// stamped before Stamp returned.
func Stamp() uint64

// Clock converts stamps to time. The rate of a counter is constant, but the processor does
// not tell it, so it is measured against the system's clock over the whole recording.
type Clock struct {
	Stamp uint64    // when the Clock was made
	Time  time.Time // the same moment

	read func() uint64
}

// New returns a Clock that begins now. read reads the counter: Stamp, or what stands for it
// where programs are emulated.
func New(read func() uint64) Clock {
	// Both are read at nearly one moment: the narrowest of some tries.
	var best Clock
	width := ^uint64(0)
	for range 5 {
		before := read()
		now := time.Now()
		if after := read(); after-before < width {
			width = after - before
			best = Clock{before + width/2, now, read}
		}
	}
	return best
}

// Rate returns how many microseconds a tick has, as the fraction num/den, measured since c
// was made. Where that is less than 2 ms ago it waits, for a result that is right to four
// digits.
func (c Clock) Rate() (num, den uint64) {
	const enough = 2 * time.Millisecond
	now := New(c.read)
	for now.Time.Sub(c.Time) < enough {
		time.Sleep(enough)
		now = New(c.read)
	}
	return uint64(now.Time.Sub(c.Time)), (now.Stamp - c.Stamp) * 1000
}
