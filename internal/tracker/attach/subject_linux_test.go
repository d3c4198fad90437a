package attach

import (
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// subject is a program that is stopped.
type subject struct {
	*testkit.Ready
	proc procfs.Process
}

// begin starts a program with its standard input open.
func begin(t *testing.T, args ...string) *subject {
	t.Helper()
	r := testkit.StartReady(t, args...)
	return &subject{Ready: r, proc: procfs.Process(r.Process.Pid)}
}

func parked(t *testing.T) string { return testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm") }
