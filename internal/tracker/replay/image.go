//go:build linux && (amd64 || arm64)

package replay

import (
	"path"
	"sync/atomic"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/resident"
	"heapprof/internal/tracker/wire"
)

// Image is a process image: what runs in one process from an exec or a fork to the next
// exec or the end. While it runs it belongs to the Reader alone.
type Image struct {
	Facts
	*State // nil until the image's first event
	numbers

	identity  *process.Identity
	forkedAs  uint32      // number of the fork that it comes of; 0: that was not announced
	exe       process.Exe // the file that it ran when that was last looked at
	successor *Image      // the image that goes on in its process
	resident  resident.Follower
	described uint64   // how much anonymous memory there was when NotHeap was read, in bytes
	arrived   []Module // since TakeArrived
}

// Facts are what is known of an image besides its State.
type Facts struct {
	Index   int            // in the process table
	PID     int            // the number of its process: process.Identity.PID
	Proc    procfs.Process // its process: process.Identity.Proc
	Number  int            // how many images its process had before it
	Command string         // its command line, as far as /proc tells
	Parent  int            // the index in the process table of the image that it was forked from; -1: it was not forked
	Start   uint64         // stamp
	End     uint64         // stamp; 0 while it runs

	LivesOn bool // the recording has ended before it did; known once the image has ended

	Becomes *Execution // what it is about to run in its place, or has begun to; nil: nothing

	LostCalls     uint64 // calls that the tracker library could not record; known in a Snapshot
	DamagedRings  uint64 // rings that the program wrote over
	Python        uint32 // what the process has of CPython: wire.PythonNone, or what comes after it
	PythonVersion uint32 // wire.Process.PythonVersion
	PythonArenas  bool   // the environment that its program was started with leaves CPython's own allocator in its place
	Unplaced      uint64 // modules that the tracker library had no room for; known once the image has ended
	Deepest       uint64 // frames of the deepest stack that was cut; known once the image has ended; 0: none was, or not known
	Threads       uint64 // the most threads that had allocated and lived at the same time

	Counted Counted // where blocks are sampled; known once the image has ended

	Anonymous uint64          // the most anonymous memory that was seen in RAM, in bytes
	NotHeap   process.NotHeap // what of that is no heap, when it was last looked at
	Resident  resident.Result // what was in RAM; known in a Snapshot
}

// Counted is what an image has allocated in all, as its threads have counted.
type Counted struct {
	Bytes, Blocks uint64
	Doubtful      bool // they may be wrong: allocators kept what may have been blocks or not, or calls that failed may have been counted
}

// add adds what a thread has counted.
func (c *Counted) add(s *wire.Countdown) {
	// The program may write over it, and has done so if the parts are more than the whole.
	bytes, blocks := s.Drawn-s.Left-s.InnerBytes, s.Blocks-s.InnerBlocks
	c.Bytes += bytes
	c.Blocks += blocks
	c.Doubtful = c.Doubtful || s.Doubtful != 0 || s.Left > s.Drawn || int64(bytes) < 0 || int64(blocks) < 0
}

// Lost returns how many calls and rings are known to be missing from the account.
func (f *Facts) Lost() uint64 { return f.LostCalls + f.DamagedRings }

// countLosses reads from the image's entry in the process table what its threads have counted there.
func (f *Facts) countLosses(slot *wire.Process) {
	f.LostCalls = atomic.LoadUint64(&slot.Lost)
	f.Python, f.PythonVersion = atomic.LoadUint32(&slot.Python), atomic.LoadUint32(&slot.PythonVersion)
	f.Unplaced = uint64(atomic.LoadUint32(&slot.Unplaced))
	if deepest := atomic.LoadUint32(&slot.Deepest); deepest != wire.DeepestUnknown {
		f.Deepest = uint64(deepest)
	}
}

// RunsIn reports whether the image is known to run in the process pid.
func (f *Facts) RunsIn(pid int) bool { return f.Proc != 0 && f.PID == pid }

func newImage(index int, slot *wire.Process, id *process.Identity, now uint64) *Image {
	i := &Image{
		Facts:    Facts{Index: index, Parent: int(slot.Parent) - 1, Start: min(slot.Start, now)},
		forkedAs: slot.Fork,
		numbers:  newNumbers(),
	}
	i.identify(id)
	if i.Proc != 0 {
		i.Command, i.PythonArenas = process.CommandLine(i.Proc), process.HasPythonArenas(i.Proc)
		i.watchExec()
	}
	return i
}

