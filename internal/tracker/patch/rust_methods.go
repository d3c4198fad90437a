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

// Rust's functions between the standard library and a program's #[global_allocator], of
// type T, call T's methods: <T as core::alloc::global::GlobalAlloc>::alloc and so on. These
// may call those of another allocator, which T wraps. Link-time optimisation makes any of
// them a part of its callers, in some places or in all. A method that is called by other
// code than an allocator's shows that a function above it was made a part of that code; a
// hook of the method meets the blocks that a hook of that function would miss.
//
// The arguments of a method are not those of its source: Rust does not promise in which
// order a Layout's fields are passed, and an argument that is not used, or is the same
// everywhere, as self is, is left out. Which argument is which is seen from the code.

// method is a function of a Rust type that implements GlobalAlloc.
type method struct {
	codefile.Symbol
	typeName       string         // the type, as the symbol's name has it
	name           string         // one of allocator.RustNames
	call           allocator.Call // its action, and the size and the block as far as they are known
	argumentsKnown bool           // both are, as far as the method has them
	calledByKnown  bool           // a function whose arguments are known calls it
	// sizes and pointers are the arguments that may be the size and the block: those that
	// were in every call that was followed.
	sizes, pointers flow.ArgumentSet
	outsideCalls    []uint64 // addresses of calls by other code than an allocator's, as far as that is known
	callsNamesake   bool     // it calls the method of its name of another type, whose arguments are known
}

// findMethods finds the methods of GlobalAlloc that the file has.
func (p *planner) findMethods() map[uint64]*method {
	methods := make(map[uint64]*method)
	for s := range p.Symbols {
		if !bytes.Contains(s.Name, []byte("GlobalAlloc")) || s.Size == 0 || methods[s.Addr] != nil {
			continue
		}
		typeName, name, ok := allocator.MethodOf(s.Name)
		if !ok || allocator.IsSystem(typeName) {
			continue
		}
		methods[s.Addr] = &method{Symbol: s, typeName: typeName, name: name, call: allocator.Call{Action: allocator.RustCall(name).Action}, sizes: ^flow.ArgumentSet(0), pointers: ^flow.ArgumentSet(0)}
	}
	return methods
}

// addMethods adds to the targets the methods that are to be hooked as well, and reports
// whether there are any. There are none on arm64, where calls by slots are not found.
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
	if len(functions) == 0 || p.importsSystem && slices.ContainsFunc(functions, isOverSystem) {
		return false
	}
	p.methods = p.findMethods()
	p.FindStarts()
	p.partlyInlined = p.isInlined(functions)
	if len(p.methods) == 0 {
		return false
	}
	p.methodSlots = p.slotsOf(p.methods)
	for _, t := range functions {
		p.followArguments(t.body, t.Call)
	}
	p.knowMethods()
	p.findOutsideCalls(functions)
	p.knowBlocksByCallers()
	added := false
	for entry, m := range p.methods {
		if !m.argumentsKnown || len(m.outsideCalls) == 0 {
			continue
		}
		t := &target{Known: allocator.Known{Family: allocator.RustFamily, Call: m.call}, groups: []group{{family: allocator.RustFamily}}, entry: entry, size: m.Size, names: []string{string(m.Symbol.Name)}}
		t.body = p.Body(t.entry, t.size)
		p.addTarget(t)
		p.partlyInlined, added = true, true
	}
	p.sortTargets()
	return added
}

// reachesSystem reports whether a function calls the C library's allocator, with at most
// depth functions between, or may do so for all that is known. That the file imports the
// C library's allocator says less: Rust's threads are made with it, whatever the program's
// allocator is.
func (p *planner) reachesSystem(depth int, b *isa.Body) bool {
	exits, ok := p.ExitsOf(b, isa.DoesMore)
	for _, exit := range exits {
		_, name := p.Destination(exit.To)
		if allocator.IsPreloaded(name) {
			return true
		}
		if depth > 0 && exit.To.Kind == isa.Address && p.CodeAt(exit.To.Number) != nil {
			p.FindStarts()
			if p.reachesSystem(depth-1, p.Body(exit.To.Number, 0)) {
				return true
			}
		}
	}
	return !ok
}

// followArguments notes which arguments of the methods that a function calls may be the size
// and the block, by how the function passes on its own, which call says.
func (p *planner) followArguments(b *isa.Body, call allocator.Call) {
	exits, ok := p.ExitsOf(b, isa.DoesMore)
	if !ok {
		return
	}
	for _, exit := range exits {
		m := p.methodAt(exit.To)
		if m == nil {
			continue
		}
		var sizes, pointers flow.ArgumentSet
		for n := 1; n <= isa.LastArgument; n++ {
			switch v := exit.Arguments[n]; {
			case v.Kind != isa.Argument:
			case v.Number == uint64(call.Size):
				sizes |= 1 << n
			case v.Number == uint64(call.Pointer):
				pointers |= 1 << n
			}
		}
		m.calledByKnown = true
		m.sizes &= sizes
		m.pointers &= pointers
	}
}

// methodAt returns the method that a call or jump goes to; nil for another function.
func (p *planner) methodAt(to isa.Value) *method {
	if to.Kind == isa.Variable {
		return p.methods[p.methodSlots[to.Number]]
	}
	return p.methods[to.Number]
}

