package symbol

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/symbol/dwarf"
)

// With lines only, each inlined function of the program has the name that more debug
// information gives it, or the module's and its own; and no closure has another's.
func TestInlinedFunctionsOfLinesOnlyAreWithinWhatIsAroundThem(t *testing.T) {
	for _, mangling := range []string{"legacy", "v0"} {
		t.Run(mangling, func(t *testing.T) {
			t.Parallel()
			flags := []string{"-O", "--edition", "2021"}
			if mangling == "v0" {
				flags = append(flags, "-C", "symbol-mangling-version=v0")
			}
			rich := build(t, t.TempDir(), "rustc", "tasks.rs", append(flags, "-C", "debuginfo=1")...)
			lines := build(t, t.TempDir(), "rustc", "tasks.rs", append(flags, "-C", "debuginfo=line-tables-only")...)
			all, bare := open(t, rich), open(t, lines)
			closures, exact := 0, 0
			for _, addr := range sample(t, rich, 10000) {
				want, got := all.Frames(addr), bare.Frames(addr)
				if len(want) != len(got) { // padding differs, as the programs' strings do
					continue
				}
				for i, g := range got {
					w := want[i]
					if !g.Inlined || g.Line == 0 || g.Line != w.Line || !strings.HasSuffix(g.File, "/tasks.rs") {
						continue
					}
					source, _ := cutArguments(w.Instance)
					function, _ := cutArguments(w.Function)
					own := g.Function[len(aroundOf(g.Function)):]
					switch {
					case g.Function == source, g.Function == function:
						exact++
					case g.Function != "tasks::"+own:
						t.Errorf("%#x: got %s, want %s or %s", addr, g.Function, source, function)
					}
					if strings.HasPrefix(own, "{closure#") {
						closures++
						if g.Function == "tasks::"+own {
							t.Errorf("%#x: %s is of no function, want %s", addr, g.Function, source)
						}
					}
				}
			}
			if closures < 10 || exact < 50 {
				t.Errorf("only %d closures and %d exact names", closures, exact)
			}
		})
	}
}

func TestCratesAreKnownByTheirRoots(t *testing.T) {
	lib, program := dwarf.Crate{Name: "md5", Root: "/home/u/md-5-0.10.6/src/lib.rs"}, dwarf.Crate{Name: "sums", Root: "/home/u/md-5-0.10.6/src/main.rs"}
	m := &Module{crates: []dwarf.Crate{{Name: "app", Root: "/home/u/main.rs"}, lib, program, {Name: "rg", Root: "/w/crates/core/main.rs"}}, dwarf: dwarf.New(dwarf.Options{Section: func(string) []byte { return nil }})}
	for _, test := range []struct{ file, want string }{
		{lib.Root, "md5::"}, {program.Root, "sums::"},
		{"/home/u/md-5-0.10.6/src/block/mod.rs", "md5::block::"}, // not a program's, into which nothing was compiled here
		{"/home/u/util.rs", "app::util::"},
		{"/home/u/vendor/other/src/util.rs", ""}, // of a crate without code of its own
		{"/home/u/vendor/other-1.2.3/src/util.rs", "other::util::"},
		{"/w/crates/core/flags/defs.rs", "rg::flags::defs::"},
		{"/w/crates/other.rs", ""}, {"", ""},
	} {
		if got := m.moduleOf(test.file, 0); got != test.want {
			t.Errorf("%s: got %q, want %q", test.file, got, test.want)
		}
	}
}

func TestModuleOfAPackagesFile(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"/rustc/59807616/library/alloc/src/vec/mod.rs", "alloc::vec::"},
		{"/rustc/59807616/library/core/src/lib.rs", "core::"},
		{"/rustc/59807616/library/stdarch/crates/core_arch/src/x86/sse2.rs", "core::core_arch::x86::sse2::"},
		{"/home/u/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/io/mod.rs", "std::io::"},
		{"/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde_json-1.0.154/src/de.rs", "serde_json::de::"},
		{"/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/futures-util-0.3.1-beta.2/src/a/b.rs", "futures_util::a::b::"},
		{"/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/md-5-0.10.6/src/lib.rs", "md_5::"},
		{"/rustc/59807616/library/core/src/slice/iter/macros.rs", "core::slice::iter::"},
		{"/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.54.1/src/macros/select.rs", "tokio::"},
		{"/rust/deps/hashbrown-0.16.1/src/raw.rs", "hashbrown::raw::"},
		{"/home/u/app/src/main.rs", ""},
		{"/home/u/vec-new/src/main.rs", ""},
		{"main.rs", ""}, {"", ""},
	} {
		if got := rustPackage(test.file); got != test.want {
			t.Errorf("%s: got %q, want %q", test.file, got, test.want)
		}
	}
}

func TestTypesOfClosuresAreFoundInNames(t *testing.T) {
	const fold = "fold<&app::Leaf, app::block::{async_block#0}::{closure_env#0}, core::Iterator::call::{closure_env#0}<app::Leaf, app::{impl#1}::add::{closure_env#0}<u8>>, app::block::{async_block#0}::{closure_env#0}>"
	for _, test := range []struct {
		own, arguments string
		want           []string
	}{
		{"{closure#0}", "", []string{"app::block::{async_block#0}::"}},
		{"{closure#0}", "<u8>", []string{"app::{impl#1}::add::"}},
		{"{closure#0}", "<app::Leaf, app::{impl#1}::add::{closure_env#0}<u8>>", []string{"core::Iterator::call::"}},
		{"{closure#1}", "", nil},
		{"{async_block#0}", "", nil},
	} {
		if got := typesOf(fold, test.own, test.arguments); !slices.Equal(got, test.want) {
			t.Errorf("%s%s: got %q, want %q", test.own, test.arguments, got, test.want)
		}
	}
}

func TestAroundOfAFunction(t *testing.T) {
	for function, want := range map[string]string{
		"app::Pool<T>::add":                       "app::Pool<T>::",
		"app::run::<app::block::{closure#0}>":     "app::",
		"<app::Pool<T> as core::ops::Drop>::drop": "<app::Pool<T> as core::ops::Drop>::",
		"core::ptr::drop_in_place<a::B>":          "core::ptr::",
		"main":                                    "",
	} {
		if got := aroundOf(function); got != want {
			t.Errorf("%s: got %q, want %q", function, got, want)
		}
	}
}
