package dwarf

import "testing"

// FuzzLookup looks everywhere in damaged debug information: no panic, no
// endless loop. The corpus is what gcc and clang write for a few lines of C++.
func FuzzLookup(f *testing.F) {
	f.Fuzz(func(t *testing.T, info, abbrev, str, lineStr, line, ranges, rnglists, addr, strOffsets, loc, loclists []byte) {
		sections := map[string][]byte{
			"info": info, "abbrev": abbrev, "str": str, "line_str": lineStr, "line": line,
			"ranges": ranges, "rnglists": rnglists, "addr": addr, "str_offsets": strOffsets,
			"loc": loc, "loclists": loclists,
		}
		section := func(name string) []byte { return sections[name] }
		d := New(Options{
			Section: section,
			Alt:     section,
			Split:   func(SplitUnit) func(string) []byte { return section },
			IsCode:  func(uint64) bool { return true },
		})
		d.Globals([]Wanted{{Symbol: "x"}, {GlobalKey: GlobalKey{InThread: true}}}, false, 1000)
		d.AllGlobals(1 << 20)
		for _, u := range d.file.units {
			d.body(u)
			d.Lookup(u.lowPC)
			for _, all := range []bool{false, true} {
				u.functions = u.readFunctions(all)
				for i := range u.functions.list {
					fn := &u.functions.list[i]
					d.Lookup(fn.entry)
					u.nameOf(fn.off)
					d.OwnFile(fn.entry)
					d.ReturnedAt(fn.entry)
					d.Locals(fn.entry + 1)
					for r := range uint8(8) {
						d.PointerAt(fn.entry, fn.entry+1, Place{Kind: InRegister, Register: r})
						d.PointerAt(fn.entry, fn.entry+1, Place{Kind: FromRegister, Register: r, Offset: 8})
					}
					for _, in := range u.readInlines(fn.off) {
						u.nameOf(in.off)
						u.fileName(in.callFile)
					}
				}
			}
			// What is read only of Rust.
			u.names, u.language = nil, languageRust
			for i := range u.functions.list {
				u.nameOf(u.functions.list[i].off)
			}
			lines := u.lineTable()
			for i := range lines.files {
				d.Enclosing(u.lowPC, u.fileName(uint64(i)), 1)
			}
			for _, seq := range lines.sequences {
				for _, row := range lines.program.rows(seq) {
					lines.at(row.addr)
					u.fileName(uint64(row.file))
				}
			}
		}
	})
}
