package patch

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// refuseFamilies refuses the families that cannot be hooked as a whole. It returns whether
// any function was hooked that is no longer: what was left to that needs a hook of its own
// now.
func (p *planner) refuseFamilies() (again bool) {
	broken := p.brokenGroups()
	hooked := slices.ContainsFunc(p.targets, func(t *target) bool { return t.Family == allocator.RustFamily && t.hook != nil })
	rust := group{family: allocator.RustFamily}
	if missing := p.missingOfRust(); hooked && len(missing) > 0 && p.isSeenBelowRust() {
		p.leaveRust()
		again = true
	} else if hooked && !p.isMetBelow(missing) {
		broken[rust] = &breakage{reason: &Reason{Code: Inlined, Functions: missing}}
	} else if m := p.notMet(); hooked && m != nil {
		broken[rust] = &breakage{reason: &Reason{Code: MethodUnknown, Function: Symbols{string(m.Symbol.Name)}}}
	}
	for _, t := range p.targets {
		b := broken.of(t)
		if b == nil && !p.frees && !t.mayBeFreedElsewhere() {
			b = &breakage{reason: &Reason{Code: NothingFrees}}
		}
		if b != nil && t.hook != nil {
			t.hook, t.refused, t.refusedWith = nil, b.reason, b.cause
			again = true
		}
	}
	return again
}

// mayBeFreedElsewhere says whether another file may free the blocks of a function, or it
// has none.
func (t *target) mayBeFreedElsewhere() bool {
	switch t.Family {
	case allocator.MallocFamily, allocator.OperatorFamily, allocator.RustFamily, allocator.MappingFamily, allocator.UsersFamily, allocator.LoaderFamily, allocator.ForkFamily, allocator.ExecFamily:
		return true
	}
	return false
}

// leaveRust leaves Rust's functions to the allocator that they call.
func (p *planner) leaveRust() {
	for _, t := range p.targets {
		if t.Family == allocator.RustFamily && t.refused == nil && t.left == nil {
			t.hook, t.left = nil, &Reason{Code: NotWhole}
		}
	}
}

