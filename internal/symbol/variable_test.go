package symbol

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// described returns variables by their names, with the functions that they are in, and what Describe tells of them. Internal
// ones are left out.
func described(t testing.TB, m *Module, list []Variable) map[string]Variable {
	t.Helper()
	list = slices.Clone(list)
	if left := m.Describe(list); left > 0 {
		t.Errorf("%d bytes of debug information were left out", left)
	}
	found := make(map[string]Variable)
	for _, v := range list {
		if v.Internal {
			continue
		}
		name := v.Name
		if v.In != "" {
			name += " in " + v.In
		}
		found[name] = v
	}
	return found
}

// checkTypes fails the test unless there are variables of those names and types, declared in a file.
func checkTypes(t *testing.T, found map[string]Variable, file string, types map[string]string) {
	t.Helper()
	for name, typ := range types {
		v, ok := found[name]
		if !ok {
			t.Errorf("%s is not known", name)
		} else if v.Type != typ || filepath.Base(v.File) != file || v.Line == 0 || v.Size == 0 {
			t.Errorf("%s: got %+v, want type %s in %s", name, v, typ, file)
		}
	}
	if t.Failed() {
		for name, v := range found {
			t.Logf("%s: %s", name, v.Type)
		}
	}
}

// heldVariables are the types of those of held.cc, by their names.
var heldVariables = map[string]string{
	"g_orders":                           "std::vector<Order*, std::allocator<Order*> >",
	"g_list":                             "Order*[4]",
	"g_function":                         "int (*)(const char*, long)",
	"s_text":                             "char*",
	"app::Cache::instance":               "app::Cache*",
	"app::cache":                         "app::Cache",
	"app::(anonymous namespace)::hidden": "std::string",
	"app::Pool<Order>::all":              "std::vector<Order, std::allocator<Order> >",
	"cache in app::Cache::shared()":      "app::Cache",
	"word in next_word()":                "char*",
	"counter in next_word()":             "int",
}

// checkHeld fails the test unless a module has the variables of held.cc, and a thread-local one.
func checkHeld(t *testing.T, m *Module) {
	t.Helper()
	checkTypes(t, described(t, m, m.Variables()), "held.cc", heldVariables)
	checkTypes(t, described(t, m, m.ThreadLocals()), "held.cc", map[string]string{"t_scratch": "std::vector<int, std::allocator<int> >"})
}

func TestVariablesHaveTheNamesAndTypesOfTheirSource(t *testing.T) {
	for _, test := range []struct {
		compiler string
		flags    []string
	}{
		{"g++", []string{"-g", "-O0"}},
		{"clang++", []string{"-gdwarf-4", "-O2"}},
	} {
		t.Run(test.compiler+" "+strings.Join(test.flags, " "), func(t *testing.T) {
			t.Parallel()
			m := open(t, build(t, t.TempDir(), test.compiler, "held.cc", test.flags...))
			checkHeld(t, m)
		})
	}
}

func TestVariablesOfRustHaveTheNamesAndTypesOfTheirSource(t *testing.T) {
	const (
		vec   = "alloc::vec::Vec<%, alloc::alloc::Global>"
		mutex = "std::sync::poison::mutex::Mutex<alloc::vec::Vec<%, alloc::alloc::Global>>"
	)
	of := func(generic, argument string) string { return strings.Replace(generic, "%", argument, 1) }
	for mangling, flags := range map[string][]string{"legacy": nil, "v0": {"-C", "symbol-mangling-version=v0"}} {
		t.Run(mangling, func(t *testing.T) {
			t.Parallel()
			flags := append(flags, "-g", "--edition", "2021")
			m := open(t, build(t, t.TempDir(), "rustc", "held.rs", flags...))
			variables := described(t, m, m.Variables())
			checkTypes(t, variables, "held.rs", map[string]string{
				"held::ORDERS":        of(mutex, "alloc::boxed::Box<held::Order, alloc::alloc::Global>"),
				"held::cache::CACHE":  of(mutex, "alloc::string::String"),
				"held::next::COUNTER": of(mutex, "u64"),
				"held::CONFIG":        "std::sync::once_lock::OnceLock<alloc::string::String>",
				"held::RAW":           "*mut u8",
			})
			if _, ok := variables["held::INDEX"]; !ok {
				t.Error("held::INDEX is not known")
			}
			threads := described(t, m, m.ThreadLocals())
			for name, has := range map[string]string{
				"held::SCRATCH": of(vec, "u8"),
				"held::DEPTH":   "core::cell::Cell<usize>",
				"held::WORDS":   of(vec, "alloc::string::String"),
			} {
				if v := threads[name]; !strings.Contains(v.Type, has) {
					t.Errorf("%s: got %+v, want a type with %s", name, v, has)
				}
			}
		})
	}
}

