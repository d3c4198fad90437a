package object

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// section is one of a test's file.
type section struct {
	name    string
	kind    elf.SectionType
	flags   elf.SectionFlag
	content string
	link    uint32
}

// build returns an ELF file for x86-64 with these sections, of which the first has number
// 1, and, if notes is not empty, a segment of notes at address 0x1000.
func build(t testing.TB, notes string, sections ...section) []byte {
	t.Helper()
	const header, programHeader, sectionHeader = 64, 56, 64
	names, contents := "\x00", notes
	table := []elf.Section64{{}}
	const contentsAt = header + programHeader
	for _, s := range append(sections, section{name: ".shstrtab", kind: elf.SHT_STRTAB}) {
		table = append(table, elf.Section64{
			Name: uint32(len(names)), Type: uint32(s.kind), Flags: uint64(s.flags),
			Off: uint64(contentsAt + len(contents)), Size: uint64(len(s.content)), Link: s.link, Addralign: 4,
		})
		names += s.name + "\x00"
		contents += s.content
	}
	last := &table[len(table)-1]
	last.Off, last.Size = uint64(contentsAt+len(contents)), uint64(len(names))
	contents += names
	segment := elf.Prog64{Type: uint32(elf.PT_NULL)}
	if notes != "" {
		segment = elf.Prog64{Type: uint32(elf.PT_NOTE), Off: contentsAt, Vaddr: 0x1000, Filesz: uint64(len(notes)), Memsz: uint64(len(notes)), Align: 4}
	}
	var file bytes.Buffer
	for _, v := range []any{
		elf.Header64{
			Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1,
			Phoff: header, Phentsize: programHeader, Phnum: 1, Ehsize: header,
			Shoff: uint64(contentsAt + len(contents)), Shentsize: sectionHeader, Shnum: uint16(len(table)), Shstrndx: uint16(len(table) - 1),
		},
		segment, []byte(contents), table,
	} {
		if err := binary.Write(&file, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

// note is one of a type that is no build-id, and one that is, of the bytes of id.
func note(id string) string {
	number := func(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	return number(4) + number(2) + number(1) + "GNU\x00" + "ab\x00\x00" + number(4) + number(len(id)) + number(3) + "GNU\x00" + id
}

func opened(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := New("file", data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheBuildIDIsFoundInASegmentOrASection(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		id   string
		at   uint64
	}{
		"in a segment":            {build(t, note("\x12\xab")), "12ab", 0x1000 + 20 + 16},
		"in a section":            {build(t, "", section{name: ".note.gnu.build-id", kind: elf.SHT_NOTE, content: note("\x12\xab")}), "12ab", 0},
		"of any name":             {build(t, "", section{name: ".note", kind: elf.SHT_NOTE, content: note("\xff")}), "ff", 0},
		"nowhere":                 {build(t, ""), "", 0},
		"in a note cut short":     {build(t, note("\x12\xab")[:37]), "", 0},
		"in one without contents": {build(t, "", section{name: ".note.gnu.build-id", kind: elf.SHT_NOBITS, content: note("\x12\xab")}), "", 0},
	} {
		if f := opened(t, c.data); f.BuildID != c.id || f.BuildIDAt != c.at {
			t.Errorf("%s: %q at %#x, want %q at %#x", name, f.BuildID, f.BuildIDAt, c.id, c.at)
		}
	}
}

func TestWhatIsWrongWithAFileIsTold(t *testing.T) {
	damaged := build(t, "")
	binary.LittleEndian.PutUint64(damaged[40:], 1<<40) // where the sections' headers are
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty": {nil, ErrNotELF}, "a script": {[]byte("#!/bin/sh\n"), ErrNotELF},
		"a header cut short": {build(t, "")[:20], ErrDamaged}, "headers beyond its end": {damaged, ErrDamaged},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, c.want) || !bytes.HasPrefix([]byte(err.Error()), []byte(path+" ")) {
			t.Errorf("%s: %v, want that %s %v", name, err, path, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := New("file", damaged); err == nil || err.Error() != "file is damaged: its headers lead beyond its end" {
		t.Errorf("headers beyond its end: %v", err)
	}
	f := opened(t, build(t, ""))
	if err := f.CheckLayout(); err != nil {
		t.Error(err)
	}
	f.Class = elf.ELFCLASS32
	if err := f.CheckLayout(); !errors.Is(err, ErrMachine) {
		t.Errorf("a 32-bit file: %v", err)
	}
}

func TestASectionIsReadHoweverItIsCompressed(t *testing.T) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	w.Close()
	header := append(binary.LittleEndian.AppendUint32(nil, uint32(elf.COMPRESS_ZLIB)), 0, 0, 0, 0)
	header = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(header, 5), 1)
	f := opened(t, build(t, "",
		section{name: ".debug_plain", kind: elf.SHT_PROGBITS, content: "hello"},
		section{name: ".debug_new", kind: elf.SHT_PROGBITS, flags: elf.SHF_COMPRESSED, content: string(header) + packed.String()},
		section{name: ".zdebug_old", kind: elf.SHT_PROGBITS, content: "ZLIB\x00\x00\x00\x00\x00\x00\x00\x05" + packed.String()},
		section{name: ".debug_cut", kind: elf.SHT_PROGBITS, flags: elf.SHF_COMPRESSED, content: string(header) + packed.String()[:7]},
		section{name: ".debug_none", kind: elf.SHT_NOBITS, content: "hello"},
	))
	for name, want := range map[string]string{"plain": "hello", "new": "hello", "old": "hello", "cut": "", "none": "", "absent": ""} {
		for range 2 {
			if got := string(f.DebugContent(name)); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestLinksToDebugFilesAreRead(t *testing.T) {
	f := opened(t, build(t, "",
		section{name: ".gnu_debuglink", kind: elf.SHT_PROGBITS, content: "a.debug\x00\x78\x56\x34\x12"},
		section{name: ".gnu_debugaltlink", kind: elf.SHT_PROGBITS, content: "../common\x00\x12\xab"},
	))
	if name, sum, ok := f.DebugLink(); name != "a.debug" || sum != 0x12345678 || !ok {
		t.Errorf("%q, %#x, %v", name, sum, ok)
	}
	if path, id := f.AltLink(); path != "../common" || string(id) != "\x12\xab" {
		t.Errorf("%q, %x", path, id)
	}
	f = opened(t, build(t, "",
		section{name: ".gnu_debuglink", kind: elf.SHT_PROGBITS, content: "a.debug\x00\x78\x56"},
		section{name: ".debug_sup", kind: elf.SHT_PROGBITS, content: "\x05\x00\x00../common\x00\x02\x12\xab"},
	))
	if name, _, ok := f.DebugLink(); ok {
		t.Errorf("a link cut short leads to %q", name)
	}
	if path, id := f.AltLink(); path != "../common" || string(id) != "\x12\xab" {
		t.Errorf("DWARF 5's: %q, %x", path, id)
	}
}

func TestSymbolTablesAreReadAsTheFileHasThem(t *testing.T) {
	var entries bytes.Buffer
	if err := binary.Write(&entries, binary.LittleEndian, []elf.Sym64{{}, {
		Name: 1, Info: elf.ST_INFO(elf.STB_WEAK, elf.STT_FUNC), Other: byte(elf.STV_HIDDEN), Shndx: 7, Value: 0x1234, Size: 56,
	}}); err != nil {
		t.Fatal(err)
	}
	f := opened(t, build(t, "",
		section{name: ".dynsym", kind: elf.SHT_DYNSYM, content: entries.String(), link: 2},
		section{name: ".dynstr", kind: elf.SHT_STRTAB, content: "\x00malloc\x00"},
		section{name: ".symtab", kind: elf.SHT_SYMTAB, content: entries.String(), link: 99},
	))
	tables := f.SymbolTables()
	if len(tables) != 1 || !tables[0].Dynamic || len(tables[0].Entries) != 2*SymbolSize {
		t.Fatalf("%+v", tables)
	}
	s := Symbol(tables[0].Entries[SymbolSize:])
	if string(tables[0].Name(s.NameAt())) != "malloc" || s.Type() != elf.STT_FUNC || s.Bind() != elf.STB_WEAK ||
		s.Visibility() != elf.STV_HIDDEN || s.Section() != 7 || s.Address() != 0x1234 || s.Size() != 56 {
		t.Errorf("% x", []byte(s))
	}
	if name := tables[0].Name(1000); name != nil {
		t.Errorf("a name beyond the table: %q", name)
	}
}

// FuzzFile reads all of damaged files: an error, or less in them, and no panic.
func FuzzFile(f *testing.F) {
	f.Add(build(f, note("\x12\xab"),
		section{name: ".gnu_debuglink", kind: elf.SHT_PROGBITS, content: "a.debug\x00\x78\x56\x34\x12"},
		section{name: ".debug_sup", kind: elf.SHT_PROGBITS, content: "\x05\x00\x00../common\x00\x02\x12\xab"},
		section{name: ".dynsym", kind: elf.SHT_DYNSYM, content: string(make([]byte, 2*SymbolSize)), link: 4},
		section{name: ".dynstr", kind: elf.SHT_STRTAB, content: "\x00malloc\x00"},
	))
	f.Fuzz(func(_ *testing.T, data []byte) {
		file, err := New("file", data)
		if err != nil {
			return
		}
		for _, p := range file.Progs {
			_ = file.Segment(p)
		}
		for _, s := range file.Sections {
			_, _ = file.Content(s.Name), file.DebugContent(s.Name)
		}
		_, _, _ = file.DebugLink()
		_, _ = file.AltLink()
		_, _, _, _ = file.HasDebugInfo(), file.HasInterpreter(), file.HasName(), file.HasFlag(elf.DT_FLAGS, 1)
		if file.CheckLayout() != nil {
			return
		}
		for _, table := range file.SymbolTables() {
			for rest := table.Entries; len(rest) >= SymbolSize; rest = rest[SymbolSize:] {
				_ = table.Name(Symbol(rest).NameAt())
			}
		}
	})
}

func TestHeadersAreReadWithoutTheContents(t *testing.T) {
	data := build(t, "", section{name: ".gnu_debuglink", kind: elf.SHT_PROGBITS, content: "a.debug"})
	path := filepath.Join(t.TempDir(), "file")
	for _, c := range []struct {
		data []byte
		want error
	}{{data, nil}, {nil, ErrNotELF}, {[]byte("\x7fEL"), ErrNotELF}, {data[:20], ErrDamaged}} {
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		used := false
		err := ReadHeaders(path, func(h *Headers) error {
			used = true
			if h.Path != path || h.Section(".gnu_debuglink") == nil || h.HasInterpreter() || h.HasName() || !h.IsStripped() {
				t.Errorf("%+v", h)
			}
			return h.CheckLayout()
		})
		if !errors.Is(err, c.want) || used != (c.want == nil) {
			t.Errorf("%d bytes: used %v, error %v, want %v", len(c.data), used, err, c.want)
		}
	}
	want := errors.New("mine")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ReadHeaders(path, func(*Headers) error { return want }); err != want {
		t.Errorf("the error of use is %v", err)
	}
}

func TestAPartBeyondTheEndIsNone(t *testing.T) {
	f := opened(t, build(t, ""))
	size := uint64(f.Size)
	for _, c := range []struct {
		offset, size uint64
		want         bool
	}{{0, size, true}, {size, 0, true}, {0, size + 1, false}, {size + 1, 0, false}, {1 << 40, 1, false}, {^uint64(0), 2, false}, {8, ^uint64(0), false}} {
		if part := f.Part(c.offset, c.size); (part != nil) != c.want || c.want && uint64(len(part)) != c.size {
			t.Errorf("%d bytes at %#x: got %d of them, want some: %v", c.size, c.offset, len(part), c.want)
		}
	}
}
