package patch

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// Hidden is an allocator that a file has of its own, whose blocks are not seen.
type Hidden struct {
	Allocator string // its family, or the function that the user named
	Reason    string // why, in words that follow the allocator's name
	Remedy    string // what to do, in words of their own
}

func (h Hidden) String() string { return h.Allocator + " " + h.Reason + ": " + h.Remedy }

// Partial is an allocator that is hooked, of whose blocks some may not be seen.
type Partial struct {
	Allocator string // its family
	Reason    string // why, in words that follow the allocator's name
	Remedy    string // what to do about it
}

func (p Partial) String() string { return p.Allocator + " " + p.Reason }

const seePages = "see the pages that it maps with --mmap"

// refuseFamilies refuses the families that cannot be hooked as a whole. It returns whether
// any function was hooked that is no longer: what was left to that needs a hook of its own
// now.
func (p *planner) refuseFamilies() (again bool) {
	broken := p.brokenFamilies()
	hooked := slices.ContainsFunc(p.targets, func(t *target) bool { return t.Family == allocator.RustFamily && t.hook != nil })
	rust := kin{family: allocator.RustFamily}
	if missing := p.missingOfRust(); hooked && len(missing) > 0 && p.isSeenBelowRust() {
		p.leaveRust()
		again = true
	} else if hooked && !p.isMetBelow(missing) {
		broken[rust] = errors.New(inlinedWords(missing))
	} else if m := p.notMet(); hooked && m != nil {
		broken[rust] = fmt.Errorf("%s does not show what its arguments are, for link-time optimisation changes them", demangle.Filter(string(m.Symbol.Name), demangle.NoParams))
	}
	for _, t := range p.targets {
		err := broken.fellWith(t)
		if err == nil && !p.frees && !t.mayBeFreedElsewhere() {
			err = &fallen{reason: "the file has no function that frees"}
		}
		if err != nil && t.hook != nil {
			t.hook, t.refused = nil, err
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
		if t.Family == allocator.RustFamily && t.refused == nil && t.Left == "" {
			t.hook, t.Left = nil, "is not whole after link-time optimisation; the allocator that it calls is recorded"
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

func inlinedWords(missing []string) string {
	return "has no __rust_" + strings.Join(missing, " and __rust_") + " of its own any more, for link-time optimisation made it a part of its callers"
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
	reason := "is recorded only where the compiler did not make it a part of its callers"
	if len(missing) > 0 {
		reason += " (nothing is left of __rust_" + strings.Join(missing, " and __rust_") + ")"
	}
	return []Partial{{allocator.RustFamily, reason, "lto = \"off\" with codegen-units = 16 makes it exact"}}
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
func (p *planner) checkArguments(t *target) error {
	last := max(t.Call.Size, t.Call.Count, t.Call.Pointer, t.Call.Out)
	isRust := t.Family == allocator.RustFamily // of which only realloc has something to leave out before what matters
	if t.Left != "" || last == 0 || isRust && t.Call.Action != wire.ActionRealloc || !isRust && t.exported {
		return nil
	}
	if p.Takes(t.body, last) {
		return nil
	}
	return fmt.Errorf("does not show that it takes %d arguments, for optimisation leaves out those that are not used, or are the same in each call", last)
}

// hidden returns the allocators whose blocks are not seen.
func (p *planner) hidden() (hidden []Hidden) {
	hooked := make(map[string]bool)
	for _, t := range p.targets {
		hooked[t.Family] = hooked[t.Family] || t.hook != nil
	}
	missing := p.missingOfRust()
	if len(missing) > 0 && p.allocatesInRust && !p.Stripped && !hooked[allocator.RustFamily] && !p.imports[allocator.RustFamily] && !p.isSeenBelowRust() {
		hidden = append(hidden, Hidden{allocator.RustFamily, inlinedWords(missing), withoutLTO})
		hooked[allocator.RustFamily] = true // said
	}
	for _, u := range p.unhooked(hooked) {
		hidden = append(hidden, Hidden{andAll(u.families), "cannot be hooked (" + strings.Join(u.why, "; ") + ")", u.remedy})
	}
	if p.Stripped && len(p.targets) == 0 && len(p.left) == 0 {
		if name := p.ownAllocator(); name != "" {
			hidden = append(hidden, Hidden{name, "seems to be linked into it, but the names of its functions are stripped",
				"build it without strip = \"symbols\" or -s (strip -g leaves what is needed), put its debug file where debuggers look for it, or " + seePages})
		}
	}
	return hidden
}

// unhooked is allocators that cannot be hooked for one cause.
type unhooked struct {
	families []string
	why      []string
	remedy   string
}

// unhooked returns the families that are refused but those that are said: of each the
// first function that cannot be hooked, and with it the families that fall with that one.
func (p *planner) unhooked(said map[string]bool) (all []*unhooked) {
	of := make(map[string]*unhooked)
	add := func(family string, t *target) *unhooked {
		u := &unhooked{[]string{family}, []string{t.title() + ": " + t.refused.Error()}, remedyOf(t)}
		of[t.Family], all = u, append(all, u)
		return u
	}
	for _, t := range p.targets {
		if !t.isUnseen() || isFallen(t.refused) || said[t.Family] || p.isNoneUnseen(t.Family) {
			continue
		}
		said[t.Family] = true
		if t.Family == allocator.UsersFamily {
			add(t.title(), t)
		} else {
			add(t.Family, t)
		}
	}
	for _, t := range p.targets {
		why, ok := t.refused.(*fallen)
		if !ok || why.link == "" || !t.isUnseen() || said[t.Family] {
			continue
		}
		said[t.Family] = true
		u := of[why.cause.Family]
		if u == nil {
			u = add(why.cause.Family, why.cause)
		}
		u.families, u.why = append(u.families, t.Family), append(u.why, why.link)
	}
	return all
}

// isUnseen reports whether calls of a function are recorded nowhere.
func (t *target) isUnseen() bool {
	return t.refused != nil && t.metLate == "" && !t.behind && !t.inner
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

// andAll returns names in a row.
func andAll(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
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

const withoutLTO = "build it with lto = \"off\" and codegen-units = 16, or " + seePages

func remedyOf(t *target) string {
	if t.Family == allocator.RustFamily {
		return withoutLTO
	}
	return seePages
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
