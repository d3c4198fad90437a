package frames

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestPlumbingIsToldFromTheProgramsOwnCode(t *testing.T) {
	for _, c := range []struct {
		function, file, module string
		want                   bool
	}{
		{"malloc", "", "/usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so", true},
		{"operator new(unsigned long)", "", "", true},
		{"_Znwm", "", "", true},
		{"std::__cxx11::basic_string<char>::_M_create(unsigned long&)", "", "", true},
		{"std::__1::vector<int>::push_back(int const&)", "", "", true},
		{"__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)", "", "", true},
		{"void std::vector<app::Tree>::_M_realloc_insert<app::Tree>(app::Tree&&)", "", "", true},
		{"allocate", "/usr/include/c++/12/bits/new_allocator.h", "", true}, // valgrind's name of an inlined frame
		{"append", "basic_string.h", "", true},
		{"construct<std::vector<int>, int>", "alloc_traits.h", "", true},
		{"_Construct<app::Node, int>", "/usr/include/c++/12/bits/stl_construct.h", "", true},
		{"alloc::raw_vec::finish_grow", "", "", true},
		{"hashbrown::raw::RawTable<T,A>::reserve_rehash", "", "", true},
		{"<alloc::vec::Vec<T> as core::clone::Clone>::clone", "", "", true},
		{"__rust_alloc", "", "", true},
		{"<bytes::bytes::Bytes as core::convert::From<alloc::vec::Vec<u8>>>::from", "", "", true},
		{"indexmap::map::IndexMap<K,V,S>::insert", "/root/.cargo/registry/src/x/indexmap-2.10.0/src/map.rs", "", true},
		{"<serde_core::de::impls::StringVisitor as serde_core::de::Visitor>::visit_str", "", "", true},
		{"next_value_seed<core::marker::PhantomData<app::Event>>", "/root/.cargo/registry/src/x/serde_json-1.0.154/src/de.rs", "", true}, // line tables only
		{"visit_map<app::Map>", "/root/.cargo/registry/src/x/serde_json-1.0.154/src/value/de.rs", "", false},
		{"tokio::sync::watch::channel", "/root/.cargo/registry/src/x/tokio-1.54.1/src/sync/watch.rs", "", false},
		{"<app::Tree as serde_core::ser::Serialize>::serialize", "", "", false},
		{"collect", "/rustc/abc/library/core/src/iter/traits/iterator.rs", "", true},
		{"jv_mem_alloc", "", "", true},
		{"zmalloc_usable", "", "", true},
		{"ztrymalloc", "", "", true},
		{"luaM_malloc_", "", "", true},
		{"strdup", "", "", true},
		{"xmalloc", "", "", true},
		{"g_malloc0", "", "", true},
		{"_PyObject_GC_New", "", "", true},
		{"Perl_safesysmalloc", "", "", true},
		{"sqlite3DbMallocRawNN", "", "", true},
		{"", "", "/usr/lib/x86_64-linux-gnu/libc.so.6", true},
		{"qsort", "", "/usr/lib/x86_64-linux-gnu/libc.so.6", true},

		{"<alloc::raw_vec::RawVecInner>::grow_amortized", "", "/bin/prog", true},
		{"<[app::Item]>::concat::<u8>", "", "/bin/prog", true},
		{"<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem", "", "", true},
		{"<app::Iter as core::iter::Iterator>::collect", "/rustc/abc/library/core/src/iter/traits/iterator.rs", "", true},
		{"alloc::vec::Vec<T,A>::push", "/root/.rustup/toolchains/x/lib/rustlib/src/rust/library/alloc/src/vec/mod.rs", "", true},
		{"addr2line::lookup", "/rust/deps/addr2line-0.25.1/src/lib.rs", "", true},
		{"do_alloc<alloc::alloc::Global>", "/root/.cargo/registry/src/x/hashbrown-0.15.5/src/raw/alloc.rs", "", true}, // valgrind's
		{"panic_unwind::imp::panic", "/rustc/abc/library/panic_unwind/src/gcc.rs", "", true},
		{"rustc_demangle::demangle", "/rust/deps/rustc-demangle-0.1.26/src/lib.rs", "", true},
		{"hashbrown::map::HashMap<K,V>::insert", "/src/app/vendor/hashbrown/src/map.rs", "", true},
		{"allocate", "allocator.h", "", true},
		{"std::_Hashtable<int>::_M_insert(int)", "/usr/include/c++/12/bits/hashtable.h", "", true},
		{"getline", "iogetline.c", "", true}, // valgrind's, of a libc with debug information
		{"gc_alloc", "", "/usr/bin/python3.11", true},
		{"a1.v.insert__4", "/usr/lib/gcc/x86_64-linux-gnu/12/adainclude/a-convec.adb", "/bin/a1", true},
		{"__gnat_malloc", "", "/lib/x86_64-linux-gnu/libgnat-12.so", true},
		{"system.alloc0Impl", "", "/bin/shop", true}, // Nim's
		{"enumutils.add", "/usr/lib/nim/lib/system/seqs_v2.nim", "/bin/shop", true},
		{"nimNewObj", "/home/me/.choosenim/toolchains/nim-2.2.4/lib/system/arc.nim", "/bin/shop", true},
		{"Stdlib.Array.init", "", "/bin/shop", true}, // OCaml's
		{"caml_alloc_shr", "", "/bin/shop", true},
		{"caml_uniform_array_make", "", "/bin/shop", true},                       // OCaml 5's
		{"prof_backtrace_impl", "/src/jemalloc/src/prof_sys.c", "/bin/rj", true}, // what jemalloc's own profiles begin with, where it is linked into the program
		{"$ss26DefaultStringInterpolationV", "", "/usr/lib/swift/linux/libswiftCore.so", true},
		{"swift_slowAlloc", "", "/usr/lib/swift/linux/libswiftCore.so", true},
		{"imalloc_body", "/src/jemalloc/src/jemalloc.c", "/bin/rj", true},
		{"llvm::User::operator new(unsigned long, unsigned int)", "", "/usr/lib/libLLVM-14.so.1", true},
		{"ggc_internal_alloc(unsigned long)", "", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", true},

		{"core::pose::make_pose(unsigned long)", "/src/pose.cc", "/bin/prog", false},
		{"core::pose::make_pose(unsigned long)", "", "/bin/prog", false},
		{"alloc::plan(unsigned long)", "/src/plan.cc", "", false},
		{"alloc::plan", "/src/plan.f90", "", false},
		{"smallvec::grow(int)", "", "", false},
		{"std_detect::run()", "/src/std_detect.cc", "", false},
		{"std::hash<app::Key>::operator()(app::Key const&) const", "/src/key.h", "", false},
		{"Board::generate(int)", "/src/move.h", "", false},
		{"generate", "/src/move.h", "", false},
		{"generate", "move.h", "", false},
		{"read_map", "/src/map", "", false},
		{"read_map", "map", "", false},
		{"reset", "/src/allocator.h", "", false},
		{"allocate", "/home/me/include/c++/allocator.h", "", false}, // no version: not the compiler's
		{"app::parse(int)", "/usr/include/c++/12/bits/stl_vector.h", "", false},
		{"<alloc::vec::Vec<u32> as app::Widen>::widen", "", "", false},
		{"<alloc::vec::Vec<u32> as app::Widen>::widen", "/src/main.rs", "", false},
		{"<&app::Tree as core::iter::traits::collect::IntoIterator>::into_iter", "/src/main.rs", "", false},
		{"<alloc::boxed::Box<app::Tree> as core::iter::Iterator>::next", "/src/main.rs", "", false},
		{"<app::Tree as core::convert::From<alloc::string::String>>::from", "", "", false},
		{"app::run", "/rustc/abc/library/core/src/macros/mod.rs", "", false}, // a macro's line
		{"core::run", "/src/core/lib.rs", "", false},
		{"mi_execute_command(char const*)", "", "/usr/bin/gdb", false},
		{"mi_getopt", "", "/usr/bin/gdb", false},
		{"tc_gen_reloc", "", "/usr/bin/as", false},
		{"palloc_table", "", "/bin/prog", false},
		{"system.Window.open", "/src/system.d", "/bin/prog", false},
		{"shop.add", "/src/shop.nim", "/bin/prog", false},
		{"Shop.make", "/src/shop.ml", "/bin/prog", false},
		{"new_arena", "/src/arena.c", "/bin/prog", false},
		{"alloc_page", "", "/bin/prog", false},
		{"getline(char*, int)", "/src/main.cc", "/bin/prog", false},
		{"main", "main.c", "/bin/prog", false},
		{"clone", "/home/me/app/src/tree.rs", "/bin/prog", false}, // line tables only
		{"malloc_stats_of_mine", "", "", false},
		{"app::malloc", "", "", false},
		{"standard::run()", "", "", false},
		{"<app::Tree as core::clone::Clone>::clone", "src/tree.rs", "", false},
		{"coreutils::copy", "", "", false},
		{"Perl_newSVpvn", "", "", false},
		{"PyDict_New", "", "", false},
		{"parse", "string.c", "", false},
		{"vector_push", "vector.c", "", false},
		{"", "", "/usr/lib/libcurl.so.4", false},
		{"", "", "/bin/prog", false},
	} {
		frame := profile.Frame{Function: c.function, File: c.file}
		if c.module != "" {
			frame.Module = &profile.Module{Path: c.module}
		}
		if got := newClassifier(&profile.Profile{}).frame(&frame).Plumbing; got != c.want {
			t.Errorf("%q in %q of %q: plumbing is %v, want %v", c.function, c.file, c.module, got, c.want)
		}
	}
}

func TestFunctionsOfLibcsNamesOutsideOfItAreTheProgramsOwn(t *testing.T) {
	const libc, prog = "/usr/lib/x86_64-linux-gnu/libc.so.6", "/bin/prog"
	dynamic := newClassifier(&profile.Profile{Recording: &profile.Recording{}, Modules: []*profile.Module{{Path: prog}, {Path: libc}}})
	static := newClassifier(&profile.Profile{Recording: &profile.Recording{}, Modules: []*profile.Module{{Path: prog}}})
	for _, c := range []struct {
		classifier
		module string
		want   bool
	}{{dynamic, libc, true}, {dynamic, prog, false}, {static, prog, true}} {
		for _, function := range []string{"getline", "opendir_tail", "_IO_default_xsputn"} {
			if got := c.classify(function, "", c.module).isPlumbing(); got != c.want {
				t.Errorf("%s in %s, where the program has a libc beside it: %v: plumbing is %v", function, c.module, c.libc, got)
			}
		}
	}
}

func TestACompilersCloneIsItsFunction(t *testing.T) {
	for text, want := range map[string]string{
		"0x1: build(int) [clone .cold] (a.cc:3)":                  "build(int)",
		"0x1: grow.constprop.0.isra.0 (a.c:3)":                    "grow",
		"0x1: app::Tree::grow(int) [clone .part.0] (in /bin/app)": "app::Tree::grow(int)",
		"0x1: std::_Any::cold() (a.cc:3)":                         "std::_Any::cold()",
	} {
		table := New(&profile.Profile{Frames: testkit.Frames(text)})
		if got := table.Frame(0).Function; got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
	table := New(&profile.Profile{Frames: testkit.Frames("0x1: malloc.part.0 (in /bin/app)")})
	if !table.Frame(0).Plumbing {
		t.Error("a part of malloc is not plumbing")
	}
}

// FuzzClassify feeds names that no demangler writes: a profile may hold any.
func FuzzClassify(f *testing.F) {
	for _, name := range []string{
		"std::vector<int>::push_back(int)", "<T as a::B<C>>::f", "operator()", "operator", "operator new[]", "a<b", "a>b", "((", "<", "x operator<",
		"(anonymous namespace)", "f(int)::g", "{lambda#1}", "a::operator->", "\xff(", "é<ü>",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		newClassifier(&profile.Profile{}).classify(name, name, name)
	})
}

func TestRustsGlobalAllocatorIsPlumbingWhateverItIsCalled(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]",
		"0x1: counting::within (c.rs:1)", "0x1: <counting::Counting as core::alloc::global::GlobalAlloc>::alloc (c.rs:2)",
		"0x1: __rustc::__rust_alloc (a.rs:1)", "0x1: alloc::alloc::alloc (alloc.rs:95)", "0x2: program::work (w.rs:7)")}
	table := New(p)
	for _, stack := range [][]uint32{{1, 2, 3, 4, 5}, {1, 2, 4, 5}, {4, 5}, {1, 2, 3}} {
		if at := table.Site(stack, false); at != len(stack)-1 {
			t.Errorf("the site of %v is frame %d, want the last", stack, at)
		}
	}
}

func TestBracketsInANameAreFollowedToALimit(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a", n) + " as b" + strings.Repeat(">::c", n) }
	p := reporttest.Sample()
	p.Frames[1] = testkit.Frames("0x1: " + nested(names.MaxNesting-1))[0]
	p.Frames[2] = testkit.Frames("0x2: " + nested(40_000))[0]
	table := New(p)
	if got := table.Frame(1).Function; got != nested(names.MaxNesting-1) {
		t.Errorf("%d brackets in each other were cut: %s", names.MaxNesting-1, got)
	}
	depth, deepest := 0, 0
	for _, c := range table.Frame(2).Function {
		switch c {
		case '<':
			depth++
		case '>':
			depth--
		}
		deepest = max(deepest, depth)
	}
	if deepest != names.MaxNesting || depth != 0 || strings.Count(table.Frame(2).Function, "…") != 1 {
		t.Errorf("of 40,000 brackets in each other %d are left, with %d open", deepest, depth)
	}
}
