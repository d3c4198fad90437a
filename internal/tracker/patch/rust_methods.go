package patch

import (
	"bytes"
	"debug/elf"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// Rust's functions between the standard library and a program's #[global_allocator]
// call the methods of that: <T as core::alloc::global::GlobalAlloc>::alloc and so on,
// which call those of an allocator that T wraps, perhaps. Link-time optimisation makes
// any of them a part of its callers, in some places or in all. A method that is called
// by what are no functions of an allocator shows that something above it was made a
// part of those, and meets the blocks that are met no longer above it.
//
// The arguments of a method are not what its source says: Rust does not promise in
// which order a Layout's fields are passed, and an argument that is not used, or is the
// same everywhere, as self is, is left out. Which is which is shown by the code.

// method is a function of a Rust type that implements GlobalAlloc.
type method struct {
	codefile.Symbol
	of     string         // the type, as the symbol's name has it
	name   string         // as rustCall knows it
	call   allocator.Call // Action, and the arguments that matter as far as they are shown
	shown  bool           // they are all known
	called bool           // a function whose arguments are known calls it
	// sizes and pointers are the arguments that may be the size and the block: all
	// those that were, in every call that was followed.
	sizes, pointers flow.ArgumentSet
	outside         []uint64 // where something calls it that is no function of an allocator, or not known to be
	handsOn         bool     // it calls its namesake of another type, which is shown
}

// findMethods finds the methods of GlobalAlloc that the file has.
func (p *planner) findMethods() map[uint64]*method {
	methods := make(map[uint64]*method)
	for s := range p.Symbols {
		if !bytes.Contains(s.Name, []byte("GlobalAlloc")) || s.Size == 0 || methods[s.Addr] != nil {
			continue
		}
		of, name, ok := allocator.MethodOf(s.Name)
		if !ok || allocator.IsSystem(of) {
			continue
		}
		methods[s.Addr] = &method{Symbol: s, of: of, name: name, call: allocator.Call{Action: allocator.RustCall(name).Action}, sizes: ^flow.ArgumentSet(0), pointers: ^flow.ArgumentSet(0)}
	}
	return methods
}

// addMethods adds the methods that are to be hooked as well to the targets. It says
// whether there are any. On arm64 none are: what calls them by slots is not found there.
func (p *planner) addMethods() bool {
	if p.methods != nil || p.isHookedBelowRust() || p.Processor() != elf.EM_X86_64 {
		return false
	}
	var functions []*target
	for _, t := range p.targets {
		if t.Family == allocator.RustFamily && t.refused == nil && t.left == nil {
			functions = append(functions, t)
		}
	}
	isOverSystem := func(t *target) bool { return p.reachesSystem(2, t.body) }
	if len(functions) == 0 || p.usesSystem && slices.ContainsFunc(functions, isOverSystem) {
		return false
	}
	p.methods = p.findMethods()
	p.FindStarts()
	p.inlined = p.isInlined(functions)
	if len(p.methods) == 0 {
		return false
	}
	p.slots = p.slotsOf(p.methods)
	for _, t := range functions {
		p.followArguments(t.body, t.Call)
	}
	p.showMethods()
	p.findOutside(functions)
	p.showByCallers()
	added := false
	for entry, m := range p.methods {
		if !m.shown || len(m.outside) == 0 {
			continue
		}
		t := &target{Known: allocator.Known{Family: allocator.RustFamily, Call: m.call}, groups: []group{{family: allocator.RustFamily}}, entry: entry, size: m.Size, names: []string{string(m.Symbol.Name)}}
		t.body = p.Body(t.entry, t.size)
		p.addTarget(t)
		p.inlined, added = true, true
	}
	p.sortTargets()
	return added
}

// reachesSystem reports whether a function calls the C library's allocator, through so many
// functions between at most, or may do so where that does not show. That a file imports
// it says less: Rust's threads are made with it whatever the program's allocator is.
func (p *planner) reachesSystem(depth int, b *isa.Body) bool {
	leavings, ok := p.Leaves(b, isa.DoesMore)
	for _, l := range leavings {
		_, name := p.GoesTo(l.To)
		if allocator.IsPreloaded(name) {
			return true
		}
		if depth > 0 && l.To.Kind == isa.Address && p.CodeAt(l.To.Number) != nil {
			p.FindStarts()
			if p.reachesSystem(depth-1, p.Body(l.To.Number, 0)) {
				return true
			}
		}
	}
	return !ok
}

// followArguments notes what the methods that a function calls may take as arguments, by where
// it passes its own on to.
func (p *planner) followArguments(b *isa.Body, call allocator.Call) {
	leavings, ok := p.Leaves(b, isa.DoesMore)
	if !ok {
		return
	}
	for _, l := range leavings {
		m := p.methodAt(l.To)
		if m == nil {
			continue
		}
		var sizes, pointers flow.ArgumentSet
		for n := 1; n <= isa.LastArgument; n++ {
			switch v := l.Arguments[n]; {
			case v.Kind != isa.Argument:
			case v.Number == uint64(call.Size):
				sizes |= 1 << n
			case v.Number == uint64(call.Pointer):
				pointers |= 1 << n
			}
		}
		m.called = true
		m.sizes &= sizes
		m.pointers &= pointers
	}
}

// methodAt returns the method that a call or jump goes to; nil for another function.
func (p *planner) methodAt(to isa.Value) *method {
	if to.Kind == isa.Variable {
		return p.methods[p.slots[to.Number]]
	}
	return p.methods[to.Number]
}

// showMethods decides which arguments of the methods are which, those first that the
// functions that are known call, and then those that these call. Where what is found
// later contradicts it, nothing is known.
func (p *planner) showMethods() {
	for again := true; again; {
		again = false
		for _, m := range p.methods {
			if m.called && !m.shown && p.show(m) {
				p.followArguments(p.Body(m.Addr, m.Size), m.call)
				again = true
			}
		}
	}
	for _, m := range p.methods {
		if m.shown && (m.call.Size != 0 && !m.sizes.Has(m.call.Size) || m.call.Pointer != 0 && !m.pointers.Has(m.call.Pointer)) {
			for _, other := range p.methods {
				other.shown = false
			}
		}
	}
}

// show decides which arguments of a method are which, if that is clear.
func (p *planner) show(m *method) bool {
	code := p.Body(m.Addr, m.Size)
	if _, ok := p.Leaves(code, isa.DoesMore); !ok {
		return false
	}
	only := func(candidates flow.ArgumentSet) (argument uint8) {
		for n := uint8(1); n <= isa.LastArgument; n++ {
			// What calls the method may have left the same in other registers.
			switch {
			case !candidates.Has(n) || !p.Takes(code, n):
			case argument != 0:
				return 0
			default:
				argument = n
			}
		}
		return argument
	}
	call, meant := m.call, allocator.RustCall(m.name)
	if meant.Size != 0 {
		call.Size = only(m.sizes)
	}
	if meant.Pointer != 0 {
		call.Pointer = only(m.pointers)
	}
	if (call.Size == 0) != (meant.Size == 0) || (call.Pointer == 0) != (meant.Pointer == 0) {
		return false
	}
	m.call, m.shown = call, true
	return true
}

// showByCallers finds out which argument of a method that frees is the block, where no
// function that is known calls it. Before the block there can only be self, which is the
// address of a variable, for that is what a #[global_allocator] is, and behind it are
// the Layout's parts: a constant in most places.
func (p *planner) showByCallers() {
	for _, m := range p.methods {
		if len(m.outside) == 0 || m.shown || m.called || m.handsOn || m.call.Action != wire.ActionFree || !p.isGlobal(m) {
			continue
		}
		if n := p.blockByCallers(m); n != 0 && p.Takes(p.Body(m.Addr, m.Size), n) {
			m.call.Pointer, m.shown = n, true
		}
	}
}

// isGlobal reports whether a method that frees is of the program's #[global_allocator], as
// far as that shows: others of its type are, or it is the only one.
func (p *planner) isGlobal(m *method) bool {
	only := true
	for _, other := range p.methods {
		if other.of == m.of && other.shown {
			return true
		}
		only = only && (other == m || other.call.Action != wire.ActionFree)
	}
	return only
}

func (p *planner) blockByCallers(m *method) (block uint8) {
	const most = 200 // calls that are looked at
	var seen [isa.LastArgument + 1]map[isa.ValueKind]bool
	for n := range seen {
		seen[n] = make(map[isa.ValueKind]bool)
	}
	looked := make(map[uint64]bool)
	for _, from := range m.outside[:min(len(m.outside), most)] {
		entry := p.StartOf(from)
		if entry == 0 || looked[entry] {
			continue
		}
		looked[entry] = true
		leavings, ok := p.Leaves(p.Body(entry, 0), isa.DoesMore)
		for _, l := range leavings {
			if ok && p.methodAt(l.To) == m {
				for n, v := range l.Arguments {
					seen[n][v.Kind] = true
				}
			}
		}
	}
	isBlock := func(n int) bool {
		return seen[n][isa.Memory] && !seen[n][isa.Address] && !seen[n][isa.Constant] && seen[n+1][isa.Constant]
	}
	switch isSelf := seen[1][isa.Address] && !seen[1][isa.Memory]; {
	case isSelf && isBlock(2):
		return 2
	case isBlock(1):
		return 1
	}
	return 0
}

// findOutside finds the methods that are called by what is no function of an allocator.
func (p *planner) findOutside(functions []*target) {
	isInside := func(from uint64) bool {
		for _, t := range functions {
			if from >= t.entry && from-t.entry < t.size {
				return true
			}
		}
		for entry, m := range p.methods {
			if from >= entry && from-entry < m.Size && m.shown {
				return true
			}
		}
		return false
	}
	p.callers(func(m *method, from uint64) {
		for entry, caller := range p.methods {
			if from >= entry && from-entry < caller.Size && caller.name == m.name && caller.of != m.of && m.shown {
				caller.handsOn = true
			}
		}
		if !isInside(from) && (len(m.outside) > 0 || !p.WithinInstruction(from)) {
			m.outside = append(m.outside, from)
		}
	})
}

// callers calls visit with whatever in the file's code could be a call of a method, and
// where that is.
func (p *planner) callers(visit func(called *method, from uint64)) {
	first, last := ^uint64(0), uint64(0)
	for entry := range p.methods {
		first, last = min(first, entry), max(last, entry)
	}
	p.EachBranch(first, last+1, func(from, to uint64, _ bool) {
		if called := p.methods[to]; called != nil {
			visit(called, from)
		}
	})
	for _, s := range p.Segments {
		p.Machine.SlotBranches(s.Data, s.Addr, func(from, slot uint64) {
			if entry, ok := p.slots[slot]; ok {
				visit(p.methods[entry], from)
			}
		})
	}
}

// slotsOf returns the slots that hold the addresses of methods once the file is loaded,
// with which address each.
func (p *planner) slotsOf(methods map[uint64]*method) map[uint64]uint64 {
	slots := make(map[uint64]uint64)
	for slot, r := range p.Relocations {
		if r.Kind == codefile.Relative && methods[r.Addend] != nil {
			slots[slot] = r.Addend
		}
	}
	return slots
}

// notMet returns a method, of an allocator of which others are met, that resizes blocks
// where that is not seen, so that their sizes would be wrong; nil for none.
func (p *planner) notMet() *method {
	isMet := make(map[string]bool)
	for _, m := range p.methods {
		isMet[m.of] = isMet[m.of] || m.shown
	}
	for _, m := range p.methods {
		if len(m.outside) > 0 && !m.shown && !m.handsOn && m.call.Action == wire.ActionRealloc && isMet[m.of] {
			return m
		}
	}
	return nil
}
