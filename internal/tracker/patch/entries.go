package patch

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
)

// Entry is a name of functions whose entries are hooked, whatever they do.
type Entry struct {
	Name   string         // see allocator.Named
	Call   allocator.Call // its Action is wire.ActionMark or wire.ActionCount
	Number uint32         // by which the program tells of it
	// OfLibc reports whether it is a function of glibc alone, by this very name. What else it is called, and what
	// it calls that is hooked as well, is hooked once.
	OfLibc bool
}

// Entered is a function of the file that an Entry names.
type Entered struct {
	Entry   int     // index into Options.Entries of the name by which it was found
	Symbol  string  // of the function
	Refused *Reason // why it cannot be hooked; nil: it is hooked
}

// enteredTarget is a target whose entry is hooked.
type enteredTarget struct {
	target
	entry int // index into Options.Entries
}

// chooseEntered finds the functions of the names whose entries are to be hooked. In a program
// the end of a qualified name will do where no function has the whole name; in a library, of
// which nobody knows all functions, it will not.
func (p *planner) chooseEntered(entries []Entry) {
	for i := range entries {
		if entries[i].OfLibc {
			continue
		}
		matches := map[allocator.Match][]codefile.Symbol{}
		named := allocator.NewNamed(entries[i].Name)
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
			for _, s := range p.implementations(s) {
				p.addEntered(i, &entries[i], s)
			}
		}
	}
	p.chooseOfLibc(entries)
	slices.SortStableFunc(p.entered, func(a, b *enteredTarget) int { return cmp.Compare(a.target.entry, b.target.entry) })
}

// addEntered adds a function whose entry is to be hooked, unless it is there by another of its
// symbols. One that two names mean is hooked for the first.
func (p *planner) addEntered(index int, e *Entry, s codefile.Symbol) {
	t := &enteredTarget{entry: index}
	t.Known = allocator.Known{Family: allocator.EnteredFamily, Call: e.Call}
	t.names, t.target.entry, t.size = Symbols{string(s.Name)}, s.Addr, s.Size
	t.exported = s.Exported
	if s.Indirect {
		t.refused = &Reason{Code: ChosenAtStart}
	}
	for _, other := range p.entered {
		switch {
		case other.target.entry != s.Addr:
		case other.entry == index:
			return
		default:
			t.refused = &Reason{Code: NamedTwice}
		}
	}
	p.entered = append(p.entered, t)
}

// hookEntered hooks the entries that are to be, but for those that are hooked already.
func (p *planner) hookEntered() {
	var targets []*target
	for _, t := range p.entered {
		if other := p.byEntry[t.target.entry]; other != nil && other.hook != nil {
			t.refused = &Reason{Code: HookedOtherwise}
		}
		if t.refused == nil {
			t.body = p.Body(t.target.entry, t.size)
			t.refused = p.checkWeight(t)
			targets = append(targets, &t.target)
		}
	}
	p.hookAll(targets)
}

// checkWeight refuses a function that may not have the argument that is the weight of a call: where all
// callers are known, compilers leave out arguments that are not used or are the same in each call, and those behind
// them move up. gcc gives such a function another name.
func (p *planner) checkWeight(t *enteredTarget) *Reason {
	if t.Call.Size == 0 {
		return nil
	}
	isOther := strings.Contains(t.names[0], ".isra.") || strings.Contains(t.names[0], ".constprop.")
	if !isOther && (t.exported || p.UsesArgument(t.body, t.Call.Size)) {
		return nil
	}
	return &Reason{Code: ArgumentsNotTaken, Count: int(t.Call.Size)}
}