// knowMethods finds out which arguments of the methods are which: first of those that the
// known functions call, and then of those that these call. If a call that is followed later
// contradicts that, the arguments of no method are known.
func (p *planner) knowMethods() {
	for again := true; again; {
		again = false
		for _, m := range p.methods {
			if m.calledByKnown && !m.argumentsKnown && p.knowArguments(m) {
				p.followArguments(p.Body(m.Addr, m.Size), m.call)
				again = true
			}
		}
	}
	for _, m := range p.methods {
		if m.argumentsKnown && (m.call.Size != 0 && !m.sizes.Has(m.call.Size) || m.call.Pointer != 0 && !m.pointers.Has(m.call.Pointer)) {
			for _, other := range p.methods {
				other.argumentsKnown = false
			}
		}
	}
}

// knowArguments finds out which arguments of a method are which, and reports whether that is
// known.
func (p *planner) knowArguments(m *method) bool {
	code := p.Body(m.Addr, m.Size)
	if _, ok := p.ExitsOf(code, isa.DoesMore); !ok {
		return false
	}
	only := func(candidates flow.ArgumentSet) (argument uint8) {
		for n := uint8(1); n <= isa.LastArgument; n++ {
			// The caller may have left the same value in registers that pass nothing.
			switch {
			case !candidates.Has(n) || !p.UsesArgument(code, n):
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
	m.call, m.argumentsKnown = call, true
	return true
}

// knowBlocksByCallers finds out which argument of a method that frees is the block, where no
// known function calls the method. Before the block there can only be self, which is the
// address of a variable, for that is what a #[global_allocator] is, and behind it are the
// Layout's parts, which are constants in most calls.
func (p *planner) knowBlocksByCallers() {
	for _, m := range p.methods {
		if len(m.outsideCalls) == 0 || m.argumentsKnown || m.calledByKnown || m.callsNamesake || m.call.Action != wire.ActionFree || !p.isGlobal(m) {
			continue
		}
		if n := p.blockByCallers(m); n != 0 && p.UsesArgument(p.Body(m.Addr, m.Size), n) {
			m.call.Pointer, m.argumentsKnown = n, true
		}
	}
}

// isGlobal reports whether a method that frees is of the type of the program's
// #[global_allocator]: the arguments of another method of the type are known, or it is the
// only method that frees.
func (p *planner) isGlobal(m *method) bool {
	only := true
	for _, other := range p.methods {
		if other.typeName == m.typeName && other.argumentsKnown {
			return true
		}
		only = only && (other == m || other.call.Action != wire.ActionFree)
	}
	return only
}

// blockByCallers returns the argument of a method that is the block, by what its callers
// pass; 0 if they do not show it.
func (p *planner) blockByCallers(m *method) (block uint8) {
	const most = 200 // calls that are looked at
	var seen [isa.LastArgument + 1]map[isa.ValueKind]bool
	for n := range seen {
		seen[n] = make(map[isa.ValueKind]bool)
	}
	looked := make(map[uint64]bool)
	for _, from := range m.outsideCalls[:min(len(m.outsideCalls), most)] {
		entry := p.StartOf(from)
		if entry == 0 || looked[entry] {
			continue
		}
		looked[entry] = true
		exits, ok := p.ExitsOf(p.Body(entry, 0), isa.DoesMore)
		for _, exit := range exits {
			if ok && p.methodAt(exit.To) == m {
				for n, v := range exit.Arguments {
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

// findOutsideCalls finds the calls of methods by other code than the functions and the
// methods whose arguments are known.
func (p *planner) findOutsideCalls(functions []*target) {
	isInside := func(from uint64) bool {
		for _, t := range functions {
			if from >= t.entry && from-t.entry < t.size {
				return true
			}
		}
		for entry, m := range p.methods {
			if from >= entry && from-entry < m.Size && m.argumentsKnown {
				return true
			}
		}
		return false
	}
	p.eachCaller(func(m *method, from uint64) {
		for entry, caller := range p.methods {
			if from >= entry && from-entry < caller.Size && caller.name == m.name && caller.typeName != m.typeName && m.argumentsKnown {
				caller.callsNamesake = true
			}
		}
		if !isInside(from) && (len(m.outsideCalls) > 0 || !p.WithinInstruction(from)) {
			m.outsideCalls = append(m.outsideCalls, from)
		}
	})
}

// eachCaller calls visit for whatever in the file's code could be a call of a method, with
// the address of the call.
func (p *planner) eachCaller(visit func(called *method, from uint64)) {
	p.EachBranch(isa.EntriesIn(p.methods), func(from, to uint64, _ bool) { visit(p.methods[to], from) })
	for _, s := range p.Segments {
		p.Machine.FindSlotBranches(s.Data, s.Addr, func(from, slot uint64) {
			if entry, ok := p.methodSlots[slot]; ok {
				visit(p.methods[entry], from)
			}
		})
	}
}

// slotsOf returns the entries of methods by the addresses of the slots that hold them once
// the file is loaded.
func (p *planner) slotsOf(methods map[uint64]*method) map[uint64]uint64 {
	slots := make(map[uint64]uint64)
	for slot, r := range p.Relocations {
		if r.Kind == codefile.Relative && methods[r.Addend] != nil {
			slots[slot] = r.Addend
		}
	}
	return slots
}

// unseenRealloc returns a method that resizes blocks and cannot be hooked, though other
// methods of its type can, so that the blocks' sizes would be wrong; nil for none.
func (p *planner) unseenRealloc() *method {
	isMet := make(map[string]bool)
	for _, m := range p.methods {
		isMet[m.typeName] = isMet[m.typeName] || m.argumentsKnown
	}
	for _, m := range p.methods {
		if len(m.outsideCalls) > 0 && !m.argumentsKnown && !m.callsNamesake && m.call.Action == wire.ActionRealloc && isMet[m.typeName] {
			return m
		}
	}
	return nil
}