// missingOfRust returns which of the functions that the compiler makes have no code of
// their own, by their names in the table. Every program has all four, called or not,
// until link-time optimisation begins to move them into their callers; then those that
// are left do not meet all blocks, or not with the arguments that they had.
func (p *planner) missingOfRust() (missing []string) {
	has := make(map[string]bool)
	for _, t := range p.targets {
		for _, name := range t.names {
			has[allocator.RustFunction([]byte(name))] = true
		}
	}
	for _, name := range allocator.RustNames() {
		if !has[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// isMetBelow says whether what the missing functions do is met at methods below them,
// as far as a profile must have it: most of the blocks, and all that becomes of them.
// Blocks that begin as zeroes are few.
func (p *planner) isMetBelow(missing []string) bool {
	met := make(map[wire.Action]bool)
	for _, t := range p.targets {
		if t.hook != nil && p.methods[t.entry] != nil {
			met[t.Call.Action] = true
		}
	}
	return !slices.ContainsFunc(missing, func(name string) bool { return name != "alloc_zeroed" && !met[allocator.RustCall(name).Action] })
}

// partial returns the allocators of which some blocks may not be seen.
func (p *planner) partial() []Partial {
	isHooked := slices.ContainsFunc(p.targets, func(t *target) bool { return t.Family == allocator.RustFamily && t.hook != nil })
	missing := p.missingOfRust()
	if !isHooked || len(missing) == 0 && !p.inlined || p.isHookedBelowRust() {
		return nil
	}
	return []Partial{{allocator.RustFamily, missing, profile.ExactWithoutLTO}}
}

// isSeenBelowRust says whether Rust's blocks are seen at another layer: at the C
// library's allocator, or another that is hooked, which is what a program has its
// #[global_allocator] call.
func (p *planner) isSeenBelowRust() bool { return p.isHookedBelowRust() || p.usesSystem }

// isHookedBelowRust says whether another allocator is hooked.
func (p *planner) isHookedBelowRust() bool {
	for _, t := range p.targets {
		switch t.Family {
		case allocator.RustFamily, allocator.OperatorFamily, allocator.MappingFamily, allocator.ForkFamily, allocator.LoaderFamily, allocator.ExecFamily, allocator.UsersFamily:
		default:
			if t.hook != nil {
				return true
			}
		}
	}
	return false
}

// checkArguments refuses a function that does not take the arguments that its name
// says. Optimisation leaves out those that a function which only its own file calls
// does not use, or that are the same in each call, and the arguments behind them move
// up: a Rust program's mimalloc, for one, has no use for the old size, and the new one,
// which comes last, is not where it was. gcc gives such a function another name; LLVM
// does not.
func (p *planner) checkArguments(t *target) *Reason {
	last := max(t.Call.Size, t.Call.Count, t.Call.Pointer, t.Call.Out)
	isRust := t.Family == allocator.RustFamily // of which only realloc has something to leave out before what matters
	if t.left != nil || last == 0 || isRust && t.Call.Action != wire.ActionRealloc || !isRust && t.exported {
		return nil
	}
	if p.Takes(t.body, last) {
		return nil
	}
	return &Reason{Code: ArgumentsNotTaken, Count: int(last)}
}

// unseen returns the allocators whose blocks are not seen.
func (p *planner) unseen() (unseen []Unseen) {
	known := make(map[string]bool) // families that are hooked, or in the result
	for _, t := range p.targets {
		known[t.Family] = known[t.Family] || t.hook != nil
	}
	missing := p.missingOfRust()
	if len(missing) > 0 && p.allocatesInRust && !p.Stripped && !known[allocator.RustFamily] && !p.imports[allocator.RustFamily] && !p.isSeenBelowRust() {
		unseen = append(unseen, Unseen{Allocators: []string{allocator.RustFamily}, Code: UnseenInlined, Functions: missing, Remedy: profile.WithoutLTO})
		known[allocator.RustFamily] = true
	}
	unseen = append(unseen, p.refusedFamilies(known)...)
	if p.Stripped && len(p.targets) == 0 && len(p.left) == 0 {
		if name := p.ownAllocator(); name != "" {
			unseen = append(unseen, Unseen{Allocators: []string{name}, Code: UnseenStripped, Remedy: profile.KeepSymbols})
		}
	}
	return unseen
}

// refusedFamilies returns the families that are refused but those that are known: of each
// the first function that cannot be hooked, and with it the families that are broken by
// that one.
func (p *planner) refusedFamilies(known map[string]bool) (all []Unseen) {
	of := make(map[string]int) // in all, by family
	add := func(name string, t *target) int {
		refusal := t.refusal(t.refused)
		u := Unseen{Allocators: []string{name}, Code: UnseenRefused, Refusal: &refusal, Remedy: profile.SeePages}
		if t.Family == allocator.RustFamily {
			u.Remedy = profile.WithoutLTO
		}
		of[t.Family], all = len(all), append(all, u)
		return of[t.Family]
	}
	for _, t := range p.targets {
		if !t.isUnseen() || t.refused.isOfOthers() || known[t.Family] || p.isNoneUnseen(t.Family) {
			continue
		}
		known[t.Family] = true
		if t.Family == allocator.UsersFamily {
			add(t.names.title(), t)
		} else {
			add(t.Family, t)
		}
	}
	for _, t := range p.targets {
		if t.refused == nil || t.refused.Link == nil || !t.isUnseen() || known[t.Family] {
			continue
		}
		known[t.Family] = true
		i, ok := of[t.refusedWith.Family]
		if !ok {
			i = add(t.refusedWith.Family, t.refusedWith)
		}
		all[i].Allocators, all[i].Links = append(all[i].Allocators, t.Family), append(all[i].Links, *t.refused.Link)
	}
	return all
}

// isUnseen reports whether calls of a function are recorded nowhere.
func (t *target) isUnseen() bool {
	return t.refused != nil && t.elsewhere == nil && !t.behind && !t.inner
}

// isNoneUnseen reports whether a family has no blocks, or they are seen elsewhere.
func (p *planner) isNoneUnseen(family string) bool {
	switch family {
	case allocator.MappingFamily, allocator.ForkFamily, allocator.LoaderFamily, allocator.ExecFamily:
		return true
	case allocator.OperatorFamily:
		return p.operatorsCallOthers()
	case allocator.RustFamily:
		return p.isSeenBelowRust()
	}
	return false
}

// operatorsCallOthers says whether C++'s operators get their blocks from what is recorded,
// or is said not to be, as far as that shows.
func (p *planner) operatorsCallOthers() bool {
	if p.isHookedBelowRust() {
		return true
	}
	return slices.ContainsFunc(p.targets, func(t *target) bool {
		return t.Family == allocator.OperatorFamily && t.Call.Action == wire.ActionAlloc && t.body != nil && (len(p.below(t)) > 0 || p.reachesSystem(2, t.body))
	})
}

// ownAllocator returns which allocator a file without symbols seems to have, by what
// that says to people.
func (p *planner) ownAllocator() (name string) {
	const most = 16 << 20 // bytes; more would make programs wait
	p.ReadOnly(most, func(data []byte) bool {
		name = allocator.ThatSays(data)
		return name == ""
	})
	return name
}
