package symbol

import (
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

func TestFunctionsWithoutNamesAreToldByWhereTheyBegin(t *testing.T) {
	for _, compiler := range []string{"gcc", "clang++", "rustc"} {
		t.Run(compiler, func(t *testing.T) {
			testkit.Tool(t, compiler)
			dir, source, flags := t.TempDir(), map[string]string{"gcc": "words.c", "clang++": "shapes.cc", "rustc": "words.rs"}[compiler], []string{"-O2"}
			if compiler == "rustc" {
				flags = []string{"-O"}
			}
			prog := build(t, dir, compiler, source, flags...)
			stripped := prog + ".stripped"
			run(t, "", "strip", "-o", stripped, prog)
			m := open(t, stripped)
			functions, inside := 0, 0
			for _, s := range functionSymbols(t, prog) {
				// The start-up code is assembler's, and parts of functions have entries of their own.
				if s.Size < 16 || strings.HasPrefix(s.Name, "_start") || strings.HasPrefix(s.Name, "__rust_try") {
					continue
				}
				frames := m.Frames(s.Value)
				if len(frames) != 1 || frames[0].Function != "" {
					continue // which is exported
				}
				if frames[0] != (Frame{Entry: s.Value}) {
					t.Errorf("%s at %#x is told as %+v", s.Name, s.Value, frames)
				}
				functions++
				for _, at := range []uint64{s.Value + 1, s.Value + s.Size/2, s.Value + s.Size - 1} {
					if frames := m.Frames(at); len(frames) == 1 && frames[0].Entry == s.Value {
						inside++
					} else {
						t.Errorf("%s at %#x, %#x bytes from its beginning, is told as %+v", s.Name, at, at-s.Value, frames)
					}
				}
			}
			if functions < 3 || inside != 3*functions {
				t.Errorf("%d functions and %d addresses in them were told", functions, inside)
			}
		})
	}
}

func TestAStrippedProgramsMainIsFoundByItsEntry(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the code at the entry is read of x86-64 only")
	}
	for _, flags := range [][]string{{"-O1"}, {"-O1", "-no-pie"}} {
		prog := build(t, t.TempDir(), "gcc", "words.c", flags...)
		stripped := prog + ".stripped"
		run(t, "", "strip", "-o", stripped, prog)
		m := open(t, stripped)
		for _, name := range []string{"main", "_start"} {
			at := symbolAddress(t, prog, name)
			if f := m.Frames(at + 5); len(f) != 1 || f[0].Function != name {
				t.Errorf("%v: %s is %+v", flags, name, f)
			}
			if f := m.Frames(at - 1); len(f) == 1 && f[0].Function == name {
				t.Errorf("%v: what is before %s has its name", flags, name)
			}
		}
	}
}

func TestStubsOfALinkageTableAreNoFunction(t *testing.T) {
	prog := build(t, t.TempDir(), "gcc", "words.c", "-O1", "-s")
	m := open(t, prog)
	section := m.files[0].Section(".plt")
	if section == nil {
		t.Skip("the linker made no .plt")
	}
	for at := section.Addr; at < section.Addr+section.Size; at++ {
		if f := m.Frames(at); len(f) == 1 && f[0].Entry != 0 {
			t.Fatalf("%#x is told as a function at %#x", at, f[0].Entry)
		}
	}
}
