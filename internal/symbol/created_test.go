package symbol

import (
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"heapprof/internal/symbol/follow"
	"heapprof/internal/testkit"
)

// createdBy is what the functions of created.cc make, and the sizes of that.
var createdBy = map[string]struct {
	name string
	size uint64
}{
	"make_plain":             {}, // nothing is called for it, and the variable is a void*
	"make_node":              {"app::Node", 40},
	"make_node_of_condition": {"app::Node", 40},
	"make_inlined":           {"app::Inlined", 40},
	"make_wrapper":           {"app::Wrapper", 48},
	"make_base":              {"app::Base", 16},
	"make_derived":           {"app::Derived", 48},
	"make_copy":              {"app::Book", 360},
	"make_alike":             {"app::Alike", 16},
	"make_plain_base":        {"app::PlainBase", 4},
	"make_plain_derived":     {"app::PlainDerived", 16},
	"make_owners":            {"app::Owner[]", 32},
	"make_box":               {"app::Box<long>", 16},
	"make_nothrow":           {"app::Node", 40},
	"make_string":            {"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >", 32},
	"make_returned":          {"app::Plain", 16},
	"make_variable":          {"app::Plain", 16},
	"make_chars":             {"char[]", 1},
	"make_member":            {"app::Plain", 16},
	"make_bytes":             {"unsigned char[]", 1},
	"make_table":             {"app::Plain*[]", 8},
	"make_entry":             {}, // the variable is of its base
	"make_ints":              {},
	"make_raw":               {},
}

// members are the functions that assign what they make to members, through a pointer that code that is not
// optimised keeps on the stack.
const members = "make_member make_bytes make_table"

// TestWhatNewIsForIsTold builds one program in many ways. With debug information each type is
// told, with its size. Without, some are not, but none is told wrongly.
func TestWhatNewIsForIsTold(t *testing.T) {
	for _, test := range []struct {
		name, compiler string
		flags          []string
		least          int    // how many types are told; 0: all
		unknown        string // those functions whose types need not be told all the same
	}{
		{"GCC", "g++", []string{"-g", "-O2"}, 0, ""},
		{"GCC, not optimised", "g++", []string{"-g", "-O0"}, 0, members},
		{"GCC, at fixed addresses, without stubs", "g++", []string{"-g", "-O2", "-fno-pie", "-no-pie", "-fno-plt"}, 0, ""},
		{"GCC, symbols only", "g++", []string{"-O2"}, 7, ""},
		{"GCC, symbols only, not optimised", "g++", []string{"-O0"}, 9, ""},
		{"GCC, line tables only", "g++", []string{"-g1", "-O2"}, 9, ""},
		{"clang", "clang++", []string{"-g", "-O2"}, 0, ""},
		{"clang, not optimised", "clang++", []string{"-g", "-O0"}, 0, members},
		{"clang, symbols only", "clang++", []string{"-O2"}, 4, ""},
		{"clang, line tables only", "clang++", []string{"-gline-tables-only", "-O2"}, 4, ""},
		{"arm64", "aarch64-linux-gnu-g++", []string{"-g", "-O2"}, 0, ""},
		{"arm64, not optimised", "aarch64-linux-gnu-g++", []string{"-g", "-O0"}, 0, members + " make_variable make_chars"},
		{"arm64, symbols only", "aarch64-linux-gnu-g++", []string{"-O2"}, 6, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			prog := build(t, t.TempDir(), test.compiler, "created.cc", test.flags...)
			m := open(t, prog)
			found := createdIn(t, m, prog)
			told := 0
			for function, want := range createdBy {
				got := found[function]
				switch {
				case got.Created == want.name && got.TypeSize == want.size, got.Created == want.name && got.TypeSize == 0 && test.least > 0:
					if want.name != "" {
						told++
					}
				case got.Created == "" && (test.least > 0 || strings.Contains(test.unknown, function)):
				case test.compiler == "clang++" && strings.Contains(want.name, "basic_string") && got.Created == want.name:
					told++ // clang leaves out its size
				default:
					t.Errorf("%s makes %q of %d bytes, want %q of %d", function, got.Created, got.TypeSize, want.name, want.size)
				}
			}
			if told < test.least {
				t.Errorf("%d types are told, want at least %d: %v", told, test.least, found)
			}
		})
	}
}

