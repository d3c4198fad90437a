//go:build linux && amd64

package tracker

import (
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/wire"
)

// process is one process image: it ends with its process or with an exec.
type process struct {
	slot  *wire.Process
	pid   int
	start uint64 // stamp

	heap    *heap.Heap
	stacks  *stacks
	modules map[uint16]module

	threads      int // that allocated
	damagedRings uint64
}

// module is a file mapped into the process.
type module struct {
	path, buildID    string // buildID as bytes
	start, end, bias uint64
}

func newProcess(slot *wire.Process) *process {
	return &process{
		slot:    slot,
		pid:     int(slot.PID),
		start:   slot.Start,
		heap:    heap.New(heap.Options{}),
		stacks:  newStacks(),
		modules: make(map[uint16]module),
	}
}

func (p *process) addModule(number uint16, m module) { p.modules[number] = m }
