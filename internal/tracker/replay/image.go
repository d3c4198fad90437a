//go:build linux && (amd64 || arm64)

package replay

import (
	"path"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/wire"
)

// Image is one process image: it ends with its process or with an exec. While it runs it
// is the Reader's alone.
type Image struct {
	Facts
	*State // nil until the image's first event

	identity  *process.Identity
	forkedAs  uint32      // number of the fork that it comes of; 0: that was not announced
	exe       process.Exe // the file that it ran when that was last looked at
	successor *Image      // the image that goes on in its process
	described uint64      // how much anonymous memory there was when NotHeap was read, in bytes
	arrived   []Module    // since TakeArrived
}

// Facts are what is known of an image besides its State.
type Facts struct {
	Index   int            // in the process table
	PID     int            // of its process, as a process.Identity has it
	Proc    procfs.Process // likewise
	Number  int            // of this image in its process, from 0 on
	Command string         // its arguments, as far as /proc told them
	Parent  int            // of the image that it was forked from, the index in the process table; -1: it was not forked
	Start   uint64         // stamp
	End     uint64         // stamp; 0 while it runs

	Becomes *Execution // what it is about to run in its place, or has begun to; nil: nothing

	LostCalls    uint64 // that the tracker library counted, once it has ended
	DamagedRings uint64 // that the program wrote over
	Unplaced     uint64 // modules that the library had no place for, once it has ended
	Deepest      uint64 // frames of the deepest stack that was cut, once it has ended; 0: none was, or that is not known
	Threads      uint64 // that allocated, the most at the same time

	Anonymous uint64          // the most anonymous memory that was seen in RAM, in bytes
	NotHeap   process.NotHeap // what of that is no heap, when it was last looked at
}

// Lost counts what was not recorded, in calls and rings.
func (f *Facts) Lost() uint64 { return f.LostCalls + f.DamagedRings }

// RunsIn reports whether an image is known to run in the process of that number.
func (f *Facts) RunsIn(pid int) bool { return f.Proc != 0 && f.PID == pid }

func newImage(index int, slot *wire.Process, id *process.Identity, now uint64) *Image {
	i := &Image{
		Facts:    Facts{Index: index, Parent: int(slot.Parent) - 1, Start: min(slot.Start, now)},
		forkedAs: slot.Fork,
	}
	i.identify(id)
	if i.Proc != 0 {
		i.Command = process.CommandLine(i.Proc)
		i.watchExec()
	}
	return i
}

// NewImage returns an image that nothing is known of but its process's number and the stamp
// of its start: it has allocated nothing.
func NewImage(pid int, start uint64) *Image {
	i := &Image{Facts: Facts{Parent: -1, Start: start}, State: NewState()}
	i.identify(process.Unknown(pid))
	return i
}

func (i *Image) identify(id *process.Identity) {
	i.identity, i.PID, i.Proc = id, id.PID, id.Proc
}

// HasSuccessor reports whether another image goes on in its process.
func (i *Image) HasSuccessor() bool { return i.successor != nil }

// IsReplaced reports whether another image has begun in its process by exec.
func (i *Image) IsReplaced() bool { return i.successor != nil && i.successor.Parent < 0 }

// ProgramPath is the path of the executable.
func (i *Image) ProgramPath() string { return i.Modules[ProgramModule].Path }

// Loads reports whether a file of this name is one of the program's libraries: what exec
// was given is then the loader, which was told to run the program.
func (i *Image) Loads(file string) bool {
	for number, m := range i.Modules {
		if number != ProgramModule && path.Base(m.Path) == path.Base(file) {
			return true
		}
	}
	return false
}

// arrive takes a module that has come to the process.
func (i *Image) arrive(number uint16, m Module) {
	i.Modules[number] = m
	i.arrived = append(i.arrived, m)
}

// TakeArrived returns the modules that have come since it was called last.
func (i *Image) TakeArrived() []Module {
	arrived := i.arrived
	i.arrived = nil
	return arrived
}

// followAnonymous keeps the most anonymous memory that the process had, of which it has so
// many bytes now. Where that is more than ever, and the blocks do not explain it, the kernel
// is asked what it is, by readNotHeap. That takes it milliseconds a gigabyte, so it is asked
// again only when there is a quarter more.
//
// What cannot be told, as the process ends or hides itself, is not kept: half a
// description of it would make variables look like memory that nothing explains.
func (i *Image) followAnonymous(now uint64, readNotHeap func() (process.NotHeap, error)) {
	const worthALook = 8 << 20
	if now <= i.Anonymous {
		return
	}
	if i.State != nil && now >= i.Heap.LiveBytes()+worthALook && now >= i.described+i.described/4 {
		use, err := readNotHeap()
		if err != nil || use.Of < now-now/4 {
			return
		}
		i.NotHeap, i.described = use, now
	}
	i.Anonymous = now
}

// readNotHeap asks the kernel what of the process's anonymous memory is no heap.
func (i *Image) readNotHeap() (process.NotHeap, error) {
	ranges := make([]process.Addresses, 0, len(i.Modules))
	for _, m := range i.Modules {
		ranges = append(ranges, process.Addresses{Start: m.Start, End: m.End})
	}
	return process.ReadNotHeap(i.Proc, ranges)
}
