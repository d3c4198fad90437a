//go:build linux && (amd64 || arm64)

package patcher

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/undo"
	"heapprof/internal/tracker/wire"
)

// Running is what there is to patch in a process that ran before the tracker library came: of each file that it has
// mapped. It is made while the process runs, which may load more meanwhile.
type Running struct {
	patcher *Patcher
	proc    procfs.Process
	files   []runningFile // in the order of addresses
	answers *Answers
}

// runningFile is a file of code that a process has mapped.
type runningFile struct {
	procfs.File
	plan *patch.Plan
	outcome
}

// Module is a file that is patched in a process that runs, and the code that it needs there.
type Module struct {
	File        procfs.File // as it must be mapped
	CodeAt      uint64      // where the code is to lie, a multiple of wire.Page
	Code        []byte
	Patches     []ModulePatch
	MakesReturn bool // it cannot be where the processor keeps a stack of return addresses of its own
	IsLibc      bool // it is the C library, or a program that has it

	BuildIDAt uint64 // the address where BuildID must be; 0: the file has none
	BuildID   []byte

	index int // in Running.files
}

// CodeBytes returns how many bytes are to be mapped for the code.
func (m *Module) CodeBytes() uint64 { return mappedBytes(len(m.Code)) }

// ModulePatch is how one function of a process that runs is patched.
type ModulePatch struct {
	Name     string
	Entry    uint64
	Expected []byte // what must be at Entry
	undo.Change
	Moved []MovedInstruction
}

// MovedInstruction is where an instruction is that a patch writes over: a thread that is about to execute it goes on there.
type MovedInstruction struct{ From, To uint64 }

// PlanRunning plans what to patch in a process that runs.
func (p *Patcher) PlanRunning(proc procfs.Process) (*Running, error) {
	r := &Running{patcher: p, proc: proc, answers: &Answers{began: make(map[fileKey]bool), running: make(map[uint64]undo.Change)}}
	arguments, _ := proc.Arguments()
	r.answers.command = strings.Join(arguments, " ")
	all, err := proc.Maps()
	if err != nil {
		return nil, err
	}
	r.Add(all)
	var names []string
	var plans []*patch.Plan
	for _, f := range r.files {
		if f.plan != nil {
			plans, names = append(plans, f.plan), append(names, filepath.Base(procfs.WithoutDeleted(f.Path)))
		}
	}
	p.warn(names, plans)
	return r, nil
}

// Knows reports whether all files of code among the process's mappings were looked at.
func (r *Running) Knows(all []procfs.Mapping) bool {
	return !slices.ContainsFunc(procfs.Files(all), func(f procfs.File) bool { return f.HasCode() && r.find(f) < 0 })
}

// find returns the index of a file as it is mapped; -1: it was not looked at.
func (r *Running) find(f procfs.File) int {
	return slices.IndexFunc(r.files, func(g runningFile) bool { return g.Path == f.Path && slices.Equal(g.Parts, f.Parts) })
}

// Add plans the files of code among the process's mappings that were not looked at, and leaves out those that are mapped
// no longer.
func (r *Running) Add(all []procfs.Mapping) {
	p := r.patcher
	var files []runningFile
	var paths []string // of those that are new
	var fresh []int
	for _, f := range procfs.Files(all) {
		if !f.HasCode() || f.Path == p.options.Library {
			continue
		}
		if i := r.find(f); i >= 0 {
			files = append(files, r.files[i])
			continue
		}
		fresh, paths = append(fresh, len(files)), append(paths, f.PathFrom(r.proc))
		files = append(files, runningFile{File: f})
	}
	p.planFiles(paths, attached)
	for i, path := range paths {
		f := &files[fresh[i]]
		plan, cause := p.planFile(path, attached)
		r.answers.addUnread(unread{f.Path, cause})
		if key, ok := keyOf(path); ok {
			r.answers.began[key] = true
		}
		if plan == nil || plan.Machine != p.options.Machine {
			continue
		}
		if name := procfs.WithoutDeleted(f.Path); name != f.Path {
			p.openWhileItWaits(name, plan, path)
		}
		f.plan = plan
		f.outcome = outcome{path: f.Path, plan: plan, module: -1}
	}
	r.files = files
}

// Shims are where the hooks of a library are that is in a process already.
type Shims struct {
	Of             []uint64 // as wire.Guest.Shims has them
	Entered, Exits uint64   // as wire.Guest has them
}

// Place returns what is to be patched of the files that the process has mapped, and where the code may lie among all that
// it has mapped. Of files that cannot be patched it notes why. Files that Add has not looked at are left alone.
func (r *Running) Place(all []procfs.Mapping, shims Shims) (modules []Module) {
	for i := range r.files {
		f := &r.files[i]
		if f.plan == nil || len(f.plan.Patches) == 0 {
			continue
		}
		f.result = 0 // of a try before this one
		placed, code, cause := r.patcher.placeHooks(f.File, f.plan, all, request{proc: r.proc})
		if cause.IsZero() {
			cause = shims.fill(code, f.plan)
		}
		if f.cause = cause; !cause.IsZero() {
			continue
		}
		all = withCode(all, code)
		modules = append(modules, newModule(i, f, &placed, code))
	}
	return modules
}

