package patch

import (
	"bytes"
	"cmp"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/wire"
)

// Marked is a function of the file whose entry is to be marked.
type Marked struct {
	Name    int     // index into Options.Marks of the name by which it was found
	Symbol  string  // of the function
	Refused *Reason // why it cannot be hooked; nil: it is hooked
}

// markedTarget is a target whose entry is to be marked.
type markedTarget struct {
	target
	name int // index into Options.Marks
}

// chooseMarked finds the functions of the names whose entries are to be marked. In a program
// the end of a qualified name will do where no function has the whole name; in a library, of
// which nobody knows all functions, it will not.
func (p *planner) chooseMarked(names []string) {
	for i, name := range names {
		matches := map[allocator.Match][]codefile.Symbol{}
		named := allocator.NewNamed(name)
		for s := range p.Symbols {
			if m := named.Match(s.Name); m != allocator.NoMatch {
				s.Name = bytes.Clone(s.Name)
				matches[m] = append(matches[m], s)
			}
		}
		found := matches[allocator.FullMatch]
		if len(found) == 0 && !p.IsLibrary() {
			found = matches[allocator.EndMatch]
		}
		for _, s := range found {
			p.addMarked(i, s)
		}
	}
	slices.SortFunc(p.marked, func(a, b *markedTarget) int { return cmp.Compare(a.entry, b.entry) })
}

// addMarked adds a function whose entry is to be marked, unless it is there by another of its
// names.
func (p *planner) addMarked(name int, s codefile.Symbol) {
	if slices.ContainsFunc(p.marked, func(t *markedTarget) bool { return t.entry == s.Addr }) {
		return
	}
	t := &markedTarget{name: name}
	t.Known = allocator.Known{Family: allocator.MarkedFamily, Call: allocator.Call{Action: wire.ActionMark}}
	t.names, t.entry, t.size = Symbols{string(s.Name)}, s.Addr, s.Size
	if s.Indirect {
		t.refused = &Reason{Code: ChosenAtStart}
	}
	p.marked = append(p.marked, t)
}

// hookMarked hooks those functions whose entries are to be marked, but for those that are hooked
// already.
func (p *planner) hookMarked() {
	var targets []*target
	for _, t := range p.marked {
		if other := p.byEntry[t.entry]; other != nil && other.hook != nil {
			t.refused = &Reason{Code: HookedOtherwise}
		}
		if t.refused == nil {
			t.body = p.Body(t.entry, t.size)
			targets = append(targets, &t.target)
		}
	}
	p.hookAll(targets)
}
