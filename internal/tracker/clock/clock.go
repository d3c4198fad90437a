//go:build linux && (amd64 || arm64)

package clock

import "time"

// Stamp reads the cycle counter, the clock of the program's events, such that
// every event with a stamp up to the one returned was stamped before.
func Stamp() uint64

// Clock converts stamps to time. A counter's rate is constant but not told, so it is
// measured against the system's clock over the whole recording.
type Clock struct {
	Stamp uint64    // when the Clock was made,
	Time  time.Time // which was then

	read func() uint64
}

// New makes a Clock of a counter: of Stamp, or of one that stands for it.
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

// Rate returns how many microseconds num/den a tick has, measured since c was made. It
// waits until long enough a time has passed for four digits.
func (c Clock) Rate() (num, den uint64) {
	const enough = 2 * time.Millisecond
	now := New(c.read)
	for now.Time.Sub(c.Time) < enough {
		time.Sleep(enough)
		now = New(c.read)
	}
	return uint64(now.Time.Sub(c.Time)), (now.Stamp - c.Stamp) * 1000
}
