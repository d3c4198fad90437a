package patch

import (
	"bytes"
	"slices"
)

// leftToImported returns why a function is left alone that plainly gets its blocks from
// what the preloaded library takes the place of, and to hook which would cost twice: an
// operator new of a C++ library that is linked in, or Rust's own allocator that
// link-time optimisation made a part of __rust_alloc. It is empty where the code does
// not show it.
func (p *planner) leftToImported(t *target) string {
	if t.family == UsersFamily || t.family == mappingFamily {
		return ""
	}
	if t.family == operatorFamily && t.call.Action == Alloc && !p.deletesAreLeft() {
		return ""
	}
	name := p.imported(p.machine.passesOn(t.body))
	if call, ok := wrapped[name]; ok && call.Action == t.call.Action && call.Size == t.call.Size && call.Pointer == t.call.Pointer {
		return "does nothing before it calls " + name + ", which is recorded"
	}
	recorded := false
	plain := t.family == rustFamily && t.size != 0 && p.machine.waysOut(t.body, func(target, slot uint64) bool {
		name := p.imported(target, slot)
		_, isWrapped := wrapped[name]
		recorded = recorded || isWrapped
		return isWrapped || name == "memcpy" || name == "memmove" || name == "memset"
	})
	if plain && recorded {
		return "keeps no blocks and calls only what is recorded"
	}
	return ""
}

// deletesAreLeft says whether every operator delete of the file is left alone, too, or
// jumps to one that decides it. An operator new may hand out another address than it got
// from malloc, behind a header of its own: then delete, which takes that off again, is
// hooked, and is to find blocks of the addresses that new has returned.
func (p *planner) deletesAreLeft() bool {
	return !slices.ContainsFunc(p.targets, func(t *target) bool {
		if t.family != operatorFamily || t.call.Action != Free || t.body == nil {
			return false
		}
		to, slot := p.machine.passesOn(t.body)
		isAnothers := slices.ContainsFunc(p.targets, func(other *target) bool { return other != t && other.entry == to })
		return !isAnothers && wrapped[p.imported(to, slot)].Action != Free
	})
}

// imported returns the name of the imported function that a call goes to, by a stub of
// the linker's or through a slot; empty for another.
func (m *module) imported(target, slot uint64) string {
	if target != 0 && m.codeAt(target) != nil {
		_, slot = m.machine.passesOn(m.body(target, 0))
	}
	if slot == 0 {
		return ""
	}
	return m.importedAt(slot)
}

// importedAt returns the name of the function whose address the loader writes into a
// slot of the global offset table; empty for none.
func (m *module) importedAt(slot uint64) string {
	r, ok := m.relocationAt(slot)
	if kinds := relocations[m.elf.Machine]; !ok || r.kind != kinds.slot && r.kind != kinds.jumpSlot {
		return ""
	}
	entry, table := m.symbolOf(r)
	if entry == nil {
		return ""
	}
	name, _, _ := bytes.Cut(table.nameOf(entry), []byte("@"))
	return string(name)
}
