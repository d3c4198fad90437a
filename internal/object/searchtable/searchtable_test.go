package searchtable

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"heapprof/internal/tracker/preload"
)

// TestFDEsAreThoseOfTheLinkersTable holds what is read of .eh_frame against the
// search table that the linker wrote beside it.
func TestFDEsAreThoseOfTheLinkersTable(t *testing.T) {
	files := map[string]*elf.File{}
	for _, arch := range []string{"amd64", "arm64"} {
		b, err := preload.Library(arch)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		files["the library for "+arch] = f
	}
	for _, path := range []string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6"} {
		if f, err := elf.Open(path); err == nil {
			files[path] = f
			defer f.Close()
		}
	}
	for name, f := range files {
		section, header := f.Section(".eh_frame"), f.Section(".eh_frame_hdr")
		content, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		table, err := header.Data()
		if err != nil {
			t.Fatal(err)
		}
		const entries = 12
		var want []Entry
		for b := table[entries:]; len(b) >= 8; b = b[8:] {
			at := func(b []byte) uint64 { return header.Addr + uint64(int64(int32(binary.LittleEndian.Uint32(b)))) }
			want = append(want, Entry{Function: at(b), Description: at(b[4:])})
		}
		got := Read(content, section.Addr)
		for i := range got {
			got[i].End = 0 // which the linker's table has not
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d entries differ from the linker's %d", name, len(got), len(want))
		}
	}
}

func TestSearchTableLeadsToEachFrame(t *testing.T) {
	entries := []Entry{{0x1000, 0x1040, 0x9018}, {0x1040, 0x1100, 0x9040}, {0x2000, 0x2001, 0x9060}}
	const section, at = 0x9000, 0x7fff_0000_0000
	table := Make(entries, section, at)
	word := func(offset int) uint64 { return at + binary.LittleEndian.Uint64(table[offset:]) }
	if !bytes.Equal(table[:4], []byte{1, 0x3c, 0x03, 0x3c}) || word(4) != section || binary.LittleEndian.Uint32(table[12:]) != 3 {
		t.Fatalf("the header is % x", table[:16])
	}
	for i, f := range entries {
		if got := (Entry{word(16 + 16*i), f.End, word(24 + 16*i)}); got != f {
			t.Errorf("entry %d is %#x, want %#x", i, got, f)
		}
	}
}

func FuzzRead(f *testing.F) {
	b, err := preload.Library("amd64")
	if err != nil {
		f.Fatal(err)
	}
	library, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		f.Fatal(err)
	}
	content, err := library.Section(".eh_frame").Data()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content[:512])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'P', 'R', 0})
	f.Fuzz(func(t *testing.T, section []byte) {
		for _, e := range Read(section, 0x400000) {
			if e.End < e.Function {
				t.Errorf("the function at %#x ends at %#x", e.Function, e.End)
			}
			if e.Description < 0x400000 || e.Description >= 0x400000+uint64(len(section)) {
				t.Errorf("a description at %#x is outside the section", e.Description)
			}
		}
	})
}
