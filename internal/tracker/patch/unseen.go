package patch

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// unseen returns the allocators of the file whose blocks are not seen.
func (p *planner) unseen() (unseen []Unseen) {
	known := make(map[string]bool) // families that are hooked, or in the result
	for _, t := range p.targets {
		known[t.Family] = known[t.Family] || t.hook != nil
	}
	missing := p.missingOfRust()
	if len(missing) > 0 && p.allocatesInRust && !p.Stripped && !known[allocator.RustFamily] && !p.importedFamilies[allocator.RustFamily] && !p.isSeenBelowRust() {
		unseen = append(unseen, Unseen{Allocators: []string{allocator.RustFamily}, Code: UnseenInlined, Functions: missing, Remedy: profile.WithoutLTO})
		known[allocator.RustFamily] = true
	}
	unseen = append(unseen, p.refusedFamilies(known)...)
	if p.Stripped && len(p.targets) == 0 && len(p.noTargets) == 0 {
		if name := p.ownAllocator(); name != "" {
			unseen = append(unseen, Unseen{Allocators: []string{name}, Code: UnseenStripped, Remedy: profile.KeepSymbols})
		}
	}
	return unseen
}

// refusedFamilies returns the families that are refused and not known yet, and makes them
// known: for each its first function that cannot be hooked, and with it the families that
// are refused because of that function.
func (p *planner) refusedFamilies(known map[string]bool) (all []Unseen) {
	index := make(map[string]int) // in all, by family
	add := func(name string, t *target) int {
		refusal := t.refusal(t.refused)
		u := Unseen{Allocators: []string{name}, Code: UnseenRefused, Refusal: &refusal, Remedy: profile.SeePages}
		if t.Family == allocator.RustFamily {
			u.Remedy = profile.WithoutLTO
		}
		index[t.Family], all = len(all), append(all, u)
		return index[t.Family]
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
		i, ok := index[t.refusedWith.Family]
		if !ok {
			i = add(t.refusedWith.Family, t.refusedWith)
		}
		all[i].Allocators, all[i].Links = append(all[i].Allocators, t.Family), append(all[i].Links, *t.refused.Link)
	}
	return all
}

// isUnseen reports whether calls of a function are recorded nowhere.
func (t *target) isUnseen() bool {
	return t.refused != nil && t.metElsewhere == nil && !t.behindPreloaded && !t.isInner
}

// isNoneUnseen reports whether a family has no blocks, or they are seen elsewhere.
func (p *planner) isNoneUnseen(family string) bool {
	switch family {
	case allocator.OperatorFamily:
		return p.operatorsCallOthers()
	case allocator.RustFamily:
		return p.isSeenBelowRust()
	}
	return !allocator.HasBlocks(family)
}

// operatorsCallOthers reports whether C++'s operators get their blocks from an allocator
// that is recorded, or in the plan as one that is not, as far as that shows.
func (p *planner) operatorsCallOthers() bool {
	if p.isHookedBelowRust() {
		return true
	}
	return slices.ContainsFunc(p.targets, func(t *target) bool {
		return t.Family == allocator.OperatorFamily && t.Call.Action == wire.ActionAlloc && t.body != nil && (len(p.below(t)) > 0 || p.reachesSystem(2, t.body))
	})
}

// ownAllocator returns which allocator a file without symbols seems to have, by the texts of
// allocators; empty for none.
func (p *planner) ownAllocator() (name string) {
	const most = 16 << 20 // bytes; more would make programs wait
	const least = 4 << 10 // bytes of code; libraries that hold data only may have much of that
	code := 0
	for _, s := range p.Segments {
		code += len(s.Data)
	}
	if code < least {
		return ""
	}
	p.EachReadOnly(most, func(data []byte) bool {
		name = allocator.ThatSays(data)
		return name == ""
	})
	return name
}
