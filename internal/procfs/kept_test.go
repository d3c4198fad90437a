package procfs

import (
	"slices"
	"testing"
)

// Forms of Linux 6.18; before 4.12 there was nothing behind the data.
func TestWordsAreReadThatTheKernelKeepsForAProcess(t *testing.T) {
	const info = "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\n" +
		"tfd:     2568 events:       1f data:     7f7f00000a08  pos:0 ino:13ed542 sdev:f\n" +
		"tfd:        5 events:       19 data: ffffffffffffffff \n" +
		"tfd:        6 events:       19 data:\ntfd:\n"
	if got, want := parseEpoll([]byte(info)), []uint64{0x7f7f00000a08, 1<<64 - 1}; !slices.Equal(got, want) {
		t.Errorf("of epoll %x, want %x", got, want)
	}
	const timers = "ID: 0\nsignal: 14/000055d0c0ffee10\nnotify: signal/pid.77\nClockID: 1\nID: 1\nsignal: 0/          (null)\nsignal: 3"
	if got, want := parseTimers([]byte(timers)), []uint64{0x55d0c0ffee10}; !slices.Equal(got, want) {
		t.Errorf("of timers %x, want %x", got, want)
	}
}
