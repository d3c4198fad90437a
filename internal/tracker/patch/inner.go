package patch

import (
	"cmp"
	"fmt"
	"slices"

	"heapprof/internal/tracker/wire"
)

// addInner adds the functions without a name to which a named one does nothing but jump,
// where something else in the file calls them past it: Firefox's strdup does not call
// malloc, but what malloc jumps to. A call of that means the same. What has a name, as a C
// library's __libc_malloc, is the library's own affair, unless there is no room for a hook
// in the jump.
func (p *planner) addInner() {
	inner, called := make(map[uint64]*target), make(map[uint64]bool) // the named one, and whether to hook it there, by entry
	lo, hi := ^uint64(0), uint64(0)
	for _, t := range p.targets {
		if t.body == nil || t.behind || t.isLibc || t.left != "" || t.family == rustFamily || t.family == mappingFamily || t.call.Action > wire.ActionResize {
			continue
		}
		ways := p.waysOn(t.body)
		if len(ways) != 1 || ways[0].to.kind != address || !isPassedOnAs(t.call, t.call, &ways[0]) {
			continue
		}
		entry := ways[0].to.number
		p.findStarts()
		_, isNamed := slices.BinarySearch(p.starts, entry)
		_, cannot := p.hookOf(t.body)
		if isNamed && cannot == nil || p.codeAt(entry) == nil || p.targetAt(ways[0].to) != nil || p.slotOf(ways[0].to) != 0 {
			continue
		}
		called[entry] = cannot != nil
		inner[entry] = t
		lo, hi = min(lo, entry), max(hi, entry+1)
	}
	if len(inner) == 0 {
		return
	}
	p.eachBranch(lo, hi, func(from, to uint64, _ bool) {
		if t := inner[to]; t != nil && !called[to] && from-t.entry >= uint64(t.body.size) && !p.withinInstruction(from) {
			called[to] = true
		}
	})
	for entry, t := range inner {
		if !called[entry] {
			continue
		}
		f := p.flow(p.body(entry, 0), doesMore)
		for f.next() {
		}
		size := max(f.end(), x86Reach+maxOverwritten) // as far as its own short jumps may reach
		i := &target{
			known: t.known, kin: t.kin, entry: entry, size: size, body: p.body(entry, size), inner: true,
			names: []string{fmt.Sprintf("%s at %#x", t.names[0], entry)},
		}
		p.targets = append(p.targets, i)
		p.byEntry[entry] = i
	}
	slices.SortStableFunc(p.targets, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
}