func newModule(index int, f *runningFile, placed *wire.PlanModule, code *hookCode) Module {
	m := Module{File: f.File, CodeAt: code.at, Code: code.bytes, BuildIDAt: placed.BuildIDAt, BuildID: placed.BuildID[:placed.BuildIDBytes], index: index}
	for i := range code.patches {
		q, planned := &code.patches[i], &f.plan.Patches[i]
		one := ModulePatch{Name: planned.Name, Entry: q.Entry, Expected: q.Expected[:q.ExpectedBytes], Change: changeOf(q)}
		const originalAt = 8                                       // in a record
		one.Change.Last = planned.Call.Action == wire.ActionFrames // who throws through a hook's frame asks it until that is gone
		original := binary.LittleEndian.Uint64(code.bytes[q.Record+originalAt:])
		for _, place := range planned.Places {
			one.Moved = append(one.Moved, MovedInstruction{q.Entry + uint64(place.From), original + uint64(place.To)})
		}
		m.Patches = append(m.Patches, one)
		m.MakesReturn = m.MakesReturn || q.MakesReturn
		m.IsLibc = m.IsLibc || planned.IsLibc || planned.Family == allocator.ForkFamily
	}
	return m
}

// fill fills in the records of hooks what a program fills in that patches itself.
func (s *Shims) fill(code *hookCode, plan *patch.Plan) profile.Cause {
	const shimAt = unsafe.Offsetof(wire.PatchRecord{}.Shim)
	const enteredAt = unsafe.Offsetof(wire.PatchRecord{}.Entered)
	for i := range code.patches {
		record, q := code.bytes[code.patches[i].Record:], &plan.Patches[i]
		n := 2 * int(q.Call.Action)
		if q.Call.Action == wire.ActionAlloc && q.Call.Out != 0 || q.Call.Action == wire.ActionFree && q.Call.Pointer != 1 {
			n++
		}
		if n >= len(s.Of) || s.Of[n] == 0 {
			return profile.Cause{Code: profile.InWords, Detail: "the tracker library has no hook for " + q.Name}
		}
		binary.LittleEndian.PutUint64(record[shimAt:], s.Of[n])
		switch q.Call.Action {
		case wire.ActionMark:
			binary.LittleEndian.PutUint64(record[enteredAt:], s.Entered+uint64(q.Entered)%wire.MaxMarked)
		case wire.ActionExit:
			binary.LittleEndian.PutUint64(record[enteredAt:], s.Exits)
		}
	}
	return profile.Cause{}
}

// WhyNoAllocator returns why nothing would be recorded of what the process allocates: the C library's allocator cannot be
// patched, and no other file has a malloc in its place that can. There is no cause if it can be.
func (r *Running) WhyNoAllocator() (cause profile.Cause) {
	cause = profile.Cause{Code: profile.NoAllocator}
	for i := range r.files {
		f := &r.files[i]
		if f.plan == nil {
			continue
		}
		isMalloc := func(q patch.Patch) bool {
			return q.Name == mallocName || slices.Contains(q.Aliases, mallocName)
		}
		if slices.ContainsFunc(f.plan.Patches, isMalloc) {
			why := f.whyNot()
			if f.cause.IsZero() && (f.result == 0 || f.result == wire.Patched) {
				return profile.Cause{}
			}
			cause = profile.Cause{Code: profile.NoAllocator, Names: []string{filepath.Base(f.Path)}, Because: &why}
		}
		for _, refused := range f.plan.Refused {
			if refused.Name == mallocName || slices.Contains(refused.Aliases, mallocName) {
				why := refused.Reason.Noted()
				cause = profile.Cause{Code: profile.NoAllocator, Names: []string{filepath.Base(f.Path)}, Because: &why}
			}
		}
	}
	return cause
}

// mallocName is the function that every C library's allocator has, and every one that takes its place.
const mallocName = "malloc"

// Set notes what has become of a module, wire.Patched or another of these.
func (r *Running) Set(m *Module, result uint32) {
	f := &r.files[m.index]
	f.result, f.codeAt, f.codeBytes = result, m.CodeAt, uint64(len(m.Code))
	if result == wire.Patched {
		r.answers.mu.Lock()
		r.answers.running[f.Start()] = m.Patches[0].Change
		r.answers.mu.Unlock()
	}
}

// Began has the process be known by its index in the process table, when it has been patched.
func (p *Patcher) Began(index int, r *Running) {
	r.answers.mu.Lock()
	defer r.answers.mu.Unlock()
	for i := range r.files {
		if f := &r.files[i]; f.plan != nil {
			r.answers.addOutcomes(f.outcome)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[index] = r.answers
}
