package patch

import (
	"slices"

	"heapprof/internal/tracker/wire"
)

// leftToImported returns why a function is left alone that plainly gets its blocks from
// what the preloaded library takes the place of, and to hook which would cost twice: an
// operator new of a C++ library that is linked in, or Rust's own allocator that
// link-time optimisation made a part of __rust_alloc. It is empty where the code does
// not show it.
func (p *planner) leftToImported(t *target) string {
	if t.family == UsersFamily || t.family == mappingFamily || !p.imports[mallocFamily] {
		return ""
	}
	if t.family == operatorFamily && t.call.Action == wire.ActionAlloc && !p.deletesAreLeft() {
		return ""
	}
	if first, ok := p.callsFirst(t.body); ok {
		if name := p.importedAs(t.call, &first); name != "" {
			return "does nothing before it calls " + name + ", which is recorded"
		}
	}
	if t.family != rustFamily || t.size == 0 {
		return ""
	}
	leavings, keepsNothing := p.leaves(t.body, usesStack)
	if !keepsNothing {
		return ""
	}
	recorded := false
	for _, l := range leavings {
		_, name := p.goesTo(l.to)
		isPreloaded := isPreloaded(name)
		if !isPreloaded && name != "memcpy" && name != "memmove" && name != "memset" {
			return ""
		}
		recorded = recorded || isPreloaded
	}
	if recorded {
		return "keeps no blocks and calls only what is recorded"
	}
	return ""
}

// importedAs returns the name of the imported function, of those that are recorded, that
// a call which means c goes on to as it is; empty for none.
func (p *planner) importedAs(c Call, l *leaving) string {
	_, name := p.goesTo(l.to)
	if isPreloaded(name) && isPassedOnAs(c, preloadedCall(name), l) {
		return name
	}
	return ""
}

// deletesAreLeft says whether every operator delete of the file is left alone, too, or
// goes on to one that decides it. An operator new may hand out another address than it
// got from malloc, behind a header of its own: then delete, which takes that off again,
// is hooked, and is to find blocks of the addresses that new has returned.
func (p *planner) deletesAreLeft() bool {
	return !slices.ContainsFunc(p.targets, func(t *target) bool {
		if t.family != operatorFamily || t.call.Action != wire.ActionFree || t.body == nil {
			return false
		}
		first, ok := p.callsFirst(t.body)
		isAnothers := ok && slices.ContainsFunc(p.targets, func(other *target) bool {
			return other != t && first.to == value{address, other.entry} && isPassedOnAs(t.call, other.call, &first)
		})
		return !isAnothers && (!ok || p.importedAs(t.call, &first) == "")
	})
}
