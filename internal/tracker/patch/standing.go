package patch

import (
	"fmt"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// kin is an allocator as far as its functions are hooked together: without one that
// frees, blocks that another has made would seem to live for ever. What is behind the
// preloaded library is apart, for who calls it by name is recorded all the same.
type kin struct {
	family string
	behind bool
}

// drags says whether what is k's and another's falls with k. What the user named does not
// fall with a family; Rust's functions only call what they share with another; and behind
// the preloaded library little is met.
func (k kin) drags() bool {
	return !k.behind && k.family != allocator.UsersFamily && k.family != allocator.RustFamily
}

// fallen is why a function is refused that could be hooked: it falls with others.
type fallen struct {
	reason string
	cause  *target // the function that cannot be hooked; nil: there is none
	// link is what another allocator has to do with the cause's; empty for its own.
	link string
}

func (f *fallen) Error() string { return f.reason + ", and blocks would seem to live for ever" }

// broken is the allocators that cannot be hooked, and why.
type broken map[kin]error

// linked returns why what is linked to k falls with it.
func (b broken) linked(k kin, link string) *fallen {
	cause := b[k].(*fallen).cause
	return &fallen{fmt.Sprintf("%s, of which %s cannot be hooked (%v)", link, cause.title(), cause.refused), cause, link}
}

// fellWith returns why a function falls, nil if it stands.
func (b broken) fellWith(t *target) error {
	var falls, other error
	stands := false
	for _, k := range t.kin {
		err := b[k]
		f, _ := err.(*fallen)
		switch {
		case err == nil && k.family == allocator.UsersFamily:
			return nil
		case err == nil:
			stands = true
		case !k.drags():
			other = err
		case falls == nil || f.link == "":
			falls = err
		}
	}
	if falls == nil && !stands {
		return other
	}
	return falls
}

// brokenFamilies returns the allocators of which a hook is missing without which their
// blocks would seem to live for ever, and those that share a function with one, or blocks.
func (p *planner) brokenFamilies() broken {
	b, cannot := make(broken), make(map[kin][]*target)
	for _, t := range p.targets {
		if t.refused == nil || t.inner || t.metLate != "" || isFallen(t.refused) || !t.Call.Action.EndsBlocks() {
			continue
		}
		for _, k := range t.kin {
			cannot[k] = append(cannot[k], t)
			b[k] = &fallen{reason: t.title() + " of its family cannot be hooked", cause: t}
		}
	}
	for again := true; again; {
		again = false
		for _, t := range p.targets {
			if b.fellWith(t) != nil {
				again = b.spread(t) || again
			}
		}
		for k, frees := range cannot {
			again = p.spreadBelow(b, k, frees) || again
		}
	}
	return b
}

// spread adds the allocators to which a function belongs that falls. It says whether
// there are any.
func (b broken) spread(t *target) (added bool) {
	i := slices.IndexFunc(t.kin, func(k kin) bool { return b[k] != nil && k.drags() })
	for _, k := range t.kin {
		if i < 0 || b[k] != nil || k.family == allocator.UsersFamily {
			continue
		}
		b[k] = b.linked(t.kin[i], t.title()+" is of "+t.kin[i].family+" too")
		added = true
	}
	return added
}

// spreadBelow adds the allocators whose functions those of k call that make blocks, if
// what frees k's, and cannot be hooked, does not call theirs.
func (p *planner) spreadBelow(b broken, k kin, frees []*target) (added bool) {
	if !k.drags() {
		return false
	}
	for _, t := range p.targets {
		if t.Call.Action != wire.ActionAlloc || !slices.Contains(t.kin, k) {
			continue
		}
		for _, below := range p.below(t) {
			for _, other := range below.kin {
				isTheirs := func(t *target) bool { return t.Call.Action.EndsBlocks() && slices.Contains(t.kin, other) }
				isLeft := func(free *target) bool { return slices.ContainsFunc(p.below(free), isTheirs) }
				if below.Call.Action != wire.ActionAlloc || b[other] != nil || !other.drags() || !slices.ContainsFunc(frees, func(f *target) bool { return !isLeft(f) }) {
					continue
				}
				b[other] = b.linked(k, t.title()+" calls "+below.title()+" and is of "+k.family)
				added = true
			}
		}
	}
	return added
}

// below returns the targets that a function calls, or jumps to, through one that is none
// at most. What does not show is left out.
func (p *planner) below(t *target) (all []*target) {
	var visit func(b *isa.Body, depth int)
	visit = func(b *isa.Body, depth int) {
		leavings, _ := p.Leaves(b, isa.DoesMore)
		for _, l := range leavings {
			next := p.targetAt(l.To)
			switch {
			case next != nil && next != t:
				all = append(all, next)
			case next == nil && depth > 0 && l.To.Kind == isa.Address && p.CodeAt(l.To.Number) != nil:
				p.FindStarts()
				visit(p.Body(l.To.Number, 0), depth-1)
			}
		}
	}
	if t.body != nil {
		visit(t.body, 1)
	}
	return all
}

// targetAt returns the target that a call or jump arrives at; nil for none.
func (p *planner) targetAt(to isa.Value) *target {
	entry := to.Number
	if to.Kind != isa.Address || p.byEntry[entry] == nil {
		entry, _ = p.GoesTo(to)
	}
	return p.byEntry[entry]
}

// leftToOthers says in words that each block which a function ends is met elsewhere: it
// does nothing but pass it on to what is hooked or recorded anyway, and count. Else it is
// empty.
func (p *planner) leftToOthers(t *target) string {
	if !t.Call.Action.EndsBlocks() || t.body == nil {
		return ""
	}
	f := p.Follow(t.body, isa.Stores)
	for f.Next() {
		if f.Last.KnownEffect() == isa.Stores && !f.Last.OnlyCounts(t.Call.Pointer) {
			return ""
		}
	}
	if f.Lost || f.ByTable {
		return ""
	}
	var ends []*target
	for _, l := range f.Leavings() {
		next := p.targetAt(l.To)
		if next == nil || next == t || !isPassedOnAs(t.Call, next.Call, &l) {
			return ""
		}
		if !slices.Contains(ends, next) {
			ends = append(ends, next)
		}
	}
	return metLate("passes its blocks on to ", ends)
}

func isFallen(err error) bool {
	_, ok := err.(*fallen)
	return ok
}
