package patch

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
)

// Plan is how the allocator functions of one file are hooked.
type Plan struct {
	File    Identity
	Machine elf.Machine
	Patches []Patch   // by address
	Refused []Refusal // by name: functions that cannot be hooked safely
	Left    []Refusal // by name: functions that need no hook, for another one is met on the way
}

// Patch is how one function is hooked. Addresses are the file's own, to which its
// load address is added.
type Patch struct {
	Name    string   // of the symbol
	Aliases []string // other symbols of the same address
	Family  string   // the kind of allocator
	Call    Call     // what a call means

	Entry uint64
	// Expected is what must be at Entry before anything is written. Its last
	// len(Over.Bytes) bytes are those that are overwritten; the ones before, if any,
	// mark a place where indirect branches may arrive, and stay.
	Expected []byte
	// Over is what is written there. The target of its only fix-up is not an address
	// of the file, but the stub of the function's wrapper.
	Over Code
	// Moved does what the overwritten instructions did and goes on behind them: the
	// original function, for the wrapper to call.
	Moved Code
}

// Refusal is a function that is not hooked, and why, in words that follow its name.
type Refusal struct{ Name, Reason string }

func (r Refusal) String() string { return r.Name + ": " + r.Reason }

// At returns the address at which Over is written.
func (p *Patch) At() uint64 { return p.Entry + uint64(len(p.Expected)-len(p.Over.Bytes)) }

// Options are what is planned beside the known families.
type Options struct {
	Functions []Function // the user's; they come before the families
	// DebugFile is a separate debug file of the same program, which has the symbols
	// that were stripped from it; empty for none.
	DebugFile string
}

// Read plans the hooks of the program or library at path. A file without allocator
// functions has an empty plan. The error is that of reading the file, a
// *MachineError for another processor's code, or names those of the user's
// functions that are not there.
func Read(path string, o Options) (*Plan, error) {
	m, err := openModule(path, o.DebugFile)
	if err != nil {
		return nil, err
	}
	defer m.close()
	p := &Plan{File: m.identity, Machine: m.elf.Machine}
	chosen, err := m.choose(o.Functions, p)
	if err != nil {
		return nil, err
	}
	m.plan(chosen, p)
	slices.SortFunc(p.Patches, func(a, b Patch) int { return cmp.Compare(a.Entry, b.Entry) })
	byName := func(a, b Refusal) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(p.Refused, byName)
	slices.SortFunc(p.Left, byName)
	p.Refused, p.Left = slices.Compact(p.Refused), slices.Compact(p.Left) // a name may be in several tables
	return p, nil
}

// target is a function to hook, with all its names.
type target struct {
	known
	entry  uint64
	size   uint64
	names  []string
	body   *body
	jumpTo *target // the one that its first instruction jumps to, if it is nothing but that
}

// choose returns the functions to hook by address. What cannot be one is noted in p.
func (m *module) choose(users []Function, p *Plan) (map[uint64]*target, error) {
	names := table()
	isUsers := matcher(users)
	found := make(map[string]bool)
	chosen := make(map[uint64]*target)
	for _, s := range m.symbols {
		name := plainName(s.name)
		k, ok := names[name]
		if f, isUser := isUsers(s.name); isUser {
			found[f.Name] = true
			k, ok = known{family: usersFamily, call: f.Call}, true
		} else if ok && m.interposed(s, k) {
			p.Left = append(p.Left, Refusal{s.name, "is exported by a library, and calls of it arrive at the preloaded one"})
			continue
		}
		switch {
		case !ok:
			continue
		case s.indirect:
			p.Refused = append(p.Refused, Refusal{s.name, "is chosen when the program is loaded (IFUNC): it has no code of its own"})
			continue
		}
		t := chosen[s.addr]
		if t == nil {
			t = &target{known: k, entry: s.addr}
			chosen[s.addr] = t
		} else if k.rank() > t.rank() { // of aliases, one decides
			t.known = k
		}
		t.size = max(t.size, s.size)
		if !slices.Contains(t.names, s.name) {
			t.names = append(t.names, s.name)
		}
	}
	var missing []error
	for _, f := range users {
		if !found[f.Name] {
			missing = append(missing, fmt.Errorf("%s has no function %s in its symbol table: see nm -C for the names that it has, and build it without stripping", m.path, f.Name))
		}
	}
	return chosen, errors.Join(missing...)
}

// maxOverwritten is more than what is overwritten of a function, in bytes: an entry's
// mark of 4, and a jump of 5 into an instruction of at most 15.
const maxOverwritten = 32

