package symbol

import (
	"reflect"
	"strings"
	"testing"
)

// equalLocals fails the test where two modules give different locals. A few have a place in one only, as clang leaves
// conversions out of split units.
func equalLocals(t *testing.T, got, want *Module, addrs []uint64) {
	t.Helper()
	both, one := 0, 0
	for _, addr := range addrs {
		g, w := got.Locals(addr), want.Locals(addr)
		if len(g) != len(w) {
			t.Fatalf("%#x: got %d locals, want %d", addr, len(g), len(w))
		}
		for i := range w {
			local := g[i]
			switch {
			case (len(local.Places) == 0) != (len(w[i].Places) == 0):
				local.Places = w[i].Places
				one++
			case len(local.Places) > 0:
				both++
			}
			if !reflect.DeepEqual(local, w[i]) {
				t.Fatalf("%#x: got %+v\nwant %+v", addr, local, w[i])
			}
		}
	}
	if both < len(addrs)/2 || one > both/50 {
		t.Errorf("%d places are known to both, %d to one, at %d addresses", both, one, len(addrs))
	}
}

func TestVariablesOfClangsSplitUnitsAreThoseOfWholeOnes(t *testing.T) {
	for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			whole := build(t, t.TempDir(), "clang++", "held.cc", version, "-O2")
			split := build(t, t.TempDir(), "clang++", "held.cc", version, "-O2", "-gsplit-dwarf")
			m := open(t, split)
			equalLocals(t, m, open(t, whole), sample(t, whole, 2000))
			checkHeld(t, m)
		})
	}
}

func TestLocalsHaveTheTypesOfTheirSource(t *testing.T) {
	prog := build(t, t.TempDir(), "g++", "held.cc", "-g", "-O0")
	m := open(t, prog)
	got := make(map[string]string)
	for _, addr := range sample(t, prog, 5000) {
		for _, l := range m.Locals(addr) {
			function, _, _ := strings.Cut(l.Function, "(")
			got[function+" "+l.Name] = l.Type
		}
	}
	for name, want := range map[string]string{
		"measure by_value":     "std::string",
		"measure by_reference": "const std::vector<int, std::allocator<int> >&",
		"measure buffer":       "char[64]",
		"measure pair":         "Pair",
		"measure many":         "long",
		"weigh label":          "const char*",
		"next_word word":       "char*",
		"main argv":            "char**",
		"main order":           "Express*",
		"main local":           "std::map<int, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >, std::less<int>, std::allocator<std::pair<int const, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > > > >",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestLocalsAreOnlyThoseThatAreDeclaredByThen(t *testing.T) {
	for _, test := range []struct{ compiler, level string }{{"g++", "-O0"}, {"clang++", "-O0"}, {"g++", "-O2"}} {
		prog := build(t, t.TempDir(), test.compiler, "held.cc", "-g", test.level)
		m := open(t, prog)
		seen := 0
		for _, addr := range sample(t, prog, 5000) {
			frames := m.Frames(addr)
			if len(frames) == 0 || frames[len(frames)-1].Function != "main" {
				continue
			}
			line := frames[len(frames)-1].Line
			for _, l := range m.Locals(addr) {
				if l.Name != "local" || l.Inlined || len(l.Places) == 0 {
					continue
				}
				seen++
				if l.Line > line && line > 0 {
					t.Errorf("%s %s: %#x is at line %d, and local declared at line %d", test.compiler, test.level, addr, line, l.Line)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s %s: local is never known", test.compiler, test.level)
		}
	}
}
