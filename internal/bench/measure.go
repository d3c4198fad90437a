package main

import "time"

// measurement is what one run took.
type measurement struct {
	wall time.Duration // from start to end
	cpu  time.Duration // user and system time of the process itself, without its children
	// tail is the time from the end of the process's first child to its own. It
	// is not known if the child came and went unseen.
	tail      time.Duration
	tailKnown bool
}
