//go:build linux && (amd64 || arm64)

package tracker

import (
	"time"

	"golang.org/x/sys/unix"
)

// stamp reads the cycle counter, the clock of the program's events, such that
// every event with a stamp up to the one returned was stamped before.
func stamp() uint64

// clock converts stamps to time. The counter's rate is constant but not told,
// so it is measured against the system's clock over the whole recording.
type clock struct {
	read  func() uint64
	stamp uint64
	nanos int64
}

// readClock reads both clocks at nearly one moment: the narrowest of some tries.
func readClock(read func() uint64) clock {
	var best clock
	width := ^uint64(0)
	for range 5 {
		before := read()
		nanos := monotonic()
		if after := read(); after-before < width {
			width = after - before
			best = clock{read, before + width/2, nanos}
		}
	}
	return best
}

func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// rate says how many microseconds num/den a tick has, measured since c. It
// waits until long enough a time has passed for four digits.
func (c clock) rate() (num, den uint64) {
	const enough = 2 * time.Millisecond
	now := readClock(c.read)
	for now.nanos-c.nanos < int64(enough) {
		time.Sleep(enough)
		now = readClock(c.read)
	}
	return uint64(now.nanos - c.nanos), (now.stamp - c.stamp) * 1000
}
