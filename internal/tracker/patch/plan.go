package patch

import (
	"bytes"
	"cmp"
	"debug/elf"
	"maps"
	"reflect"
	"slices"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
)

// Plan is how the allocator functions of one file are hooked.
type Plan struct {
	File    codefile.Identity
	Machine elf.Machine
	Patches []Patch   // by address
	Refused []Refusal // by name: functions that cannot be hooked safely
	Left    []Refusal // by name: functions that need no hook, for their calls come to what is recorded
	Unseen  []Unseen  // allocators that the file has of its own, whose blocks are not seen
	Partial []Partial // allocators that it has of its own, of whose blocks some may not be seen
	Exits   []Refusal // by name: functions of Options.Exits that cannot be hooked
	Found   []string  // by name: those of Options.Functions that the file has, hooked or not
	Entered []Entered // by address: the functions of Options.Entries that the file has, hooked or not
	// Stripped reports whether the file's symbols were stripped from it, and that there may be
	// more to hook where a separate debug file has them.
	Stripped bool
}

// Patch is how one function is hooked. Addresses are the file's own, to which its
// load address is added.
type Patch struct {
	Name    string         // of the symbol
	Aliases []string       // other symbols of the same address
	Family  string         // the kind of allocator
	Call    allocator.Call // what a call means
	// Behind reports whether calls arrive at the preloaded library, which calls this function:
	// only calls that are bound to this file come here directly.
	Behind bool
	// IsLibc reports whether the function is the C library's. Where code of the C library calls it
	// directly, that is the allocator at work; code there that uses blocks calls it by name.
	IsLibc bool
	// Apart reports whether no block that the function makes begins where another one ends: glibc
	// and musl keep something in front of each.
	Apart bool
	// Own is, in a static program, of which the C library is a part, code of the allocator
	// at work: the function that empties a thread's cache of free blocks. Bytes is 0 for none.
	Own Range
	// Number is, of a function of Options.Entries, the Entry's.
	Number uint32
	// Entered is, of one that is marked, the number by which the program keeps in mind that it was entered,
	// which whoever reads the plan gives it.
	Entered uint32

	Entry uint64
	// Expected is what must be at Entry before anything is written. Its last
	// len(Over.Bytes) bytes are those that are overwritten; the ones before, if any,
	// mark a place where indirect branches may arrive, and stay.
	Expected []byte
	// Over is what is written over them. The target of its only fix-up is not an address of
	// the file, but the stub of the function's hook.
	Over isa.Code
	// Moved does what the overwritten instructions did and goes on behind them: the
	// original function, for the hook to call.
	Moved isa.Code
	// Places are where the overwritten instructions are in the moved code: other moved code may branch there.
	Places []isa.Place
}

// PlaceOf returns where an instruction that was overwritten is in the moved code; ok is false for an address of none
// but the first.
func (p *Patch) PlaceOf(addr uint64) (to uint64, ok bool) {
	for _, place := range p.Places {
		if place.To > 0 && p.Entry+uint64(place.From) == addr {
			return uint64(place.To), true
		}
	}
	return 0, false
}

// Range is a part of the file's addresses.
type Range struct{ Start, Bytes uint64 }

// At returns the address at which Over is written.
func (p *Patch) At() uint64 { return p.Entry + uint64(len(p.Expected)-len(p.Over.Bytes)) }

// Options say what to plan besides the hooks of the known families.
type Options struct {
	Functions []allocator.Function // the user's; they come before the families
	// DebugFile is a separate debug file of the same program, which has the symbols
	// that were stripped from it; empty for none.
	DebugFile string
	// Mini asks for the symbols that a stripped file may hold compressed, where there is no DebugFile.
	Mini bool
	// Late reports whether the file is loaded when the program runs already (dlopen). Then the
	// preloaded library calls none of the functions that it exports, and calls that arrive
	// there are recorded nowhere else.
	Late bool
	// Attached reports whether the tracker library has come into a process that ran already: it
	// is not preloaded, so that no call arrives there but by hooks, of which the C library's own
	// allocator needs some too, and what makes a process.
	Attached bool
	// Entries are the names of functions whose entries are to be hooked, whatever they do.
	Entries []Entry
	// Mappings asks for the hooks of mmap, munmap, mremap and brk in the C library.
	Mappings bool
	// Exits asks for the hooks of what ends the process in the C library: exit and its like.
	Exits bool
}

