package main

import "time"

// measurement is what one run of a program took.
type measurement struct {
	wall time.Duration // from start to end
	all  time.Duration // user and system time of the process and the children it waited for
	own  time.Duration // the part of that which is the process's own; only for a recorder
	// tail is the time from the end of a recorder's program to its own. It
	// is not known if the program came and went unseen.
	tail      time.Duration
	tailKnown bool
	rate      float64 // the program's throughput, operations per second; 0: it has none
}
