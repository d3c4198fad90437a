//go:build linux && amd64

package preload

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// TestTheAttachedLibraryIsBoundToNothing holds what whoever maps it relies on: it asks for no name, no variables of each
// thread and no other library, has no code that is to run at its start but its entry, and its only relocations add where it lies.
func TestTheAttachedLibraryIsBoundToNothing(t *testing.T) {
	content, err := Attached()
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

// TestAttachedLibraryInAProcess runs programs that put the library into themselves, each of which says at its top what it holds
// it to. They are built without sanitizers, which map memory of their own meanwhile.
func TestAttachedLibraryInAProcess(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, arg, want string }{
		{"attached_records", "", "ready: 1, of this process: 1, knows itself: 1\nits modules, and itself: 1\nmade 1, resized 1, freed 1, lost 0\nno module again: 1\nunder way then: 1, now: 0\n"},
		{"attached_threads", "known", "at once: 1200 made, 1200 freed, 0 rings more than threads\none by one: 4000 made, 4000 freed, 0 rings more\nlost: 0\ntold of: 1\nfull: 4 made, 0 lost, 0 under way without a place\n"},
		{"attached_threads", "unknown", "at once: 1200 made, 1200 freed, 0 rings more than threads\none by one: 4000 made, 4000 freed, 0 rings more\nlost: 0\nfull: 0 made, 8 lost, 0 under way without a place\n"},
		{"attached_goes", "", "a state and a ring of each thread, and more: 1\nas before: 1\nrefused, as before: 1\nwaited, and passed on: 1; then told nothing: 1\n"},
		{"attached_filter", "prctl", "of threads that came later some: 1; made or lost: 220\n"},
		{"attached_filter", "syscall", "of threads that came later some: 1; made or lost: 220\n"},
		{"attached_unloads", "", "one came: 1, with frames: 1\nmore frames: 0, made 2\n"},
		{"attached_forks", "children", childrenRecord},
		{"attached_forks", "none", childrenDoNot},
	} {
		t.Run(test.name+test.arg, func(t *testing.T) {
			t.Parallel()
			program := testkit.Compile(t, fixture.Compilation{
				Compiler: "gcc",
				Dir:      here,
				Args:     []string{"-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-mno-red-zone", "-Wall", "-Wextra", "-Werror", "-pthread", "ctest/" + test.name + ".c", "ctest/attach.c"},
				Sources:  []string{filepath.Join(here, "ctest"), filepath.Join(here, "csrc")},
				Name:     test.name,
			})
			args := []string{filepath.Join(here, "libheapprof-attached-amd64.so")}
			if test.arg != "" {
				args = append(args, test.arg)
			}
			if got := runC(t, "", program, args...); got != test.want {
				t.Errorf("printed %q, want %q", got, test.want)
			}
		})
	}
}

const childrenRecord = `parent: own mapping 1, before its first call and after it 1, off 0, under way 0
child: own mapping 1, before its first call and after it 1, off 0, under way 0
raw clone's child: own mapping 0, before its first call and after it 1, off 0, under way 0
process 0: parent 0, fork 0, lost 0
process 1: parent 1, fork 1, lost 0
process 2: parent 1, fork 0, lost 0
made 30, not recorded 0
`

const childrenDoNot = `parent: own mapping 1, before its first call and after it 1, off 0, under way 0
child: own mapping 0, before its first call and after it 0, off 1, under way 0
raw clone's child: own mapping 0, before its first call and after it 0, off 1, under way 0
process 0: parent 0, fork 0, lost 0
made 10, not recorded 2
`
