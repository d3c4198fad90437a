package patch

import (
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// leaveRust leaves the functions of Rust's allocator to the one that they call.
func (p *planner) leaveRust() {
	for _, t := range p.targets {
		if t.Family == allocator.RustFamily && t.refused == nil && t.left == nil {
			t.hook, t.left = nil, &Reason{Code: NotWhole}
		}
	}
}

// missingOfRust returns which of the functions that Rust's compiler makes have no code of
// their own, as allocator.RustNames has them. Every program has all four, called or not,
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

// isMetBelow reports whether hooked methods meet what the missing functions do, as far as a
// profile must have it: how most blocks are made, and all that becomes of them. Blocks that
// begin as zeroes are few.
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
	if !isHooked || len(missing) == 0 && !p.partlyInlined || p.isHookedBelowRust() {
		return nil
	}
	return []Partial{{allocator.RustFamily, missing, profile.ExactWithoutLTO}}
}

// isSeenBelowRust reports whether Rust's blocks are seen at the allocator that the program's
// #[global_allocator] calls: the C library's, or another that is hooked.
func (p *planner) isSeenBelowRust() bool { return p.isHookedBelowRust() || p.importsSystem }

// isHookedBelowRust reports whether another allocator of the file than Rust's is hooked.
func (p *planner) isHookedBelowRust() bool {
	for _, t := range p.targets {
		switch t.Family {
		case allocator.RustFamily, allocator.OperatorFamily, allocator.UsersFamily:
		default:
			if t.hook != nil && allocator.HasBlocks(t.Family) {
				return true
			}
		}
	}
	return false
}
