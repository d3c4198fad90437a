package patch

import (
	"cmp"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// decide decides what becomes of each target: whether it is hooked, refused or left.
func (p *planner) decide() {
	passes := make(map[*target][]*target)
	for _, t := range p.byEntry {
		t.body = p.Body(t.entry, t.size)
	}
	p.addTwins()
	p.addInner()
	for _, t := range p.byEntry {
		if to := p.passesTo(t); to != nil {
			passes[t] = to
		} else if t.left == nil {
			t.left = cmp.Or(p.leftToImported(t), p.leftToOwn(t, 2))
		}
	}
	for again := true; again; again = p.addMethods() || p.refuseFamilies() {
		p.hookOnce(passes)
	}
}

// passesTo returns the targets to one of which each call of t goes on by a jump, with the
// same block and size and the stack as it was. It is empty where the code does not show
// that.
func (p *planner) passesTo(t *target) (to []*target) {
	for _, w := range p.TailJumps(t.body) {
		next := p.targetAt(w.To)
		if next == nil || next == t || !isPassedOnAs(t.Call, next.Call, &w) {
			return nil
		}
		if !slices.Contains(to, next) {
			to = append(to, next)
		}
	}
	return to
}

// hookOnce hooks all targets that are not refused. A function that passes its calls on to
// others, which passes has for it, needs no hook where they are hooked or left.
func (p *planner) hookOnce(passes map[*target][]*target) {
	var first, rest []*target
	for _, t := range p.targets {
		t.hook, t.metElsewhere = nil, nil
		if passes[t] == nil {
			first = append(first, t)
		}
	}
	p.hookChecked(first)
	for _, t := range p.targets {
		if passes[t] == nil || t.refused != nil {
			continue
		}
		if t.metElsewhere = metElsewhere(JumpsTo, endsOf(t, passes)); t.metElsewhere == nil {
			rest = append(rest, t)
		}
	}
	p.hookChecked(rest)
	for _, t := range p.targets {
		if t.refused != nil {
			t.metElsewhere = p.blocksMetElsewhere(t)
		}
	}
}

// hookChecked hooks those of the targets that take the arguments that their names say.
func (p *planner) hookChecked(targets []*target) {
	for _, t := range targets {
		if t.refused == nil {
			t.refused = p.checkArguments(t)
		}
	}
	p.hookAll(targets)
}

// endsOf returns the targets that calls of t reach at last, by address.
func endsOf(t *target, passes map[*target][]*target) (ends []*target) {
	reached := []*target{t}
	for i := 0; i < len(reached); i++ {
		if passes[reached[i]] == nil {
			ends = append(ends, reached[i])
		}
		for _, next := range passes[reached[i]] {
			if !slices.Contains(reached, next) { // there may be circles
				reached = append(reached, next)
			}
		}
	}
	slices.SortFunc(ends, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
	return ends
}

// metElsewhere returns a reason of a code, if each of the functions that calls reach at last
// is hooked or left; else nil.
func metElsewhere(code ReasonCode, ends []*target) *Reason {
	r := &Reason{Code: code}
	for _, end := range ends {
		e := End{Name: end.names[0]}
		if end.hook == nil {
			if e.Left = end.left; e.Left == nil {
				return nil
			}
		}
		r.Ends = append(r.Ends, e)
	}
	if r.Ends == nil {
		return nil
	}
	return r
}

// hookAll hooks those of the targets that can be hooked and are not left.
func (p *planner) hookAll(targets []*target) {
	var hooked []*target
	for _, t := range targets {
		if t.left != nil || t.refused != nil {
			continue
		}
		p.FindStarts()
		t.body = p.Body(t.entry, t.size)
		if t.hook, t.refused = p.hookOf(t.body); t.refused != nil {
			continue
		}
		if t.Call.Action == wire.ActionFree && t.hook.OnlyReturns() {
			if name, ok := p.otherName(t); ok {
				t.hook, t.refused = nil, &Reason{Code: SharesCode, Function: Symbols{name}}
				continue
			}
		}
		hooked = append(hooked, t)
	}
	p.refuseBranchedInto(hooked)
}

// otherName returns a name of a target that is not among its names, which are those of
// allocators' functions. Linkers that fold identical code (--icf=all) make one function of
// many that have nothing to do with each other.
func (p *planner) otherName(t *target) (string, bool) {
	for s := range p.Symbols {
		if s.Addr == t.entry && !slices.Contains(t.names, string(s.Name)) {
			return string(s.Name), true
		}
	}
	return "", false
}

// hookOf plans the hook of a function as far as its own code and the symbols decide.
func (p *planner) hookOf(b *isa.Body) (*isa.Hook, *Reason) {
	h, obstacle := p.Machine.Hook(b)
	if obstacle != nil {
		return nil, &Reason{Code: HasObstacle, Obstacle: obstacle}
	}
	if name, ok := p.SymbolIn(b.Entry, b.Entry+uint64(h.Skip+h.Length)); ok {
		return nil, &Reason{Code: LabelInside, Function: Symbols{name}}
	}
	if !h.Fits() {
		return nil, &Reason{Code: NeedsRoom, Count: len(h.Moved.Bytes)}
	}
	return h, nil
}

// refuseBranchedInto refuses those of the hooked targets into whose overwritten bytes
// something in the file branches that is not moved itself, or that jump back to where they begin.
func (p *planner) refuseBranchedInto(targets []*target) {
	slices.SortFunc(targets, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
	for len(targets) > 0 && p.refuseOnce(targets) {
	}
}

// refuseOnce looks at all branches once, and reports whether a hook has changed, on which others may rest.
func (p *planner) refuseOnce(targets []*target) (changed bool) {
	visit := func(from, to uint64, call bool) {
		i, exact := slices.BinarySearchFunc(targets, to, func(t *target, to uint64) int { return cmp.Compare(t.entry, to) })
		if exact {
			i++
		}
		if i == 0 || targets[i-1].hook == nil {
			return
		}
		t := targets[i-1]
		isOwn := from-t.entry < uint64(t.body.Size)
		switch {
		case t.hook.Overwrites(t.body, to) && !p.WithinInstruction(from):
			if isMoved, more := p.movesBranch(targets, from, to, t); isMoved {
				changed = changed || more
				return
			}
			changed = true
			t.hook, t.refused = nil, &Reason{Code: HasObstacle, Obstacle: isa.BranchesInside(t.body, from, to)}
		case isOwn && !call && t.hook.IsEntry(t.body, to) && !p.WithinInstruction(from):
			changed = true
			t.hook, t.refused = nil, &Reason{Code: HasObstacle, Obstacle: &isa.Obstacle{Kind: isa.Loop}}
		}
	}
	p.EachBranch(p.entries(), visit)
	for _, t := range targets {
		if t.hook != nil {
			p.EachShortBranch(t.hook.Overwritten(t.body), func(from, to uint64) { visit(from, to, false) })
		}
	}
	return changed
}

// movesBranch reports whether a branch into what t moves is moved, too, as it is near the entry of another of the
// targets: assembly has functions that go on within each other, as mempcpy does behind the first instruction of
// memmove. Then the moved branch goes to the moved instruction. more reports whether the other target
// has to move more for that than it did.
func (p *planner) movesBranch(targets []*target, from, to uint64, t *target) (isMoved, more bool) {
	i, exact := slices.BinarySearchFunc(targets, from, func(t *target, from uint64) int { return cmp.Compare(t.entry, from) })
	if exact {
		i++
	}
	if i == 0 || targets[i-1] == t || targets[i-1].hook == nil || from-targets[i-1].entry > isa.MaxOverwritten {
		return false, false
	}
	u := targets[i-1]
	if _, ok := t.hook.PlaceOf(t.body, to); !ok {
		return false, false
	}
	if _, ok := u.hook.PlaceOf(u.body, from); ok {
		return true, false
	}
	inst, ok := p.Machine.Decode(p.CodeAt(from), from)
	if !ok {
		return false, false
	}
	body := *u.body
	body.Least = int(from-u.entry) + inst.Length
	h, refused := p.hookOf(&body)
	if refused != nil {
		return false, false
	}
	if _, ok := h.PlaceOf(&body, from); !ok {
		return false, false
	}
	u.body, u.hook = &body, h
	return true, true
}

// entries returns the addresses of the first bytes of all targets, and of what Options.Entries name: whoever asks for the
// branches into those of some will ask for those into others'.
func (p *planner) entries() *isa.Targets {
	var all []isa.Range
	for entry := range p.byEntry {
		all = append(all, isa.Range{Lo: entry, Hi: entry + isa.MaxOverwritten})
	}
	for _, t := range p.entered {
		all = append(all, isa.Range{Lo: t.target.entry, Hi: t.target.entry + isa.MaxOverwritten})
	}
	return isa.NewTargets(all...)
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
	if p.UsesArgument(t.body, last) {
		return nil
	}
	return &Reason{Code: ArgumentsNotTaken, Count: int(last)}
}