// plan plans the hooks of the functions that were chosen.
func (m *module) plan(chosen map[uint64]*target, p *Plan) {
	var first, jumps []*target
	for _, t := range sorted(chosen) {
		t.body = m.body(t.entry, t.size)
		if to, ok := m.machine.jump(t.body); ok && to != t.entry && chosen[to] != nil {
			t.jumpTo = chosen[to]
			jumps = append(jumps, t)
		} else {
			first = append(first, t)
		}
	}
	hooks := make(map[uint64]*hook)
	m.hookAll(first, hooks, p)
	// A function that jumps to another is left to that one, if it is hooked or
	// leads to what is recorded anyway.
	var rest []*target
	for _, t := range jumps {
		end := t
		for range jumps { // no further round a circle
			if end.jumpTo != nil {
				end = end.jumpTo
			}
		}
		switch {
		case hooks[end.entry] != nil:
			p.leave(t, "jumps to "+end.names[0]+", which is hooked")
		case end.left != "":
			p.leave(t, "jumps to "+end.names[0]+", which "+end.left)
		default:
			rest = append(rest, t)
		}
	}
	m.hookAll(rest, hooks, p)
	for _, t := range sorted(chosen) {
		if h := hooks[t.entry]; h != nil {
			p.Patches = append(p.Patches, Patch{
				Name: t.names[0], Aliases: t.names[1:], Family: t.family, Call: t.call,
				Entry:    t.entry,
				Expected: bytes.Clone(t.body.code[:h.skip+h.length]),
				Over:     h.over, Moved: h.moved,
			})
		}
	}
}

// hookAll adds the hooks of functions to hooks.
func (m *module) hookAll(targets []*target, hooks map[uint64]*hook, p *Plan) {
	var planned []*target
	for _, t := range targets {
		if t.left != "" {
			p.leave(t, t.left)
			continue
		}
		h, err := m.hook(t.body)
		if err != nil {
			p.refuse(t, err)
			continue
		}
		hooks[t.entry] = h
		planned = append(planned, t)
	}
	for entry, err := range m.branchesInto(planned, hooks) {
		for _, t := range planned {
			if t.entry == entry {
				p.refuse(t, err)
				delete(hooks, entry)
			}
		}
	}
}

// hook plans the hook of a function as far as its own code and the symbols decide.
func (m *module) hook(b *body) (*hook, error) {
	h, err := m.machine.hook(b)
	if err != nil {
		return nil, err
	}
	if name, ok := m.symbolIn(b.entry, b.entry+uint64(h.skip+h.length)); ok {
		return nil, fmt.Errorf("%s begins where the jump would be", name)
	}
	if !h.fits() {
		return nil, fmt.Errorf("its first instructions become %d bytes, more than a plan has room for", len(h.moved.Bytes))
	}
	return h, nil
}

// branchesInto returns why functions cannot be hooked into whose overwritten bytes
// anything in the file branches.
func (m *module) branchesInto(targets []*target, hooks map[uint64]*hook) map[uint64]error {
	refused := make(map[uint64]error)
	if len(targets) == 0 {
		return refused
	}
	byEntry := slices.SortedFunc(slices.Values(targets), func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
	first, end := byEntry[0].entry, byEntry[len(byEntry)-1].entry+maxOverwritten
	visit := func(from, to uint64) {
		if to < first || to >= end {
			return
		}
		i, exact := slices.BinarySearchFunc(byEntry, to, func(t *target, to uint64) int { return cmp.Compare(t.entry, to) })
		if exact || i == 0 {
			return
		}
		if t := byEntry[i-1]; hooks[t.entry].inside(t.body, to) && !m.withinInstruction(from) {
			refused[t.entry] = branchError(t.body, from, to)
		}
	}
	for _, s := range m.segments {
		m.machine.branches(s.data, s.addr, visit)
	}
	return refused
}

// withinInstruction says whether decoding from the symbol before it on shows that no
// instruction begins at addr. For one in 1,500 of a library's functions there are
// bytes somewhere, of two instructions, that look like a branch into its first bytes.
// Decoding falls into step within a few instructions even where data lay in between.
func (m *module) withinInstruction(addr uint64) bool {
	i := m.search(addr+1) - 1
	return i >= 0 && m.machine.passesOver(m.codeAt(m.symbols[i].addr), int(addr-m.symbols[i].addr))
}

func (p *Plan) refuse(t *target, err error) {
	p.Refused = append(p.Refused, Refusal{t.names[0], err.Error()})
}

func (p *Plan) leave(t *target, reason string) {
	p.Left = append(p.Left, Refusal{t.names[0], reason})
}

func sorted(chosen map[uint64]*target) []*target {
	all := make([]*target, 0, len(chosen))
	for _, t := range chosen {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *target) int { return cmp.Compare(a.entry, b.entry) })
	return all
}
