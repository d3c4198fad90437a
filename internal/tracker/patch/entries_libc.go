package patch

import (
	"bytes"
	"slices"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
)

// implementations returns what has the code of a function: of an indirect one (IFUNC) all that it may choose from, or
// itself where these are not known.
func (p *planner) implementations(s codefile.Symbol) []codefile.Symbol {
	if !s.Indirect {
		return []codefile.Symbol{s}
	}
	p.FindFrameStarts() // most implementations have no symbol
	entries := p.Implementations(s.Addr, s.Size)
	if len(entries) == 0 {
		return []codefile.Symbol{s}
	}
	p.AddStarts(entries)
	all := make([]codefile.Symbol, len(entries))
	for i, entry := range entries {
		all[i] = codefile.Symbol{Name: s.Name, Addr: entry, Exported: s.Exported}
	}
	return all
}

// libcEntries are the functions that the entries of glibc's name.
type libcEntries struct {
	found  [][]codefile.Symbol // by index of the entry
	noRoom uint64              // what ends the program where there is no room for a copy; 0: not known
}

// chooseOfLibc finds the functions of the entries that are glibc's. One that calls others is left out: those are
// hooked, as far as they do the same, and a call of both would count twice.
func (p *planner) chooseOfLibc(entries []Entry) {
	l := p.libcEntries(entries)
	for i, all := range l.found {
		var code []codefile.Symbol
		for _, s := range all {
			code = append(code, p.implementations(s)...)
		}
		l.found[i] = code
	}
	for i, all := range l.found {
		for _, s := range all {
			if !p.isEntered(entries, s.Addr) && !p.passesOn(l, s) {
				p.addEntered(i, &entries[i], s)
			}
		}
	}
}

// libcEntries finds the functions by their names, in glibc, which is told by that it chooses how memcpy is
// done when it is loaded. Of others it finds none: in musl these functions are made of one another in other ways.
func (p *planner) libcEntries(entries []Entry) (l libcEntries) {
	byName := make(map[string]int)
	for i := range entries {
		if entries[i].OfLibc {
			byName[entries[i].Name] = i
		}
	}
	if len(byName) == 0 {
		return l
	}
	found, isGlibc := make([][]codefile.Symbol, len(entries)), false
	for s := range p.Symbols {
		i, ok := byName[string(s.Name)]
		switch {
		case ok:
			s.Name = bytes.Clone(s.Name)
			found[i] = append(found[i], s)
			isGlibc = isGlibc || s.Indirect && entries[i].Name == "memcpy"
		case string(s.Name) == "__chk_fail":
			l.noRoom = s.Addr
		}
	}
	if isGlibc {
		l.found = found
	}
	return l
}

// isEntered reports whether a function is there for an entry of glibc's already, by another name.
func (p *planner) isEntered(entries []Entry, addr uint64) bool {
	return slices.ContainsFunc(p.entered, func(t *enteredTarget) bool { return t.target.entry == addr && entries[t.entry].OfLibc })
}

// passesOn reports whether a function calls others, or goes on in one from its beginning. Those in assembly
// call none, and may go on in the middle of one another.
func (p *planner) passesOn(l libcEntries, s codefile.Symbol) bool {
	b := p.Body(s.Addr, s.Size)
	isEntry := func(addr uint64) bool {
		return slices.ContainsFunc(l.found, func(all []codefile.Symbol) bool {
			return slices.ContainsFunc(all, func(s codefile.Symbol) bool { return s.Addr == addr })
		})
	}
	for _, i := range p.Instructions(b.Entry, b.Code[:b.Size]) {
		to := i.Where.Value.Number
		switch {
		case i.Goes == isa.Calls && (i.Where.How != isa.Literally || to != l.noRoom):
			return true
		case i.Goes != isa.Jumps && i.Goes != isa.Branches, i.Where.Value.Kind != isa.Address:
		case to != b.Entry && isEntry(to), p.IsStub(to):
			return true
		}
	}
	return false
}
