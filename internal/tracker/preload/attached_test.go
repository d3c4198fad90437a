//go:build linux && amd64

package preload_test

import (
	"bytes"
	"debug/elf"
	"testing"

	"heapprof/internal/tracker/preload"
)

// TestTheAttachedLibraryIsBoundToNothing holds what whoever maps it relies on: it asks for no name, no variables of each
// thread and no other library, has no code that is to run at its start but its entry, and its only relocations add where it lies.
func TestTheAttachedLibraryIsBoundToNothing(t *testing.T) {
	content, err := preload.Attached()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if symbols, err := f.DynamicSymbols(); err == nil && len(symbols) > 0 {
		t.Errorf("it exports or imports %v", symbols)
	}
	if needed, err := f.ImportedLibraries(); err != nil || len(needed) > 0 {
		t.Errorf("it needs %v, %v", needed, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_TLS {
			t.Error("it has variables of each thread")
		}
	}
	for _, s := range f.Sections {
		switch s.Type {
		case elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY:
			t.Errorf("it has code that is to run by itself: %s", s.Name)
		case elf.SHT_REL:
			t.Errorf("it has relocations of another form: %s", s.Name)
		case elf.SHT_RELA:
			data, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			for ; len(data) >= 24; data = data[24:] {
				info := f.ByteOrder.Uint64(data[8:])
				if kind := elf.R_X86_64(info); kind != elf.R_X86_64_RELATIVE {
					t.Errorf("a relocation is %v", kind)
				}
			}
		}
	}
	entry := false
	for _, p := range f.Progs {
		entry = entry || p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && f.Entry >= p.Vaddr && f.Entry < p.Vaddr+p.Filesz
	}
	if !entry {
		t.Errorf("its entry, %#x, is no code", f.Entry)
	}
}
