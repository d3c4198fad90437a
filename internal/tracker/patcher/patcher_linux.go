//go:build linux && (amd64 || arm64)

package patcher

import (
	"debug/elf"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// Options tell a Patcher what is to be patched.
type Options struct {
	Off       bool                 // whether nothing is to be patched, so that no process asks
	Functions []allocator.Function // functions of an allocator that the user knows
	Missing   func(names []string) // called once if the first process that asks lacks some of Functions; may be nil
	Entries   []patch.Entry        // names of functions whose entries are to be hooked, whatever they do
	Unhooked  func([]Unhooked)     // called once if the first process that asks has no hook for some of Entries; may be nil
	Mappings  bool                 // whether to patch the functions that map pages, too
	Exits     bool                 // whether to patch the functions that end a process, which waits there then: see wire.MarkExit

	Machine elf.Machine // the kind of code that may be patched; that of an emulated program is another
	Library string      // path of the tracker library, which is left alone

	// Undo notes what a process is about to change of itself, so that it can be undone; nil: it need not
	// be. A process that it fails for changes nothing.
	Undo func(proc procfs.Process, changes []undo.Change) error

	// Locate returns the process that an image runs in, by the image's index in the
	// process table; 0 if that is not known. The error is why that is not certain:
	// os.ErrProcessDone for a process that has ended.
	Locate func(index int) (procfs.Process, error)

	// Plan plans the hooks of a file; nil: patch.Read does.
	Plan func(path string, o patch.Options) (*patch.Plan, error)
}

// Patcher answers processes that ask for plans of patches. Its methods may be called by
// several goroutines.
type Patcher struct {
	memory   *shm.Memory
	resolver *symbol.Resolver
	options  Options
	warned   sync.Once
	marked   atomic.Uint32 // how many functions were given a number, by which they are known to be entered

	stopping atomic.Bool
	working  sync.WaitGroup

	layouts sync.Map // of layout by *patch.Plan
	mu      sync.Mutex
	plans   map[planKey]*filePlan
	answers map[int]*Answers // by index in the process table, of images that run
}

// New returns a patcher for the processes that share the memory m, which may be nil until Share. It opens mapped files
// with the resolver r, as they may be gone when their addresses are to be named.
func New(m *shm.Memory, r *symbol.Resolver, o Options) *Patcher {
	if o.Plan == nil {
		o.Plan = patch.Read
	}
	return &Patcher{memory: m, resolver: r, options: o, plans: make(map[planKey]*filePlan), answers: make(map[int]*Answers)}
}

// Share has the memory be the one that processes share: it is called before Serve, if New was not given it.
func (p *Patcher) Share(m *shm.Memory) { p.memory = m }

// Flags returns the flag of the control page (wire.Patch) by which processes know that they
// are to ask; 0 if nothing is patched.
func (p *Patcher) Flags() uint32 {
	if p.options.Off {
		return 0
	}
	return wire.Patch
}

// Serve answers until Stop is called, and returns when the last answer has been given.
// Programs wait for their answer, and reading the symbols of a large file may take a
// second. So answers wait neither for the reader of events nor, where the machine has
// processors enough for several programs, for each other.
func (p *Patcher) Serve() {
	if !p.options.Off {
		const most = 8
		for range min(runtime.GOMAXPROCS(0)/2-1, most) {
			p.working.Go(p.answerAll)
		}
	}
	p.answerAll()
	p.working.Wait()
}

// Stop makes Serve return.
func (p *Patcher) Stop() {
	p.stopping.Store(true)
	asks := &p.memory.Control().Asks
	atomic.AddUint32(asks, 1)
	shm.WakeAll(asks)
}

// answerAll answers processes, one at a time, until Stop is called.
func (p *Patcher) answerAll() {
	c := p.memory.Control()
	for !p.stopping.Load() {
		asks := atomic.LoadUint32(&c.Asks)
		for i := range min((int(atomic.LoadUint32(&c.Processes))+31)/32, len(c.Asking)) {
			for w := &c.Asking[i]; ; {
				bit := atomic.LoadUint32(w)
				if bit &= -bit; bit == 0 {
					break
				}
				if p.stopping.Load() {
					return
				}
				if atomic.AndUint32(w, ^bit)&bit != 0 { // nobody else has seen to it
					p.answer(i*32 + bits.TrailingZeros32(bit))
				}
			}
		}
		shm.Wait(&c.Asks, asks, time.Second)
	}
}

// answer gives a process image the plan that it waits for, and wakes it.
func (p *Patcher) answer(index int) {
	slot := p.memory.Process(index)
	if state := atomic.LoadUint32(&slot.State); state != wire.ProcessReady && state != wire.ProcessTaken {
		return // nobody asks there
	}
	proc, err := p.options.Locate(index)
	if proc != 0 && slot.Badge == 0 {
		err = nil // an image without a badge cannot prove which process it runs in
	}
	a := p.AnswersTo(index)
	a.mu.Lock()
	a.outcomes, a.bytes = a.settledLocked(p.memory), 0
	if err != nil {
		a.addUnread(unread{cause: unreadCause(err)})
	} else if plan := p.plan(a, newRequest(slot, proc)); plan != nil {
		a.give(p.memory, plan)
	}
	slot.PlanAt, slot.PlanBytes = uint64(a.at), uint32(a.bytes)
	a.mu.Unlock()
	atomic.StoreUint32(&slot.Plan, wire.PlanReady)
	shm.Wake(&slot.Plan)
}
