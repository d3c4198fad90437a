package patch

import (
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// leftToImported returns why a function is left alone that plainly gets its blocks from
// what the preloaded library takes the place of, and to hook which would cost twice: an
// operator new of a C++ library that is linked in, or Rust's own allocator that
// link-time optimisation made a part of __rust_alloc. It is nil where the code does
// not show it.
func (p *planner) leftToImported(t *target) *Reason {
	if t.Family == allocator.UsersFamily || t.Family == allocator.MappingFamily || !p.imports[allocator.MallocFamily] {
		return nil
	}
	if t.Family == allocator.OperatorFamily && t.Call.Action == wire.ActionAlloc && !p.deletesAreLeft() {
		return nil
	}
	if first, ok := p.CallsFirst(t.body); ok {
		if name := p.importedAs(t.Call, &first); name != "" {
			return &Reason{Code: CallsFirst, Function: Symbols{name}}
		}
	}
	if t.Family != allocator.RustFamily || t.size == 0 {
		return nil
	}
	leavings, keepsNothing := p.Leaves(t.body, isa.UsesStack)
	if !keepsNothing {
		return nil
	}
	recorded := false
	for _, l := range leavings {
		_, name := p.GoesTo(l.To)
		isPreloaded := allocator.IsPreloaded(name)
		if !isPreloaded && name != "memcpy" && name != "memmove" && name != "memset" {
			return nil
		}
		recorded = recorded || isPreloaded
	}
	if recorded {
		return &Reason{Code: KeepsNothing}
	}
	return nil
}

// importedAs returns the name of the imported function, of those that are recorded, that
// a call which means c goes on to as it is; empty for none.
func (p *planner) importedAs(c allocator.Call, l *flow.Leaving) string {
	_, name := p.GoesTo(l.To)
	if allocator.IsPreloaded(name) && isPassedOnAs(c, allocator.PreloadedCall(name), l) {
		return name
	}
	return ""
}

// deletesAreLeft reports whether every operator delete of the file is left alone, too, or
// goes on to one that decides it. An operator new may hand out another address than it
// got from malloc, behind a header of its own: then delete, which takes that off again,
// is hooked, and is to find blocks of the addresses that new has returned.
func (p *planner) deletesAreLeft() bool {
	return !slices.ContainsFunc(p.targets, func(t *target) bool {
		if t.Family != allocator.OperatorFamily || t.Call.Action != wire.ActionFree || t.body == nil {
			return false
		}
		first, ok := p.CallsFirst(t.body)
		isAnothers := ok && slices.ContainsFunc(p.targets, func(other *target) bool {
			return other != t && first.To == isa.Value{Kind: isa.Address, Number: other.entry} && isPassedOnAs(t.Call, other.Call, &first)
		})
		return !isAnothers && (!ok || p.importedAs(t.Call, &first) == "")
	})
}
