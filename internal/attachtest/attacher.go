//go:build linux

package main

import (
	"context"
	"time"
)

// attached is what came of attaching once.
type attached struct {
	began  time.Duration   // from the beginning to the word that it records
	ended  time.Duration   // from the word to end to where that was done
	pauses []time.Duration // how long the process stood still, each time
	calls  uint64          // calls of its allocators that were recorded
	// refused says why the process was not attached to: "" where it was.
	refused string
}

// attacher attaches to processes.
type attacher interface {
	// attach attaches to a process, calls during while it records, and detaches. The error is of a fault of its own.
	attach(ctx context.Context, pid int, during func()) (attached, error)
}

// nobody does not attach at all: what is seen then is the program's own.
type nobody struct{}

func (nobody) attach(_ context.Context, _ int, during func()) (attached, error) {
	during()
	return attached{}, nil
}