func TestVariablesLieApartInTheOrderOfTheirAddresses(t *testing.T) {
	list := open(t, build(t, t.TempDir(), "g++", "held.cc", "-g", "-O0", "-static")).Variables()
	if len(list) < 100 {
		t.Fatalf("only %d variables are known", len(list))
	}
	for i, v := range list {
		if v.Size == 0 || v.Name == "" {
			t.Errorf("%+v has no size or no name", v)
		}
		if i > 0 && v.Address < list[i-1].Address+list[i-1].Size {
			t.Errorf("%+v overlaps %+v", v, list[i-1])
		}
	}
}

func TestGuardsAreInternalAndTablesAreLeftOut(t *testing.T) {
	guards := 0
	for _, v := range open(t, build(t, t.TempDir(), "g++", "held.cc", "-g", "-O0")).Variables() {
		if strings.HasPrefix(v.Symbol, "_ZT") {
			t.Errorf("%+v is a table", v)
		}
		if strings.HasPrefix(v.Symbol, "_ZGV") != strings.HasPrefix(v.Name, "guard variable for ") || strings.HasPrefix(v.Symbol, "_ZGV") && !v.Internal {
			t.Errorf("%+v is not known for a guard", v)
		}
		if v.Internal {
			guards++
		}
	}
	if guards < 3 {
		t.Errorf("%d guards are known, want 3", guards)
	}
}

func TestVariablesComeFromDebugInformationWhereSymbolsAreStripped(t *testing.T) {
	prog := build(t, t.TempDir(), "g++", "held.cc", "-g", "-O0")
	run(t, filepath.Dir(prog), "objcopy", "--strip-all", "--keep-section=.debug*", prog)
	m := open(t, prog)
	found := described(t, m, m.Variables())
	if v, ok := found["word in next_word"]; ok { // without the linker's name, the parameters are not known
		found["word in next_word()"] = v
		found["counter in next_word()"] = found["counter in next_word"]
	}
	checkTypes(t, found, "held.cc", heldVariables)
	if len(m.ThreadLocals()) == 0 {
		t.Error("no thread-local variable is known")
	}

	run(t, filepath.Dir(prog), "strip", prog)
	m = open(t, prog)
	if v := m.Variables(); len(v) > 0 {
		t.Errorf("of a stripped file, got %+v", v)
	}
}

func TestThreadLocalsHaveTheirOffsets(t *testing.T) {
	prog := build(t, t.TempDir(), "g++", "held.cc", "-g", "-O0")
	m := open(t, prog)
	want := make(map[string]uint64)
	for _, s := range testkit.Symbols(t, prog) {
		want[s.Name] = s.Value
	}
	tls, ok := m.TLS()
	if !ok {
		t.Fatal("no geometry is known")
	}
	names := 0
	for _, v := range m.ThreadLocals() {
		if v.Address != want[v.Symbol] || v.Address+v.Size > tls.Size {
			t.Errorf("%+v: want offset %d of %d", v, want[v.Symbol], tls.Size)
		}
		if v.Name == "t_scratch" || v.Name == "t_text" {
			names++
		}
	}
	if names != 2 {
		t.Errorf("%d of 2 variables are known", names)
	}
}

func TestVariablesOfCHaveNoNumbers(t *testing.T) {
	for symbol, want := range map[string]string{
		"counter.0": "counter", "counter.lto_priv.0": "counter", "g_index": "g_index", "_ZL7g_index": "g_index",
		"_ZN54_$LT$app..CACHE$u20$as$u20$core..ops..deref..Deref$GT$5deref11__stability4LAZY17h0123456789abcdefE": "app::CACHE",
		"_ZN3app3FOO7__getit5__KEY17h0123456789abcdefE":                                                           "app::FOO",
		"_RNvNCNKNvCs2d7P5R7hBbt_4held5WORDS0023___RUST_STD_INTERNAL_VAL":                                         "held::WORDS",
		"_ZGR5names_":     "names",
		"_Z5namesB5cxx11": "names",
		".0":              ".0",
	} {
		m := &Module{names: make(map[string]string)}
		if got, in, internal := m.nameOfVariable(symbol); got != want || in != "" || internal {
			t.Errorf("%s: got %q in %q, %t, want %q", symbol, got, in, internal, want)
		}
	}
}