// NewImage returns an image that has allocated nothing, and of which only the process's
// number and the stamp of its start are known.
func NewImage(pid int, start uint64) *Image {
	i := &Image{Facts: Facts{Parent: -1, Start: start}, State: NewState(0), numbers: newNumbers()}
	i.identify(process.Unknown(pid))
	return i
}

func (i *Image) identify(id *process.Identity) {
	i.identity, i.PID, i.Proc = id, id.PID, id.Proc
}

// Allocated reports whether the image has allocated anything, even if no block of that was
// sampled. What a forked child inherits does not count.
func (i *Image) Allocated() bool { return i.Counted.Blocks != 0 || i.account().Allocated() }

// EventCalls returns how many calls of functions that are counted were made.
func (i *Image) EventCalls() uint64 { return EventCalls(i.events.all) }

// Own returns what the image itself has allocated: what a forked child inherits does not
// count. Where blocks are sampled, the peak is an estimate.
func (i *Image) Own() heap.Own {
	own := i.account().Own()
	if i.Sampled != nil && !i.Counted.Doubtful {
		own.Total = heap.Amount{Bytes: i.Counted.Bytes, Blocks: i.Counted.Blocks}
	}
	return own
}

// HasSuccessor reports whether another image has begun in the same process.
func (i *Image) HasSuccessor() bool { return i.successor != nil }

// IsReplaced reports whether another image has begun in the same process by exec.
func (i *Image) IsReplaced() bool { return i.successor != nil && i.successor.Parent < 0 }

// ProgramPath returns the path of the image's executable.
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

// arrive adds a module that was loaded.
func (i *Image) arrive(number uint16, m Module) {
	i.Modules[number] = m
	i.arrived = append(i.arrived, m)
}

// tell takes in a node, whose parent is known.
func (i *Image) tell(n wire.Node, parent StackID) {
	i.numbers.tell(n.Stack, i.Tree.Child(parent, MakePlace(n.PC, n.Module)))
}

// learn takes in a function of Python's, if there is one.
func (i *Image) learn(c wire.Code, ok bool) {
	if ok && i.State != nil {
		i.Codes[c.Number] = Code{Name: c.Name, File: c.File}
	}
}

// TakeArrived returns the modules that have been loaded since it was called last.
func (i *Image) TakeArrived() []Module {
	arrived := i.arrived
	i.arrived = nil
	return arrived
}

// followAnonymous keeps the most anonymous memory that the process has had; now is what it
// has, in bytes. If that is more than ever, and the blocks do not explain it, readNotHeap
// asks the kernel what it is. That takes the kernel milliseconds a gigabyte, so it is asked
// again only when there is a quarter more.
//
// What the kernel cannot tell, because the process ends or hides itself, is not kept: half
// a description would make variables look like memory that nothing explains.
func (i *Image) followAnonymous(now uint64, readNotHeap func() (process.NotHeap, error)) {
	const worthALook = 8 << 20
	if now <= i.Anonymous {
		return
	}
	if i.State != nil && now >= i.account().LiveBytes()+worthALook && now >= i.described+i.described/4 {
		use, err := readNotHeap()
		if err != nil || use.Total < now-now/4 {
			return
		}
		i.NotHeap, i.described = use, now
	}
	i.Anonymous = now
}

// followResident has what the process has in RAM read, now and then. The blocks must be those at
// the moment stamp. Of sampled blocks it is not known which pages they are in.
func (i *Image) followResident(now procfs.Memory, stamp uint64, complete func(*Image, *resident.Subject) bool) {
	if i.State == nil || i.Heap == nil {
		return
	}
	i.resident.Follow(i.Proc, resident.Moment{Memory: now, LiveBytes: i.Heap.LiveBytes(), Blocks: i.Heap.LiveBlocks()}, func() *resident.Subject {
		s := &resident.Subject{Proc: i.Proc, Stamp: stamp}
		for _, m := range i.Modules {
			s.Modules = append(s.Modules, resident.Module{Path: m.Path, Start: m.Start, End: m.End})
		}
		if !complete(i, s) {
			return nil
		}
		s.Live = i.Heap.Live()
		return s
	})
}

// readNotHeap asks the kernel how much of the process's anonymous memory is no heap.
func (i *Image) readNotHeap() (process.NotHeap, error) {
	ranges := make([]process.Addresses, 0, len(i.Modules))
	for _, m := range i.Modules {
		ranges = append(ranges, process.Addresses{Start: m.Start, End: m.End})
	}
	return process.ReadNotHeap(i.Proc, ranges)
}
