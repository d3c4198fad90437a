package symbol

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// objectTables runs held.cc, which prints where the tables of its objects are that each of these begins with.
func objectTables(t *testing.T, prog string) map[uint64]string {
	t.Helper()
	tables := make(map[uint64]string)
	var printed map[string][]string
	if err := json.Unmarshal([]byte(run(t, ".", prog, "tables")), &printed); err != nil {
		t.Fatal(err)
	}
	for class, list := range printed {
		for _, addr := range list {
			n, err := strconv.ParseUint(strings.TrimPrefix(addr, "0x"), 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			tables[n] = class
		}
	}
	return tables
}

func TestClassIsThatOfTheTableThatAnObjectBeginsWith(t *testing.T) {
	for name, test := range map[string]struct {
		compiler string
		flags    []string
		strip    bool
	}{
		"gcc":             {"g++", []string{"-O0"}, false},
		"stripped":        {"g++", []string{"-O2"}, true},
		"fixed, stripped": {"g++", []string{"-O1", "-no-pie"}, true},
		"static":          {"g++", []string{"-O1", "-static"}, true},
		"clang":           {"clang++", []string{"-O2"}, true},
		"packed":          {"g++", []string{"-O1", "-Wl,-z,pack-relative-relocs"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prog := build(t, t.TempDir(), test.compiler, "held.cc", test.flags...)
			tables := objectTables(t, prog)
			if test.strip {
				run(t, ".", "strip", prog)
			}
			m := open(t, prog)
			if len(tables) < 7 {
				t.Fatalf("only %d tables are printed", len(tables))
			}
			for addr, want := range tables {
				if got, ok := m.Class(addr); got != want || !ok {
					t.Errorf("%#x: got %q, want %q", addr, got, want)
				}
			}
			for _, s := range dataSections(m.files[0]) {
				for addr := s.lo; addr < s.hi; addr += 8 {
					if got, ok := m.Class(addr); ok && tables[addr] == "" && !isKnownClass(got) {
						t.Errorf("%#x is no table of %s", addr, got)
					}
				}
			}
		})
	}
}

// isKnownClass reports whether the program has a class of that name, of its own or of the libraries.
func isKnownClass(name string) bool {
	for _, known := range []string{"Order", "Named", "Express", "Base", "Left", "Right", "Both", "app::(anonymous namespace)::Private"} {
		if name == known {
			return true
		}
	}
	return strings.HasPrefix(name, "std::") || strings.HasPrefix(name, "__cxxabiv1::") || strings.HasPrefix(name, "__gnu_cxx::")
}
