package patch

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/wire"
)

// candidate is a function of the file's whose name is known.
type candidate struct {
	allocator.Known
	codefile.Symbol
}

// fileRole is what a file is to those that call its functions.
type fileRole struct {
	isLibrary bool
	isC       bool // the C library
	isCxx     bool // the C++ library
	isStatic  bool // a program that the C library is a part of
	late      bool // Options.Late
	attached  bool // Options.Attached
	mappings  bool // Options.Mappings
	exits     bool // Options.Exits
	// onlyResizes reports whether the functions of malloc's family only resize blocks, which
	// another file makes.
	onlyResizes bool
}

// choose finds the functions that may be hooked.
func (p *planner) choose(o Options) {
	candidates, n := p.candidates(o)
	p.byEntry = make(map[uint64]*target)
	for _, c := range candidates {
		p.hasFree = p.hasFree || c.Call.Action == wire.ActionFree && c.Family != allocator.OperatorFamily
		if c.Users != "" {
			p.foundUsers[c.Users] = true
		}
		behind := n.isBehindPreloaded(&c)
		switch left := p.leftTo(&n, &c); {
		case n.isNone(&c):
		case left != nil:
			p.noTargets = append(p.noTargets, Refusal{Name: string(c.Name), Reason: left})
		case !c.Indirect:
			p.addCandidate(&c, behind, n.isC)
		case !behind:
			p.targets = append(p.targets, &target{Known: c.Known, groups: []group{{c.Family, false}}, entry: c.Addr, names: []string{string(c.Name)},
				refused: &Reason{Code: ChosenAtStart}})
		}
	}
	for _, t := range p.targets {
		if t.CallsMalloc {
			t.left = &Reason{Code: CallsMalloc}
		}
		slices.SortStableFunc(t.names, func(a, b string) int { return cmp.Compare(strings.Count(a[:1], "_"), strings.Count(b[:1], "_")) }) // plain ones first
	}
	p.sortTargets()
}

// addTarget adds a function that has code.
func (p *planner) addTarget(t *target) {
	p.targets = append(p.targets, t)
	p.byEntry[t.entry] = t
}

