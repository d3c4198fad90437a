package patch

import (
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// leftToImported returns why a function need not be hooked that gets its blocks from an
// imported function which the preloaded library has: hooking it would cost twice. It may be
// an operator new of a C++ library that is linked in, or Rust's own allocator that link-time
// optimisation made a part of __rust_alloc. It is nil where the code does not show that.
func (p *planner) leftToImported(t *target) *Reason {
	if t.Family == allocator.UsersFamily || t.Family == allocator.MappingFamily || !p.importedFamilies[allocator.MallocFamily] {
		return nil
	}
	if t.Family == allocator.OperatorFamily && t.Call.Action == wire.ActionAlloc && !p.deletesAreLeft() {
		return nil
	}
	if first, ok := p.FirstCall(t.body); ok {
		if name := p.importedAs(t.Call, &first); name != "" {
			return &Reason{Code: CallsFirst, Function: Symbols{name}}
		}
	}
	if t.Family != allocator.RustFamily || t.size == 0 {
		return nil
	}
	exits, keepsNothing := p.ExitsOf(t.body, isa.UsesStack)
	if !keepsNothing {
		return nil
	}
	recorded := false
	for _, exit := range exits {
		_, name := p.Destination(exit.To)
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

// leftToOwn returns why an operator new of a static program need not be hooked, which gets its blocks from a function of
// the program's own that is hooked: the program's unwinder does not know of hooks, so that nobody could catch what the
// operator throws. One for aligned blocks asks for a multiple of the alignment. It may get them by so many other
// operators at most. It is nil where the code does not show that.
func (p *planner) leftToOwn(t *target, most int) *Reason {
	if !p.isStatic || t.body == nil || t.Family != allocator.OperatorFamily || t.Call.Action != wire.ActionAlloc || !p.deletesAreLeft() {
		return nil
	}
	if first, ok := p.FirstCall(t.body); ok {
		if to := p.targetAt(first.To); p.makesBlocks(to, most) && isPassedOnAs(t.Call, to.Call, &first) {
			return &Reason{Code: CallsFirst, Function: to.names}
		}
	}
	if t.Call.Align == 0 {
		return nil
	}
	for _, to := range p.below(t) {
		if p.makesBlocks(to, most) {
			return &Reason{Code: CallsFirst, Function: to.names}
		}
	}
	return nil
}

// makesBlocks reports whether a target is of malloc's family and can be hooked, or is an operator new that is left to such,
// by so many others at most.
func (p *planner) makesBlocks(t *target, most int) bool {
	if t == nil || t.body == nil || t.Call.Action != wire.ActionAlloc {
		return false
	}
	_, cannot := p.hookOf(t.body)
	return t.Family == allocator.MallocFamily && cannot == nil || most > 0 && p.leftToOwn(t, most-1) != nil
}

// importedAs returns the name of the imported function, if it is recorded, to which a call
// that means c is passed on at an exit; empty for none.
func (p *planner) importedAs(c allocator.Call, exit *flow.Exit) string {
	_, name := p.Destination(exit.To)
	if allocator.IsPreloaded(name) && isPassedOnAs(c, allocator.PreloadedCall(name), exit) {
		return name
	}
	return ""
}

// deletesAreLeft reports whether every operator delete of the file passes its block on to an
// imported function that is recorded, or to another target. An operator new may return
// another address than it got from malloc, behind a header of its own. Then delete, which
// takes the header off again, is hooked, and new must be, too, so that delete meets blocks
// of the addresses that new has returned.
func (p *planner) deletesAreLeft() bool {
	return !slices.ContainsFunc(p.targets, func(t *target) bool {
		if t.Family != allocator.OperatorFamily || t.Call.Action != wire.ActionFree || t.body == nil {
			return false
		}
		first, ok := p.FirstCall(t.body)
		isAnothers := ok && slices.ContainsFunc(p.targets, func(other *target) bool {
			return other != t && first.To == isa.Value{Kind: isa.Address, Number: other.entry} && isPassedOnAs(t.Call, other.Call, &first)
		})
		return !isAnothers && (!ok || p.importedAs(t.Call, &first) == "")
	})
}
