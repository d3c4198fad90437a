package patch

import (
	"cmp"
	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/wire"
	"slices"
	"strings"
)

// candidate is a function of the file's that has a name which the table knows.
type candidate struct {
	allocator.Known
	codefile.Symbol
}

// nature is what a file is to those that call its functions.
type nature struct {
	isLibrary bool
	isC       bool // the C library
	isCxx     bool // the C++ library
	isStatic  bool // a program that the C library is a part of
	late      bool // Options.Late
	mappings  bool // Options.Mappings
	// onlyResizes says that what has malloc's names resizes blocks that it does not make.
	onlyResizes bool
}

// choose finds the functions to hook.
func (p *planner) choose(o Options) {
	candidates, n := p.candidates(o)
	p.byEntry = make(map[uint64]*target)
	for _, c := range candidates {
		p.frees = p.frees || c.Call.Action == wire.ActionFree && c.Family != allocator.OperatorFamily
		if c.Users != "" {
			p.found[c.Users] = true
		}
		behind := n.arriveBehind(&c)
		switch left := p.leftTo(&n, &c); {
		case n.isNone(&c):
		case left != nil:
			p.left = append(p.left, Refusal{Name: string(c.Name), Reason: left})
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

func (p *planner) addTarget(t *target) {
	p.targets = append(p.targets, t)
	p.byEntry[t.entry] = t
}

func (p *planner) sortTargets() {
	slices.SortStableFunc(p.targets, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
}

// candidates returns the functions whose names are known, without those of families that
// do not show to be there, and what the others show that the file is.
func (p *planner) candidates(o Options) (all []candidate, n nature) {
	startsC, exportsC, exportsCxx := false, false, false
	isThere := make(map[string]bool) // families
	p.found, p.imports = make(map[string]bool), make(map[string]bool)
	p.match(allocator.NewFinder(o.Functions), func(k allocator.Known, s *codefile.Symbol) {
		switch {
		case s == nil:
			p.imports[k.Family] = true
			p.usesSystem = p.usesSystem || k.Call == allocator.PreloadedCall("posix_memalign")
		case k.Family == allocator.StartOfC:
			startsC, exportsC = true, exportsC || s.Exported
		case k.Family == allocator.EmptiesCache:
			p.emptiesCache = Range{s.Addr, s.Size}
		case k.Family == allocator.StartOfCxx:
			exportsCxx = exportsCxx || s.Exported
		case k.Family == allocator.RustOutOfMemory:
			p.allocatesInRust = true
		default:
			all = append(all, candidate{k, *s})
			isThere[k.Family] = isThere[k.Family] || k.IsSign
		}
	})
	if len(all) == 0 {
		return nil, n
	}
	n = nature{isLibrary: p.IsLibrary(), late: o.Late, mappings: o.Mappings}
	n.isC, n.isCxx, n.isStatic = exportsC && n.isLibrary, exportsCxx && n.isLibrary, startsC && !n.isLibrary
	if !n.isStatic {
		p.emptiesCache = Range{}
	}
	// What only resizes blocks gets them from where it makes them.
	n.onlyResizes = p.imports[allocator.MallocFamily] && !slices.ContainsFunc(all, func(c candidate) bool {
		return c.Family == allocator.MallocFamily && c.Call.Action != wire.ActionRealloc && c.Call.Action != wire.ActionReallocOrFree
	})
	return slices.DeleteFunc(all, func(c candidate) bool { return c.IsDoubtful && !isThere[c.Family] }), n
}

// arriveBehind reports whether calls of a function arrive at the preloaded library, which
// calls this one.
func (n *nature) arriveBehind(c *candidate) bool {
	return (c.Preloaded || n.isC) && n.isLibrary && c.Exported && !n.late
}

// isNone reports whether a function of a known name is of no interest in such a file.
func (n *nature) isNone(c *candidate) bool {
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
	}
	return n.isC && (c.Family != allocator.MallocFamily || !c.Exported) || c.Family == allocator.ForkFamily && !n.isStatic
}

// leftTo returns why a function needs no hook because of what the file is; nil: it does.
func (p *planner) leftTo(n *nature, c *candidate) *Reason {
	switch {
	case n.isCxx && c.Exported && c.Family == allocator.OperatorFamily && p.imports[allocator.MallocFamily]:
		return &Reason{Code: OfCxxLibrary}
	case c.Family == allocator.MallocFamily && n.onlyResizes:
		return &Reason{Code: OnlyResizes}
	}
	return nil
}

// addCandidate makes a function a target, or one that is already another name of it.
func (p *planner) addCandidate(c *candidate, behind, isLibc bool) {
	t := p.byEntry[c.Addr]
	if t == nil {
		t = &target{Known: c.Known, entry: c.Addr, behind: behind, isLibc: isLibc}
		p.addTarget(t)
	} else {
		if c.Rank() > t.Rank() || t.behind && !behind { // of aliases, one decides
			t.Known = c.Known
		}
		t.behind = t.behind && behind
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

// match calls visit with each symbol whose name f knows: with the symbol, or, of a
// function that the file imports, with nil.
func (p *planner) match(f *allocator.Finder, visit func(k allocator.Known, s *codefile.Symbol)) {
	for i := range p.Tables {
		t := &p.Tables[i]
		for entries := t.Entries; len(entries) >= object.SymbolSize; entries = entries[object.SymbolSize:] {
			entry := object.Symbol(entries)
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
