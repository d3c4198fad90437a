//go:build linux && (amd64 || arm64)

package tracker

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// patcher answers processes that ask, before they run code of their own or of libraries
// that they have loaded, which functions of it are to be patched: what the loader
// cannot wrap.
type patcher struct {
	memory   *shm.Memory
	who      *identities
	off      bool // nothing is to be patched
	resolver *symbol.Resolver
	options  patch.Options
	read     func(path string, o patch.Options) (*patch.Plan, error)
	machine  elf.Machine // of the code that may be patched: not that of an emulator
	library  string      // path of the tracker library, which is left alone
	warn     func(error) // of a function of the user's that is not there
	warned   sync.Once

	stopping atomic.Bool
	working  sync.WaitGroup

	mu    sync.Mutex
	files map[planKey]*filePlan
	told  map[int]*told // by index in the process table, of those that run
}

// told is what a process was told to patch, and what became of that.
type told struct {
	mu          sync.Mutex
	command     string // its arguments at its start
	hooked      []hooked
	began       map[fileKey]bool // the files that it had at its start
	plan        int64            // where its last plan is in the shared memory, and
	bytes, room int64            // how long that is, and may become
}

// note adds files that there is something to say of.
func (t *told) note(all ...hooked) {
	for _, h := range all {
		if len(h.plan.Patches) > 0 || len(h.plan.Refused) > 0 || len(h.plan.Hidden) > 0 || len(h.plan.Partial) > 0 {
			t.hooked = append(t.hooked, h)
		}
	}
}

func newPatcher(m *shm.Memory, who *identities, r *symbol.Resolver, o Options, t target) *patcher {
	read := t.readPlan
	if read == nil {
		read = patch.Read
	}
	return &patcher{
		memory:   m,
		who:      who,
		off:      o.NoPatch,
		resolver: r,
		options:  patch.Options{Functions: o.Functions, Mappings: o.Mappings},
		read:     read,
		machine:  t.machine,
		library:  t.library,
		warn:     o.Warn,
		files:    make(map[planKey]*filePlan),
		told:     make(map[int]*told),
	}
}

// flags are those of the control page by which programs know whether to ask for plans.
func (a *patcher) flags() uint32 {
	if a.off {
		return 0
	}
	return wire.Patch
}

// serve answers until stop is called. The programs wait, so answers do not wait for the
// reader, nor, where there are processors enough for many programs, for each other: to
// read a large file's symbols may take a second.
func (a *patcher) serve() {
	if !a.off {
		const most = 8
		for range min(runtime.GOMAXPROCS(0)/2-1, most) {
			a.working.Go(a.answerAll)
		}
	}
	a.answerAll()
	a.working.Wait()
}

// stop ends that, when the last answer has been given.
func (a *patcher) stop() {
	a.stopping.Store(true)
	asks := &a.memory.Control().Asks
	atomic.AddUint32(asks, 1)
	shm.WakeAll(asks)
}

func (a *patcher) answerAll() {
	c := a.memory.Control()
	for !a.stopping.Load() {
		asks := atomic.LoadUint32(&c.Asks)
		for i := range min((int(atomic.LoadUint32(&c.Processes))+31)/32, len(c.Asking)) {
			for w := &c.Asking[i]; ; {
				bit := atomic.LoadUint32(w)
				if bit &= -bit; bit == 0 {
					break
				}
				if a.stopping.Load() {
					return
				}
				if atomic.AndUint32(w, ^bit)&bit != 0 { // nobody else has seen to it
					a.answer(i*32 + bits.TrailingZeros32(bit))
				}
			}
		}
		shm.Wait(&c.Asks, asks, time.Second)
	}
}

// of returns what a process that runs was told.
func (a *patcher) of(index int) *told {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told[index] == nil {
		a.told[index] = new(told)
	}
	return a.told[index]
}

// release returns what a process was told that has ended, and lets go of it; nil if it
// never asked.
func (a *patcher) release(index int) *told {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.told[index]
	delete(a.told, index)
	return t
}

// answer gives a process the plan that it asks for.
func (a *patcher) answer(index int) {
	slot := a.memory.Process(index)
	if state := atomic.LoadUint32(&slot.State); state != wire.ProcessReady && state != wire.ProcessTaken {
		return // nobody asks there
	}
	id := a.who.of(index)[0]
	t := a.of(index)
	t.mu.Lock()
	t.hooked, t.bytes = a.settled(t), 0
	if id.proven || slot.Badge == 0 {
		r := askedFor(slot, id.proc)
		if !r.late {
			t.command = commandLine(r.proc) // it waits, and may end before anybody else looks
		}
		if plan := a.plan(t, r); plan != nil && a.write(t, plan) == nil {
			t.bytes = int64(len(plan))
		}
	}
	slot.PlanAt, slot.PlanBytes = uint64(t.plan), uint32(t.bytes)
	t.mu.Unlock()
	atomic.StoreUint32(&slot.Plan, wire.PlanReady)
	shm.Wake(&slot.Plan)
}

// request is what a process asks a plan for: the files that have anything mapped
// between two addresses, both included.
type request struct {
	proc     procfs.Process
	from, to uint64
	late     bool     // the program runs
	names    []string // their paths in the process's root; none: not known
}

func askedFor(slot *wire.Process, proc procfs.Process) request {
	r := request{proc: proc, from: slot.PlanFrom, to: slot.PlanTo, late: slot.PlanFrom != 0}
	names := slot.Names[:min(slot.NamesBytes, wire.MaxNames)]
	for name := range bytes.SplitSeq(bytes.TrimSuffix(names, []byte{0}), []byte{0}) {
		r.names = append(r.names, string(name))
	}
	if len(names) == 0 {
		r.names = nil
	}
	return r
}

