// Package underway is how commands follow a recording that is under way, and make marks in it.
package underway

import (
	"sync"

	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

// Recording is what is looked at: a *tracker.Live.
type Recording interface {
	Processes() ([]tracker.LiveProcess, error)
	Look() (*profile.Profile, error)
	Profile() (*profile.Profile, error)
	Mark(name string) (string, error)
	Ended() <-chan struct{}
}

// AddLive has one more that looks at a recording when it is under way, beside those that do.
func AddLive(to *func(*tracker.Live), one func(*tracker.Live)) {
	others := *to
	if others == nil {
		*to = one
		return
	}
	*to = func(live *tracker.Live) {
		var looking sync.WaitGroup
		looking.Go(func() { others(live) })
		one(live)
		looking.Wait()
	}
}