// Read plans the hooks of the program or library at path. A file without allocator
// functions has an empty plan, and costs the reading of its symbol tables. The error
// is that of reading the file, or an *isa.MachineError for another processor's code.
func Read(path string, o Options) (p *Plan, err error) {
	err = object.Guard(path, func() error {
		f, err := codefile.Open(path, o.DebugFile, o.Mini)
		if err != nil {
			return err
		}
		defer f.Close()
		p = planOf(f, o)
		return nil
	})
	return p, err
}

// planOf plans the hooks of a file that is open.
func planOf(f *codefile.File, o Options) *Plan {
	p := &planner{Analysis: flow.Analysis{File: f}}
	p.choose(o)
	p.chooseEntered(o.Entries)
	p.decide()
	p.hookEntered()
	plan := p.result(o)
	// What a library has for others to call is exported all the same.
	plan.Stripped = f.Stripped && (!f.IsLibrary() || len(plan.Unseen) > 0 || len(plan.Found) < len(o.Functions) || slices.ContainsFunc(o.Entries, func(e Entry) bool { return !e.OfLibc }))
	return plan
}

// result returns the plan that was made.
func (p *planner) result(o Options) *Plan {
	plan := &Plan{File: p.Identity, Machine: p.Processor(), Left: p.noTargets, Unseen: p.unseen(), Partial: p.partial(), Found: slices.Sorted(maps.Keys(p.foundUsers))}
	seenBelow := p.isSeenBelowRust()
	for _, t := range p.targets {
		switch {
		case t.hook != nil:
			plan.Patches = append(plan.Patches, p.patchOf(t))
		case t.isInner && t.refused != nil:
		case t.refused != nil && t.Family == allocator.FailureFamily: // what it tells, the allocator tells for the most part
		case t.metElsewhere != nil:
			plan.Left = append(plan.Left, t.refusal(t.metElsewhere))
		case t.refused != nil && t.behindPreloaded:
			plan.Left = append(plan.Left, t.refusal(&Reason{Code: BehindPreloaded, Cause: t.refused}))
		case t.refused != nil && t.Family == allocator.RustFamily && seenBelow:
			plan.Left = append(plan.Left, t.refusal(&Reason{Code: CallsRecorded, Cause: t.refused}))
		case t.refused != nil && t.Family == allocator.ExitFamily:
			plan.Exits = append(plan.Exits, t.refusal(t.refused))
		case t.refused != nil:
			plan.Refused = append(plan.Refused, t.refusal(t.refused))
		default:
			plan.Left = append(plan.Left, t.refusal(t.left))
		}
	}
	for _, t := range p.entered {
		plan.Entered = append(plan.Entered, Entered{t.entry, t.names[0], t.refused})
		if t.hook != nil {
			patch := p.patchOf(&t.target)
			patch.Number = o.Entries[t.entry].Number
			plan.Patches = append(plan.Patches, patch)
		}
	}
	slices.SortFunc(plan.Patches, func(a, b Patch) int { return cmp.Compare(a.Entry, b.Entry) })
	same := func(a, b Refusal) bool { return a.Name == b.Name && reflect.DeepEqual(a.Reason, b.Reason) }
	byName := func(a, b Refusal) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(plan.Refused, byName)
	slices.SortFunc(plan.Left, byName)
	plan.Refused, plan.Left = slices.CompactFunc(plan.Refused, same), slices.CompactFunc(plan.Left, same) // a name may be in several tables
	return plan
}

// patchOf returns how a target that is hooked is patched.
func (p *planner) patchOf(t *target) Patch {
	return Patch{
		Name: t.names[0], Aliases: t.names[1:], Family: t.Family, Call: t.Call,
		Behind: t.behindPreloaded, IsLibc: t.isLibc, Own: p.emptiesCache,
		Apart:    p.isApart(t, 3),
		Entry:    t.entry,
		Expected: bytes.Clone(t.body.Code[:t.hook.Skip+t.hook.Length]),
		Over:     t.hook.Over, Moved: t.hook.Moved, Places: t.hook.Places,
	}
}

func (t *target) refusal(r *Reason) Refusal { return Refusal{t.names[0], t.names[1:], r} }
