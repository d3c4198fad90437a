//go:build linux && (amd64 || arm64)

package launch

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Limits are those that heapprof was started under and that are meant for the program,
// but count for heapprof as well: on the size of files (ulimit -f), which the memory
// that both share is and the profile, and on memory (ulimit -v and -d), of which the
// recorder has address space for its threads and for the call stacks.
type Limits []limit

type limit struct {
	resource int
	given    unix.Rlimit
}

// LiftLimits lifts the limits for this process as far as it may, and returns what they were.
func LiftLimits() (all Limits) {
	for _, resource := range []int{unix.RLIMIT_FSIZE, unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		l := limit{resource: resource}
		if unix.Getrlimit(resource, &l.given) != nil || l.given.Cur == unix.RLIM_INFINITY {
			continue
		}
		if resource == unix.RLIMIT_FSIZE {
			// What is left of it shall be an error of a write, not the end of heapprof.
			signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ)
		}
		l.lift()
		all = append(all, l)
	}
	return all
}

func (l limit) lift() {
	if unix.Setrlimit(l.resource, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}) != nil {
		_ = unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.given.Max, Max: l.given.Max})
	}
}

// During calls start under the limits as they were, which a program it starts inherits.
func (all Limits) During(start func()) {
	for _, l := range all {
		_ = unix.Setrlimit(l.resource, &l.given) // it was valid
	}
	start()
	for _, l := range all {
		l.lift()
	}
}