// TestAnObjectIsNotOfItsBaseWhereItsOwnVtableHasNoName has the base's constructor called for an object
// that is as large as the base, and then a vtable stored that no symbol is of, as in a stripped
// program that exports its base classes.
func TestAnObjectIsNotOfItsBaseWhereItsOwnVtableHasNoName(t *testing.T) {
	prog := build(t, t.TempDir(), "g++", "created.cc", "-O2")
	run(t, "", "objcopy", "--strip-symbol=_ZTVN3app5AlikeE", prog)
	if got := createdIn(t, open(t, prog), prog)["make_alike"]; got.Created != "" {
		t.Errorf("make_alike makes %q", got.Created)
	}
	if got := createdIn(t, open(t, prog), prog)["make_base"]; got.Created != "app::Base" {
		t.Errorf("make_base makes %q", got.Created)
	}
}

// TestABaseWhoseMembersAreMadeIsNotTheObjectWithoutDebugInformation has a base's vtable stored, and then a
// member made, as in a constructor of which the rest, with the object's own vtable, lies beyond what is
// followed. Debug information would tell the size.
func TestABaseWhoseMembersAreMadeIsNotTheObjectWithoutDebugInformation(t *testing.T) {
	c := creation{module: &Module{}, vtable: "app::Base", constructor: "app::Member", mixed: true}
	if name, _ := c.decide(); name != "" {
		t.Errorf("without debug information the object is of %q", name)
	}
	c.described = true
	if name, _ := c.decide(); name != "app::Base" {
		t.Errorf("with debug information the object is of %q", name)
	}
}

// createdIn returns the innermost frames of the calls of operator new, by the functions that the
// linker sees around them.
func createdIn(t *testing.T, m *Module, prog string) map[string]Frame {
	t.Helper()
	m.load()
	found := make(map[string]Frame)
	for _, s := range testkit.Symbols(t, prog) {
		if !strings.HasPrefix(s.Name, "make_") || elf.ST_TYPE(s.Info) != elf.STT_FUNC {
			continue
		}
		code, from := m.codeAround(s.Value)
		for next := s.Value + 4; next <= s.Value+s.Size; next++ {
			if m.files[0].Machine == elf.EM_AARCH64 && next%4 != 0 {
				continue
			}
			function, ok := follow.Call(m.files[0].Machine, code[:next-from], next)
			if !ok {
				continue
			}
			if isNew, _ := isOperatorNew(m.functionName(function)); isNew {
				found[s.Name] = m.Frames(next - 1)[0]
			}
		}
	}
	return found
}

// FuzzCreated looks whatever bytes through for what is made behind a call.
func FuzzFollow(f *testing.F) {
	f.Add([]byte{0xbf, 0x20, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x48, 0x89, 0xc7, 0xe8, 0, 0, 0, 0}, false)
	f.Add(binary.LittleEndian.AppendUint32(nil, 0xf9000001), true)
	f.Fuzz(func(t *testing.T, code []byte, isARM64 bool) {
		machine := elf.EM_X86_64
		if isARM64 {
			machine = elf.EM_AARCH64
		}
		follow.Call(machine, code, 0x1000)
		follow.Loads(machine, code, 32)
		last := uint64(0)
		follow.Follow(follow.Options{Machine: machine, Code: code, At: 0x1000}, func(e follow.Event) bool {
			if e.At < 0x1000 || e.At >= 0x1000+uint64(len(code)) {
				t.Errorf("an event at %#x, last %#x", e.At, last)
			}
			last = e.At
			return true
		})
	})
}