// write puts a plan into the shared memory: where the process had its last one, or
// behind everything else.
func (a *patcher) write(t *told, plan []byte) error {
	if room := int64(mappedBytes(len(plan))); room > t.room {
		a.discard(t)
		at, err := a.memory.Reserve(room)
		if err != nil {
			return err
		}
		t.plan, t.room = at, room
	}
	_, err := a.memory.WriteAt(plan, t.plan)
	return err
}

// discard gives back the memory of a process's plan.
func (a *patcher) discard(t *told) {
	if t.room > 0 {
		a.memory.Discard(t.plan, t.room)
		t.room = 0
	}
}

// plan makes the plan that is asked for: nil if there is nothing to patch. It notes in
// t what was found.
func (a *patcher) plan(t *told, r request) []byte {
	if a.isIdle(t, r) {
		return nil
	}
	all, err := r.proc.Maps()
	if err != nil {
		return nil
	}
	var codes []*hookCode
	var modules []wire.PlanModule
	var plans []*patch.Plan
	files := procfs.Files(all)
	if !r.late {
		t.began = make(map[fileKey]bool)
		for _, f := range files {
			if key, ok := keyOf(f.PathFrom(r.proc)); ok {
				t.began[key] = true
			}
		}
	}
	for _, f := range files {
		if f.Path == a.library || f.Start() > r.to || f.End() <= r.from {
			continue
		}
		path := f.PathFrom(r.proc)
		plan := a.planFile(path, r.late)
		if plan == nil || plan.Machine != a.machine {
			continue
		}
		if name := procfs.WithoutDeleted(f.Path); r.late || name != f.Path {
			a.openWhileItWaits(name, plan, path)
		}
		plans = append(plans, plan)
		h := hooked{path: f.Path, plan: plan, module: -1}
		if len(plan.Patches) > 0 {
			module, code, err := placeHooks(f, plan, all, r)
			if err != nil {
				h.cause = err.Error()
			} else {
				h.module = len(modules)
				modules, codes = append(modules, module), append(codes, code)
				all = withCode(all, code)
			}
		}
		t.note(h)
	}
	a.warned.Do(func() {
		if err := patch.Missing(a.options.Functions, plans...); err != nil && a.warn != nil {
			a.warn(err)
		}
	})
	if len(modules) == 0 {
		return nil
	}
	return encodePlan(modules, codes)
}

// openWhileItWaits opens a file that has no name, or that its process may delete as soon as
// it has loaded it, to have its addresses named: a process that ends soon afterwards leaves
// no way to it.
func (a *patcher) openWhileItWaits(name string, plan *patch.Plan, path string) {
	_, _ = a.resolver.Open(name, plan.File.BuildID, path)
}

// isIdle says whether the files that are named have nothing to patch: most libraries
// have not, and where each lies among hundreds need not be known. What /proc calls
// them means other files here.
func (a *patcher) isIdle(t *told, r request) bool {
	var found []hooked
	for _, name := range r.names {
		path := r.proc.InRoot(name)
		if procfs.Contains(name) {
			return false
		}
		plan := a.planFile(path, r.late)
		if plan == nil || plan.Machine != a.machine || len(plan.Patches) > 0 {
			return false
		}
		if r.late {
			a.openWhileItWaits(name, plan, path)
		}
		found = append(found, hooked{path: name, plan: plan, module: -1})
	}
	t.note(found...)
	return len(r.names) > 0
}

// ended gives back the memory of the plan of a process that has ended.
func (a *patcher) ended(t *told) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hooked = a.settled(t)
	a.discard(t)
}

// outcomes returns what became of the plans that a process was given.
func (a *patcher) outcomes(t *told) []hooked {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return a.settled(t)
}

// origin returns what the program was told whose patches are in force in a process; nil:
// not known.
func (p *process) origin() *told {
	if p.State == nil {
		return nil
	}
	t, _ := p.State.Origin.(*told)
	return t
}

// allOutcomes returns the outcomes that are in force in a process: its own, and those of
// the one that it was forked from.
func (a *patcher) allOutcomes(p *process) []hooked {
	all := a.outcomes(p.told)
	if origin := p.origin(); origin != p.told {
		all = append(a.outcomes(origin), all...)
	}
	return all
}

// settled returns t.hooked with what became of the last plan. Of a file that was planned
// for more than once, as one that is loaded again or that had no room at first, the
// last time counts.
func (a *patcher) settled(t *told) (settled []hooked) {
	var module wire.PlanModule
	b := make([]byte, binary.Size(module))
	for _, h := range t.hooked {
		if h.module >= 0 {
			at := t.plan + int64(binary.Size(wire.Plan{})+h.module*len(b))
			if _, err := a.memory.ReadAt(b, at); err == nil && t.bytes != 0 {
				binary.Decode(b, binary.LittleEndian, &module)
				h.outcome = module.Outcome
			}
			h.module = -1
		}
		i := slices.IndexFunc(settled, func(s hooked) bool { return s.path == h.path })
		switch {
		case h.outcome == wire.PatchNotAsked:
		case i < 0:
			settled = append(settled, h)
		case len(h.plan.Patches) > 0:
			settled[i] = h
		}
	}
	return settled
}

// patchedMappings says whether all that maps pages in the C library is patched in a
// process that has ended.
func (a *patcher) patchedMappings(p *process) bool {
	missing := map[wire.Action]bool{wire.ActionMap: true, wire.ActionUnmap: true, wire.ActionRemap: true, wire.ActionBreak: true}
	for _, h := range a.outcomes(p.origin()) {
		if h.outcome != wire.Patched {
			continue
		}
		for i := range h.plan.Patches {
			delete(missing, h.plan.Patches[i].Call.Action)
		}
	}
	return len(missing) == 0
}
