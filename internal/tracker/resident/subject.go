package resident

import (
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/sizeclass"
	"heapprof/internal/tracker/heap"
)

// Subject is a process at one moment.
type Subject struct {
	Proc    procfs.Process
	Stamp   uint64     // of the moment
	Live    *heap.Live // its blocks then
	Modules []Module

	// Allocator is the one that has most blocks; "" where it is not known. The C library may have
	// some beside it.
	Allocator sizeclass.Allocator

	Code    []Code // that the process was given for its patches
	Library string // path of the tracker library
	Memory  string // with what the path of a mapping begins that is of the memory that the recorder shares with it
}

// Module is a file that the process has loaded.
type Module struct {
	Path       string
	Start, End uint64
}

// Code is where some code lies.
type Code struct{ Start, End uint64 }

// Reading is what of a process's memory was in RAM at one moment. Points are sites here.
type Reading struct {
	Stamp uint64
	profile.ResidentReading

	at time.Duration // when it was begun, since the process was followed first
}

// Anonymous returns how much of it is in no file and not shared, without what the recording
// itself takes.
func (r *Reading) Anonymous() (bytes uint64) {
	for _, p := range r.Parts {
		if p.Kind.IsAnonymous() {
			bytes += p.Bytes
		}
	}
	return bytes
}

// Gap returns how much of the anonymous memory is not what the program asked for.
func (r *Reading) Gap() uint64 { return r.Anonymous() - min(r.LiveBytes, r.Anonymous()) }
