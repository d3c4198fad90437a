package patch

import (
	"debug/elf"
	"fmt"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// Chromium's allocator shim, which Electron and the like have too, calls all its functions
// by a table to which a variable points. Many entries are twins, side by side: the second
// does the same as the first, but returns 0 where the first would end the program. Rust's
// code calls such functions, which are not exported, so that nothing names them in a
// stripped program; and a block that is resized there would seem to live at its old
// address. The functions that are named show which variable it is, and what the entries
// beside a twin's mean.

// tableEntries is what the named functions show of a table: its entries by their offsets.
type tableEntries map[uint64]tableEntry

// tableEntry is an entry of a table, which is the address of a function.
type tableEntry struct {
	*target                // the named function that calls the entry's
	call    allocator.Call // what a call of the entry's function means
}

const entrySize = 8 // bytes

// addTwins adds the functions without a name that are twins of one with a name.
func (p *planner) addTwins() {
	if p.Processor() != elf.EM_X86_64 {
		return
	}
	tables := make(map[uint64]tableEntries)
	for _, t := range p.targets {
		if t.body == nil || t.left != nil || t.isLibc || t.Family == allocator.RustFamily {
			continue
		}
		exits, _ := p.ExitsOf(t.body, isa.DoesMore)
		for _, exit := range exits {
			call, ok := callBehind(t.Call, &exit)
			if exit.To.Kind != isa.TableEntry || !ok {
				continue
			}
			variable, offset := exit.To.Table()
			if tables[variable] == nil {
				tables[variable] = make(tableEntries)
			}
			tables[variable][offset] = tableEntry{t, call}
			break
		}
	}
	for variable, entries := range tables {
		if entries.hasTwins() {
			p.findTwins(variable, entries)
		}
	}
	p.sortTargets()
}

// callBehind returns what a call of c means to the function at an exit, as far as its size,
// count and pointer. It is false if that function does not get them all.
func callBehind(c allocator.Call, exit *flow.Exit) (to allocator.Call, ok bool) {
	to.Action, ok = c.Action, c.Out == 0
	for _, a := range []struct {
		own uint8
		to  *uint8
	}{{c.Size, &to.Size}, {c.Count, &to.Count}, {c.Pointer, &to.Pointer}} {
		for n := uint8(1); a.own != 0 && n <= isa.LastArgument && *a.to == 0; n++ {
			if exit.Arguments[n] == (isa.Value{Kind: isa.Argument, Number: uint64(a.own)}) {
				*a.to = n
			}
		}
		ok = ok && (a.own != 0) == (*a.to != 0)
	}
	return to, ok
}

// hasTwins reports whether there are entries side by side of two functions that make blocks
// and mean the same.
func (entries tableEntries) hasTwins() bool {
	for offset, e := range entries {
		if twin, ok := entries[offset+entrySize]; ok && e.call.Action == wire.ActionAlloc && twin.call == e.call {
			return true
		}
	}
	return false
}

// findTwins adds the functions without a name that do nothing but jump to an entry of a
// table, between two that named functions call. They lie near the named functions.
func (p *planner) findTwins(variable uint64, entries tableEntries) {
	const near = 4 << 10 // bytes; they are of one source file
	lo, hi := ^uint64(0), uint64(0)
	for _, e := range entries {
		lo, hi = min(lo, e.entry), max(hi, e.entry+e.size)
	}
	for _, s := range p.Segments {
		first, end := max(s.Addr, lo-min(near, lo)), min(s.Addr+uint64(len(s.Data)), hi+near)
		if first < end {
			p.findTwinsIn(s.Data[first-s.Addr:end-s.Addr], first, variable, entries)
		}
	}
}

// findTwinsIn is findTwins for a piece of code, which lies at the address first.
func (p *planner) findTwinsIn(code []byte, first, variable uint64, entries tableEntries) {
	p.FindStarts()
	p.Machine.FindReferences(code, first, map[uint64]bool{variable: true}, func(at uint64) {
		entry := at &^ (functionAlignment - 1)
		if entry <= first || p.byEntry[entry] != nil || code[entry-1-first] != isa.Int3 {
			return
		}
		b := p.Body(entry, 0)
		w := p.Follow(b, isa.UsesStack)
		for w.Next() {
		}
		exits := w.Exits()
		if w.Lost || w.Loops || len(exits) != 1 || exits[0].To.Kind != isa.TableEntry {
			return
		}
		table, offset := exits[0].To.Table()
		before, isBetween := entries[offset-entrySize]
		_, isNamed := entries[offset]
		_, isBeside := entries[offset+entrySize]
		if table != variable || !isBetween || isNamed || !isBeside || before.call.Action != wire.ActionAlloc && before.call.Action != wire.ActionRealloc {
			return
		}
		if call, ok := callBehind(before.call, &exits[0]); !ok || call != before.call {
			return
		}
		p.addTarget(&target{
			Known: allocator.Known{Family: before.Family, Call: before.call}, groups: before.groups, entry: entry, size: w.End(), body: b,
			exported: true, // as far as it is seen to take its arguments
			names:    []string{fmt.Sprintf("%s's twin at %#x", before.names[0], entry)},
		})
	})
}

// functionAlignment is the alignment at which compilers begin functions, behind padding.
const functionAlignment = 16
