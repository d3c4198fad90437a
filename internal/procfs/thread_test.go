package procfs

import "testing"

func TestTheStatusOfAThreadIsRead(t *testing.T) {
	const text = "Name:\tState:\tX\nState:\tD (disk sleep)\nTracerPid:\t17\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000004000\n" +
		"SigBlk:\t0000000000010000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000180004000\nSeccomp:\t2\nSeccomp_filters:\t3\n"
	want := ThreadStatus{State: 'D', Tracer: 17, Seccomp: 2, Filters: 3, Pending: 0x4001, Blocked: 0x10000, Shared: 1 << 14, Caught: 0x180004000}
	if got := parseThreadStatus([]byte(text)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := parseThreadStatus([]byte("Seccomp:\t0\n")); got.Filters != -1 {
		t.Errorf("Linux before 5.9 has %d filters", got.Filters)
	}
}
