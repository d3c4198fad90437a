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
	"heapprof/internal/tracker/wire"
)

// Options say what is to be patched.
type Options struct {
	Off       bool                 // nothing is: no process asks then
	Functions []allocator.Function // of an allocator that the user knows
	Warn      func(error)          // called once where the first process that asks has not all of them; may be nil
	Mappings  bool                 // also what maps pages

	Machine elf.Machine // of the code that may be patched: not that of an emulator
	Library string      // path of the tracker library, which is left alone

	// Locate returns which process a process image runs in, by its index in the process
	// table, 0 where that is not known. The error says why that is not certain:
	// os.ErrProcessDone of one that has ended.
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

	stopping atomic.Bool
	working  sync.WaitGroup

	mu      sync.Mutex
	plans   map[planKey]*filePlan
	answers map[int]*Answers // by index in the process table, of images that run
}

// New makes a patcher of the processes that have a shared memory. It opens the files that it
// meets with the resolver, where they may be gone when their addresses are to be named.
func New(m *shm.Memory, r *symbol.Resolver, o Options) *Patcher {
	if o.Plan == nil {
		o.Plan = patch.Read
	}
	return &Patcher{memory: m, resolver: r, options: o, plans: make(map[planKey]*filePlan), answers: make(map[int]*Answers)}
}

// Flags are those of the control page by which processes know whether to ask.
func (p *Patcher) Flags() uint32 {
	if p.options.Off {
		return 0
	}
	return wire.Patch
}

// Serve answers until Stop is called, and returns when the last answer has been given. The
// programs wait, so answers do not wait for the reader of events, nor, where there are
// processors enough for many programs, for each other: to read a large file's symbols may
// take a second.
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

// Stop has Serve return.
func (p *Patcher) Stop() {
	p.stopping.Store(true)
	asks := &p.memory.Control().Asks
	atomic.AddUint32(asks, 1)
	shm.WakeAll(asks)
}

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

// answer gives a process image the plan that it asks for.
func (p *Patcher) answer(index int) {
	slot := p.memory.Process(index)
	if state := atomic.LoadUint32(&slot.State); state != wire.ProcessReady && state != wire.ProcessTaken {
		return // nobody asks there
	}
	proc, err := p.options.Locate(index)
	if proc != 0 && slot.Badge == 0 {
		err = nil // it has nothing to prove by that it is the one
	}
	a := p.AnswersTo(index)
	a.mu.Lock()
	a.outcomes, a.bytes = a.settled(p.memory), 0
	if err != nil {
		a.addUnread(unread{cause: why(err)})
	} else if plan := p.plan(a, askedFor(slot, proc)); plan != nil {
		a.give(p.memory, plan)
	}
	slot.PlanAt, slot.PlanBytes = uint64(a.at), uint32(a.bytes)
	a.mu.Unlock()
	atomic.StoreUint32(&slot.Plan, wire.PlanReady)
	shm.Wake(&slot.Plan)
}
