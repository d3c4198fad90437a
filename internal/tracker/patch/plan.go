package patch

import (
	"bytes"
	"cmp"
	"debug/elf"
	"maps"
	"reflect"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// Plan is how the allocator functions of one file are hooked.
type Plan struct {
	File    codefile.Identity
	Machine elf.Machine
	Patches []Patch   // by address
	Refused []Refusal // by name: functions that cannot be hooked safely
	Left    []Refusal // by name: functions that need no hook, for one is met on the way that is recorded
	Unseen  []Unseen  // allocators that the file has of its own, whose blocks are not seen
	Partial []Partial // those of which only some may be
	Found   []string  // by name: those of Options.Functions that the file has, hooked or not
	// Stripped says that the file's symbols were stripped from it, and that with those
	// of a separate debug file there might be more to hook.
	Stripped bool
}

// Patch is how one function is hooked. Addresses are the file's own, to which its
// load address is added.
type Patch struct {
	Name    string         // of the symbol
	Aliases []string       // other symbols of the same address
	Family  string         // the kind of allocator
	Call    allocator.Call // what a call means
	// Behind says that calls arrive at the preloaded library, which calls this: only
	// what was bound to this file comes here itself.
	Behind bool
	// IsLibc says that the function is the C library's. Where its own code calls it
	// directly, that is the allocator at work; what uses blocks there calls by name.
	IsLibc bool
	// Own is such code in a static program, of which the C library is a part: the
	// function that empties a thread's cache of free blocks. Bytes is 0 for none.
	Own Range

	Entry uint64
	// Expected is what must be at Entry before anything is written. Its last
	// len(Over.Bytes) bytes are those that are overwritten; the ones before, if any,
	// mark a place where indirect branches may arrive, and stay.
	Expected []byte
	// Over is what is written there. The target of its only fix-up is not an address
	// of the file, but the stub of the function's wrapper.
	Over isa.Code
	// Moved does what the overwritten instructions did and goes on behind them: the
	// original function, for the wrapper to call.
	Moved isa.Code
}

// Range is a part of the file's addresses.
type Range struct{ Start, Bytes uint64 }

// At returns the address at which Over is written.
func (p *Patch) At() uint64 { return p.Entry + uint64(len(p.Expected)-len(p.Over.Bytes)) }

// Options are what is planned beside the known families.
type Options struct {
	Functions []allocator.Function // the user's; they come before the families
	// DebugFile is a separate debug file of the same program, which has the symbols
	// that were stripped from it; empty for none.
	DebugFile string
	// Late says that the file comes when the program runs already (dlopen). Then no call
	// of the preloaded library arrives at what it exports, and what does is recorded
	// nowhere else.
	Late bool
	// Mappings asks for the hooks of mmap and its kin in the C library.
	Mappings bool
}

// Read plans the hooks of the program or library at path. A file without allocator
// functions has an empty plan, and costs the reading of its symbol tables. The error
// is that of reading the file, or a *MachineError for another processor's code.
func Read(path string, o Options) (p *Plan, err error) {
	err = object.Guard(path, func() error {
		m, err := codefile.Open(path, o.DebugFile)
		if err != nil {
			return err
		}
		defer m.Close()
		p = planOf(m, o)
		return nil
	})
	return p, err
}

func planOf(m *codefile.File, o Options) *Plan {
	p := &planner{Analysis: flow.Analysis{File: m}}
	p.choose(o)
	p.hook()
	plan := p.result()
	// What a library has for others to call is exported all the same.
	plan.Stripped = m.Stripped && (!m.IsLibrary() || len(plan.Unseen) > 0 || len(plan.Found) < len(o.Functions))
	return plan
}

// target is a function to hook, with all its names, and what becomes of it.
type target struct {
	allocator.Known
	groups []group // that it is of, by any of its names
	entry  uint64
	size   uint64
	// exported says that other files may call it: it has the arguments that it was written with.
	exported bool
	behind   bool // calls arrive at the preloaded library, which calls it
	isLibc   bool
	inner    bool // the code of a named one, which is hooked instead where this cannot be
	names    Symbols
	body     *isa.Body
	hook     *isa.Hook
	refused  *Reason // why it cannot be hooked
	left     *Reason // why it need not be, whatever becomes of others
	// elsewhere is why it need not be: what it jumps to, or passes its blocks on to, is
	// hooked or recorded.
	elsewhere   *Reason
	refusedWith *target // the one that cannot be hooked, where that is why this one is not
}

// planner makes a plan of a module.
type planner struct {
	flow.Analysis
	targets []*target // by address
	byEntry map[uint64]*target
	left    []Refusal // functions that are no targets
	found   map[string]bool
	imports map[string]bool // families of which the file imports functions
	frees   bool            // there is a function of an allocator that frees
	// usesSystem says that what Rust's own allocator calls for a large alignment is
	// imported: the file allocates through the C library, if through no other.
	usesSystem bool
	methods    map[uint64]*method // of Rust's allocators, by entry; nil where they were not looked for
	slots      map[uint64]uint64  // by address: those that hold the address of a method, and which
	inlined    bool               // some of what these do is done elsewhere, too, or by the methods, which are hooked then
	// allocatesInRust says that there is what Rust's standard library calls when there
	// is no memory.
	allocatesInRust bool
	emptiesCache    Range // that function, in a static program
}

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

// hook decides what becomes of each target.
func (p *planner) hook() {
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
			t.left = p.leftToImported(t)
		}
	}
	for again := true; again; again = p.addMethods() || p.refuseFamilies() {
		p.hookOnce(passes)
	}
}