// sortTargets brings the targets into the order of addresses.
func (p *planner) sortTargets() {
	slices.SortStableFunc(p.targets, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
}

// candidates returns the functions whose names are known, and what the file is. Doubtful
// names of a family are left out where no sign shows that its allocator is there.
func (p *planner) candidates(o Options) (all []candidate, n fileRole) {
	startsC, exportsC, exportsCxx := false, false, false
	isThere := make(map[string]bool) // families
	p.foundUsers, p.importedFamilies = make(map[string]bool), make(map[string]bool)
	p.match(allocator.NewFinder(o.Functions), func(k allocator.Known, s *codefile.Symbol) {
		switch {
		case s == nil:
			p.importedFamilies[k.Family] = true
			p.importsSystem = p.importsSystem || k.Call == allocator.PreloadedCall("posix_memalign")
		case k.Family == allocator.StartOfC:
			startsC, exportsC = true, exportsC || s.Exported
		case k.Family == allocator.EmptiesCache:
			p.emptiesCache = Range{s.Addr, s.Size}
		case k.Family == allocator.StartOfCxx:
			exportsCxx = exportsCxx || s.Exported
		default:
			p.allocatesInRust = p.allocatesInRust || k.Family == allocator.FailureFamily
			all = append(all, candidate{k, *s})
			isThere[k.Family] = isThere[k.Family] || k.IsSign
		}
	})
	if len(all) == 0 {
		return nil, n
	}
	n = fileRole{isLibrary: p.IsLibrary(), late: o.Late, attached: o.Attached, mappings: o.Mappings, exits: o.Exits}
	n.isC, n.isCxx, n.isStatic = exportsC && n.isLibrary, exportsCxx && n.isLibrary, startsC && !n.isLibrary
	p.isStatic = n.isStatic
	if !n.isStatic {
		p.emptiesCache = Range{}
	}
	// What only resizes blocks gets them from where it makes them.
	n.onlyResizes = p.importedFamilies[allocator.MallocFamily] && !slices.ContainsFunc(all, func(c candidate) bool {
		return c.Family == allocator.MallocFamily && c.Call.Action != wire.ActionRealloc && c.Call.Action != wire.ActionReallocOrFree
	})
	return slices.DeleteFunc(all, func(c candidate) bool { return c.IsDoubtful && !isThere[c.Family] }), n
}

// isBehindPreloaded reports whether calls of a function arrive at the preloaded library, which
// calls this one.
func (n *fileRole) isBehindPreloaded(c *candidate) bool {
	return (c.Preloaded || n.isC) && n.isLibrary && c.Exported && !n.late && !n.attached
}

// isNone reports whether a function of a known name is of no interest in a file of the role.
func (n *fileRole) isNone(c *candidate) bool {
	isLibc := n.isC || n.isStatic // or has it
	switch c.Family {
	case allocator.UsersFamily:
		return false
	case allocator.LoaderFamily:
		return !n.isLibrary || !c.Exported || n.late
	case allocator.MappingFamily:
		return !isLibc || !n.mappings
	case allocator.ExecFamily:
		return !isLibc || n.late
	case allocator.ExitFamily:
		return !isLibc || n.late || !n.exits
	case allocator.FilterFamily: // elsewhere the library wraps them
		return !n.isC || !n.attached || !c.Exported
	case allocator.FramesFamily: // elsewhere the loader knows the library
		return !n.attached
	case allocator.ForkFamily: // elsewhere the library has itself told of forks
		return !n.isStatic && !(n.isC && n.attached && c.Exported)
	}
	return n.isC && (c.Family != allocator.MallocFamily || !c.Exported)
}

// leftTo returns why a function needs no hook because of what the file is; nil if it needs
// one.
func (p *planner) leftTo(n *fileRole, c *candidate) *Reason {
	switch {
	case n.isCxx && c.Exported && c.Family == allocator.OperatorFamily && p.importedFamilies[allocator.MallocFamily]:
		return &Reason{Code: OfCxxLibrary}
	case c.Family == allocator.MallocFamily && n.onlyResizes:
		return &Reason{Code: OnlyResizes}
	}
	return nil
}

// addCandidate makes a target of a function, or adds the name to the target at its address.
func (p *planner) addCandidate(c *candidate, behind, isLibc bool) {
	t := p.byEntry[c.Addr]
	if t == nil {
		t = &target{Known: c.Known, entry: c.Addr, behindPreloaded: behind, isLibc: isLibc}
		p.addTarget(t)
	} else {
		if c.Rank() > t.Rank() || t.behindPreloaded && !behind { // of aliases, one decides
			t.Known = c.Known
		}
		t.behindPreloaded = t.behindPreloaded && behind
	}
	if g := (group{c.Family, behind}); !slices.Contains(t.groups, g) {
		t.groups = append(t.groups, g)
	}
	t.size = max(t.size, c.Size)
	t.exported = t.exported || c.Exported
	if name := string(c.Name); !slices.Contains(t.names, name) {
		t.names = append(t.names, name)
	}
}

// match calls visit with each symbol whose name f knows, and what it knows of it. The symbol
// is nil for a function that the file imports.
func (p *planner) match(f *allocator.Finder, visit func(k allocator.Known, s *codefile.Symbol)) {
	for i := range p.Tables {
		t := &p.Tables[i]
		for entries := t.Entries; len(entries) >= object.SymbolSize; entries = entries[object.SymbolSize:] {
			entry := object.Symbol(entries)
			switch entry.Type() {
			case elf.STT_FUNC, elf.STT_GNU_IFUNC, elf.STT_NOTYPE:
			default:
				continue // its name need not be looked at
			}
			if !f.MayKnow(t.Names, entry.NameAt()) {
				continue
			}
			k, ok := f.Find(t.NameOf(entry))
			if !ok {
				continue
			}
			if s, ok := p.Symbol(t, entry); ok {
				visit(k, &s)
			} else if t.Dynamic && entry.IsUndefined() {
				visit(k, nil)
			}
		}
	}
}
