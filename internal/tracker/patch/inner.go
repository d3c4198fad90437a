package patch

import (
	"fmt"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// addInner adds the functions without a name to which a named one does nothing but jump,
// where something else in the file calls them past it: Firefox's strdup does not call
// malloc, but what malloc jumps to. A call of that means the same. What has a name, as a C
// library's __libc_malloc, is the library's own affair, unless there is no room for a hook
// in the jump.
func (p *planner) addInner() {
	inner := make(map[uint64]*innerFunction) // by entry
	for _, t := range p.targets {
		if i := p.innerOf(t); i != nil {
			inner[i.entry] = i
		}
	}
	if len(inner) == 0 {
		return
	}
	p.EachBranch(isa.EntriesIn(inner), func(from, to uint64, _ bool) {
		i := inner[to]
		if i.isHooked {
			return
		}
		isOwn := from-i.named.entry < uint64(i.named.body.Size)
		i.isHooked = !isOwn && !p.WithinInstruction(from)
	})
	for _, i := range inner {
		if i.isHooked {
			p.addTarget(p.innerTarget(i))
		}
	}
	p.sortTargets()
}

// innerFunction is a function that a named one does nothing but jump to.
type innerFunction struct {
	entry    uint64
	named    *target // the named one
	isHooked bool    // something calls it past that, or that has no room for a hook
}

// innerOf returns the function that is to be hooked besides a named one, or instead of it,
// if need be; nil for none.
func (p *planner) innerOf(t *target) *innerFunction {
	if t.body == nil || t.behindPreloaded || t.isLibc || t.left != nil || t.Family == allocator.RustFamily || t.Family == allocator.MappingFamily || t.Call.Action > wire.ActionResize {
		return nil
	}
	ways := p.TailJumps(t.body)
	if len(ways) != 1 || ways[0].To.Kind != isa.Address || !isPassedOnAs(t.Call, t.Call, &ways[0]) {
		return nil
	}
	to := ways[0].To
	p.FindStarts()
	_, cannot := p.hookOf(t.body)
	if p.IsStart(to.Number) && cannot == nil || p.CodeAt(to.Number) == nil || p.targetAt(to) != nil || p.SlotOf(to) != 0 {
		return nil
	}
	return &innerFunction{entry: to.Number, named: t, isHooked: cannot != nil}
}

func (p *planner) innerTarget(i *innerFunction) *target {
	w := p.Follow(p.Body(i.entry, 0), isa.DoesMore)
	for w.Next() {
	}
	size := max(w.End(), isa.ShortReach+isa.MaxOverwritten) // as far as its own short jumps may reach
	return &target{
		Known: i.named.Known, groups: i.named.groups, entry: i.entry, size: size, body: p.Body(i.entry, size), isInner: true,
		names: []string{fmt.Sprintf("%s at %#x", i.named.names[0], i.entry)},
	}
}
