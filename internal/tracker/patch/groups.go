package patch

import (
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// group is an allocator as far as its functions are hooked together: without one that
// frees, blocks that another has made would seem to live for ever. What is behind the
// preloaded library is apart, for what calls it by name is recorded all the same.
type group struct {
	family          string
	behindPreloaded bool
}

// breaksOthers reports whether a group that cannot be hooked breaks those that share a
// function or blocks with it. What the user named is not broken with a family; Rust's
// functions only call what they share with another; and behind the preloaded library
// little is met.
func (g group) breaksOthers() bool {
	return !g.behindPreloaded && g.family != allocator.UsersFamily && g.family != allocator.RustFamily
}

// breakage is why the functions of a group are refused that could be hooked.
type breakage struct {
	reason *Reason
	cause  *target // the function that cannot be hooked; nil: there is none
}

// breakages are those of the groups that cannot be hooked.
type breakages map[group]*breakage

// linked returns the breakage of what a link ties to a group.
func (b breakages) linked(g group, l Link) *breakage {
	cause := b[g].cause
	return &breakage{&Reason{Code: LinkedToBroken, Link: &l, Function: cause.names, Cause: cause.refused}, cause}
}

// reasonFor returns why a function is refused with one of its groups; nil if it is not.
func (b breakages) reasonFor(t *target) *breakage {
	var found, other *breakage
	hasWhole := false
	for _, g := range t.groups {
		broken := b[g]
		switch {
		case broken == nil && g.family == allocator.UsersFamily:
			return nil
		case broken == nil:
			hasWhole = true
		case !g.breaksOthers():
			other = broken
		case found == nil || broken.reason.Link == nil:
			found = broken
		}
	}
	if found == nil && !hasWhole {
		return other
	}
	return found
}

// brokenGroups returns the groups of which a hook is missing without which their blocks
// would seem to live for ever, and those that share a function with one, or blocks.
func (p *planner) brokenGroups() breakages {
	b, cannot := make(breakages), make(map[group][]*target)
	for _, t := range p.targets {
		if t.refused == nil || t.isInner || t.metElsewhere != nil || t.refused.isOfOthers() || !t.Call.Action.EndsBlocks() {
			continue
		}
		for _, g := range t.groups {
			cannot[g] = append(cannot[g], t)
			b[g] = &breakage{&Reason{Code: FamilyBroken, Function: t.names}, t}
		}
	}
	for again := true; again; {
		again = false
		for _, t := range p.targets {
			if b.reasonFor(t) != nil {
				again = b.spread(t) || again
			}
		}
		for g, frees := range cannot {
			again = p.spreadBelow(b, g, frees) || again
		}
	}
	return b
}

// spread adds the groups of a function that is refused with one of them. It reports
// whether there are any.
func (b breakages) spread(t *target) (added bool) {
	i := slices.IndexFunc(t.groups, func(g group) bool { return b[g] != nil && g.breaksOthers() })
	for _, g := range t.groups {
		if i < 0 || b[g] != nil || g.family == allocator.UsersFamily {
			continue
		}
		b[g] = b.linked(t.groups[i], Link{Function: t.names, Family: t.groups[i].family})
		added = true
	}
	return added
}

// spreadBelow adds the groups whose functions those of g call that make blocks, if what
// frees g's, and cannot be hooked, does not call theirs. It reports whether there are any.
func (p *planner) spreadBelow(b breakages, g group, frees []*target) (added bool) {
	if !g.breaksOthers() {
		return false
	}
	for _, t := range p.targets {
		if t.Call.Action != wire.ActionAlloc || !slices.Contains(t.groups, g) {
			continue
		}
		for _, below := range p.below(t) {
			for _, other := range below.groups {
				isTheirs := func(t *target) bool { return t.Call.Action.EndsBlocks() && slices.Contains(t.groups, other) }
				isLeft := func(free *target) bool { return slices.ContainsFunc(p.below(free), isTheirs) }
				if below.Call.Action != wire.ActionAlloc || b[other] != nil || !other.breaksOthers() || !slices.ContainsFunc(frees, func(f *target) bool { return !isLeft(f) }) {
					continue
				}
				b[other] = b.linked(g, Link{Function: t.names, Calls: below.names, Family: g.family})
				added = true
			}
		}
	}
	return added
}

// below returns the targets that a function calls or jumps to, itself or by one function
// that is no target, as far as the code shows that.
func (p *planner) below(t *target) (all []*target) {
	var visit func(b *isa.Body, depth int)
	visit = func(b *isa.Body, depth int) {
		exits, _ := p.ExitsOf(b, isa.DoesMore)
		for _, exit := range exits {
			next := p.targetAt(exit.To)
			switch {
			case next != nil && next != t:
				all = append(all, next)
			case next == nil && depth > 0 && exit.To.Kind == isa.Address && p.CodeAt(exit.To.Number) != nil:
				p.FindStarts()
				visit(p.Body(exit.To.Number, 0), depth-1)
			}
		}
	}
	if t.body != nil {
		visit(t.body, 1)
	}
	return all
}

// isApart reports whether no block that a function makes begins where another one ends: it is the C
// library's malloc or its like, or gets its blocks there, by so many others at most.
func (p *planner) isApart(t *target, most int) bool {
	switch {
	case !t.isLibc && p.emptiesCache.Bytes == 0 || t.Call.Action > wire.ActionResize:
		return false
	case t.Family == allocator.MallocFamily:
		return true
	case t.Family != allocator.OperatorFamily || most == 0:
		return false
	}
	below := p.below(t)
	return len(below) > 0 && !slices.ContainsFunc(below, func(b *target) bool { return !p.isApart(b, most-1) })
}

// targetAt returns the target that a call or jump arrives at; nil for none.
func (p *planner) targetAt(to isa.Value) *target {
	entry := to.Number
	if to.Kind != isa.Address || p.byEntry[entry] == nil {
		entry, _ = p.Destination(to)
	}
	return p.byEntry[entry]
}

// blocksMetElsewhere returns a reason if each block which a function ends is met
// elsewhere: it does nothing but pass it on to what is hooked or recorded anyway, and
// count. Else it is nil.
func (p *planner) blocksMetElsewhere(t *target) *Reason {
	if !t.Call.Action.EndsBlocks() || t.body == nil {
		return nil
	}
	w := p.Follow(t.body, isa.Stores)
	for w.Next() {
		if w.Last.KnownEffect() == isa.Stores && !w.Last.OnlyCounts(t.Call.Pointer) {
			return nil
		}
	}
	if w.Lost || w.LeavesByTable {
		return nil
	}
	var ends []*target
	for _, exit := range w.Exits() {
		next := p.targetAt(exit.To)
		if next == nil || next == t || !isPassedOnAs(t.Call, next.Call, &exit) {
			return nil
		}
		if !slices.Contains(ends, next) {
			ends = append(ends, next)
		}
	}
	return metElsewhere(PassesBlocksTo, ends)
}

// refuseFamilies refuses the families that cannot be hooked as a whole. It reports whether
// that unhooks any function: one that was left because of that function needs a hook of
// its own then.
func (p *planner) refuseFamilies() (again bool) {
	broken := p.brokenGroups()
	hooked := slices.ContainsFunc(p.targets, func(t *target) bool { return t.Family == allocator.RustFamily && t.hook != nil })
	rust := group{family: allocator.RustFamily}
	if missing := p.missingOfRust(); hooked && len(missing) > 0 && p.isSeenBelowRust() {
		p.leaveRust()
		again = true
	} else if hooked && !p.isMetBelow(missing) {
		broken[rust] = &breakage{reason: &Reason{Code: Inlined, Functions: missing}}
	} else if m := p.unseenRealloc(); hooked && m != nil {
		broken[rust] = &breakage{reason: &Reason{Code: MethodUnknown, Function: Symbols{string(m.Symbol.Name)}}}
	}
	for _, t := range p.targets {
		b := broken.reasonFor(t)
		if b == nil && !p.hasFree && !t.mayBeFreedElsewhere() {
			b = &breakage{reason: &Reason{Code: NothingFrees}}
		}
		if b != nil && t.hook != nil {
			t.hook, t.refused, t.refusedWith = nil, b.reason, b.cause
			again = true
		}
	}
	return again
}

// mayBeFreedElsewhere reports whether a function makes no blocks, or another file may free
// them.
func (t *target) mayBeFreedElsewhere() bool {
	switch t.Family {
	case allocator.MallocFamily, allocator.OperatorFamily, allocator.RustFamily, allocator.UsersFamily:
		return true
	}
	return !allocator.HasBlocks(t.Family)
}
