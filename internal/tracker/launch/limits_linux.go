//go:build linux && (amd64 || arm64)

package launch

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Limits are limits that heapprof was started under and that are meant for the program, but
// that count for heapprof as well. The limit on the size of files (ulimit -f) concerns the
// shared memory and the profile; those on memory (ulimit -v and -d) concern the recorder,
// which has address space for its threads and for the call stacks.
type Limits []limit

type limit struct {
	resource int
	given    unix.Rlimit
}

// LiftLimits lifts this process's limits on the size of files and on memory as far as it
// may, and returns what they were.
func LiftLimits() (all Limits) {
	for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		l := limit{resource: resource}
		if unix.Getrlimit(resource, &l.given) != nil || l.given.Cur == unix.RLIM_INFINITY {
			continue
		}
		if resource == unix.RLIMIT_FSIZE {
			// Where a limit remains, a write beyond it shall fail and not end heapprof.
			signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ)
		}
		l.lift()
		all = append(all, l)
	}
	return all
}

// lift lifts the limit for this process, or raises it as far as that is allowed.
func (l limit) lift() {
	if unix.Setrlimit(l.resource, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}) != nil {
		_ = unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.given.Max, Max: l.given.Max})
	}
}

// During calls start under the limits as they were, so that a program that start starts
// inherits them.
func (all Limits) During(start func()) {
	for _, l := range all {
		_ = unix.Setrlimit(l.resource, &l.given) // a limit that this process has had is allowed
	}
	start()
	for _, l := range all {
		l.lift()
	}
}