// passesTo returns the targets to one of which a call of t is passed on as it is: by a
// jump, so that the stack is then as if it had been called itself, with the same block
// and size. It is empty where the code does not show that.
func (p *planner) passesTo(t *target) (to []*target) {
	for _, w := range p.WaysOn(t.body) {
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

// hookOnce hooks all targets that are not refused. A function that passes its calls on
// to others is left to those, if they are hooked or lead to what is recorded anyway.
func (p *planner) hookOnce(passes map[*target][]*target) {
	var first, rest []*target
	for _, t := range p.targets {
		t.hook, t.elsewhere = nil, nil
		if passes[t] == nil {
			first = append(first, t)
		}
	}
	p.hookChecked(first)
	for _, t := range p.targets {
		if passes[t] == nil || t.refused != nil {
			continue
		}
		if t.elsewhere = metElsewhere(JumpsTo, endsOf(t, passes)); t.elsewhere == nil {
			rest = append(rest, t)
		}
	}
	p.hookChecked(rest)
	for _, t := range p.targets {
		if t.refused != nil {
			t.elsewhere = p.blocksMetElsewhere(t)
		}
	}
}

// hookChecked hooks those of the targets that take the arguments that they should.
func (p *planner) hookChecked(targets []*target) {
	for _, t := range targets {
		if t.refused == nil {
			t.refused = p.checkArguments(t)
		}
	}
	p.hookAll(targets)
}

// endsOf returns where calls of t are passed on to at last, by address.
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

// metElsewhere returns a reason if calls that end at one of these are recorded there: of
// the code, which says how they come there. It is nil if that is not so of each.
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

// hookAll hooks those of the targets that can and need be.
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

// otherName returns a name that a target has beside those for which it is one. Linkers
// that fold identical code (--icf=all) make one function of many that have nothing to
// do with each other.
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
	// What a label marks may be jumped to, and a function that begins there is called.
	if name, ok := p.SymbolIn(b.Entry, b.Entry+uint64(h.Skip+h.Length)); ok {
		return nil, &Reason{Code: LabelInside, Function: Symbols{name}}
	}
	if !h.Fits() {
		return nil, &Reason{Code: NeedsRoom, Count: len(h.Moved.Bytes)}
	}
	return h, nil
}

// refuseBranchedInto refuses those of the hooked targets into whose overwritten bytes
// anything in the file branches, or that jump back to where they begin.
func (p *planner) refuseBranchedInto(targets []*target) {
	if len(targets) == 0 {
		return
	}
	slices.SortFunc(targets, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
	first, end := targets[0].entry, targets[len(targets)-1].entry+isa.MaxOverwritten
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
		case t.hook.Inside(t.body, to) && !p.WithinInstruction(from):
			t.hook, t.refused = nil, &Reason{Code: HasObstacle, Obstacle: isa.BranchesInside(t.body, from, to)}
		case isOwn && !call && t.hook.Begins(t.body, to) && !p.WithinInstruction(from):
			t.hook, t.refused = nil, &Reason{Code: HasObstacle, Obstacle: &isa.Obstacle{Kind: isa.Loop}}
		}
	}
	p.EachBranch(first, end, visit)
}

// result writes the plan down.
func (p *planner) result() *Plan {
	plan := &Plan{File: p.Identity, Machine: p.Processor(), Left: p.left, Unseen: p.unseen(), Partial: p.partial(), Found: slices.Sorted(maps.Keys(p.found))}
	seenBelow := p.isSeenBelowRust()
	for _, t := range p.targets {
		switch {
		case t.hook != nil:
			plan.Patches = append(plan.Patches, Patch{
				Name: t.names[0], Aliases: t.names[1:], Family: t.Family, Call: t.Call,
				Behind: t.behind, IsLibc: t.isLibc, Own: p.emptiesCache,
				Entry:    t.entry,
				Expected: bytes.Clone(t.body.Code[:t.hook.Skip+t.hook.Length]),
				Over:     t.hook.Over, Moved: t.hook.Moved,
			})
		case t.inner && t.refused != nil:
		case t.elsewhere != nil:
			plan.Left = append(plan.Left, t.refusal(t.elsewhere))
		case t.refused != nil && t.behind:
			plan.Left = append(plan.Left, t.refusal(&Reason{Code: BehindPreloaded, Cause: t.refused}))
		case t.refused != nil && t.Family == allocator.RustFamily && seenBelow:
			plan.Left = append(plan.Left, t.refusal(&Reason{Code: CallsRecorded, Cause: t.refused}))
		case t.refused != nil:
			plan.Refused = append(plan.Refused, t.refusal(t.refused))
		default:
			plan.Left = append(plan.Left, t.refusal(t.left))
		}
	}
	same := func(a, b Refusal) bool { return a.Name == b.Name && reflect.DeepEqual(a.Reason, b.Reason) }
	byName := func(a, b Refusal) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(plan.Refused, byName)
	slices.SortFunc(plan.Left, byName)
	plan.Refused, plan.Left = slices.CompactFunc(plan.Refused, same), slices.CompactFunc(plan.Left, same) // a name may be in several tables
	return plan
}

func (t *target) refusal(r *Reason) Refusal { return Refusal{t.names[0], t.names[1:], r} }
