package frames

import (
	"fmt"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

const registry = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"

// program makes a profile of a program in /bin/app, of one point for each stack, innermost frame first.
func program(stacks ...[]string) *profile.Profile {
	texts := []string{"[root]"}
	p := &profile.Profile{Recording: &profile.Recording{Program: "/bin/app"}}
	for _, stack := range stacks {
		point := profile.Point{TotalBytes: 1, TotalBlocks: 1}
		for _, text := range stack {
			point.Stack = profile.StackOf(append(point.Stack.Frames(), uint32(len(texts)))...)
			texts = append(texts, text)
		}
		p.Points = append(p.Points, point)
	}
	p.Frames = testkit.Frames(texts...)
	p.Modules = []*profile.Module{{Path: "/bin/app"}}
	for i := range p.Frames {
		switch m := p.Frames[i].Module; {
		case m == nil || m.Path == "/bin/app":
			p.Frames[i].Module = p.Modules[0]
		case !slices.Contains(p.Modules, m):
			p.Modules = append(p.Modules, m)
		}
	}
	return p
}

const (
	growth  = "0x1: alloc::raw_vec::finish_grow (/rustc/1/library/alloc/src/raw_vec/mod.rs:1)"
	begins  = "0x91: std::sys::backtrace::__rust_begin_short_backtrace (/rustc/1/library/std/src/sys/backtrace.rs:166)"
	started = "0x92: std::rt::lang_start_internal (/rustc/1/library/std/src/rt.rs:171)"
	symMain = "0x93: main (in /bin/app)"
)

// rusts is a Rust program that parses: one frame of serde's is generic over the program's own type.
var rusts = []string{
	growth, "0x2: <serde_core::de::impls::StringVisitor as serde_core::de::Visitor>::visit_str (" + registry + "serde_core-1.0.229/src/de/impls.rs:5)",
	"0x3: serde_json::de::from_str (" + registry + "serde_json-1.0.154/src/de.rs:7)",
	"0x4: core::ops::function::FnOnce::call_once (/rustc/1/library/core/src/ops/function.rs:250)",
	"0x5: {closure#0} (/home/me/app/src/read/json.rs:3)", "0x6: app::read::json::parse (/home/me/app/src/read/json.rs:9)",
	"0x7: app_model::load (/home/me/app/model/src/lib.rs:4)", "0x8: webpki::verify (" + registry + "rustls-webpki-0.102.1/src/verify.rs:1)",
	"0x9: app::main (/home/me/app/src/main.rs:5)", begins, started, symMain,
}

func TestCratesAreNamedByTheirPackages(t *testing.T) {
	unplaced := []string{
		"0x21: <serde_json::de::MapAccess<R> as serde_core::de::MapAccess>::next_key_seed (in /bin/app)", "0x22: webpki::verify_all (in /bin/app)",
		"0x23: <app::Tree as core::clone::Clone>::clone (in /bin/app)", "0x24: <alloc::vec::Vec<u8> as app_model::Wide>::wide (in /bin/app)", "0x25: zlib_inflate (in /bin/app)",
	}
	p := program(rusts, unplaced)
	table := New(p)
	for i, want := range []string{
		"alloc", "serde_core 1.0.229", "serde_json 1.0.154", "core", "app", "app", "app_model", "rustls-webpki 0.102.1", "app", "std", "std", "",
		"serde_json 1.0.154", "rustls-webpki 0.102.1", "app", "app_model", "",
	} {
		if f := table.Frame(uint32(i + 1)); f.Crate.String() != want {
			t.Errorf("%s in %s is of %q, want %q", f.Function, f.File, f.Crate, want)
		}
	}
}

func TestOwnCodeOfARustProgram(t *testing.T) {
	binary := []string{growth, "0x1: globset::Glob::new (in /bin/app)", "0x2: rg::search (in /bin/app)", "0x3: rg::main (in /bin/app)", begins, symMain}
	installed := []string{
		growth, "0x1: globset::Glob::new (" + registry + "globset-0.4.19/src/glob.rs:1)", "0x2: rg::search (" + registry + "ripgrep-15.2.0/crates/core/search.rs:1)",
		"0x3: rg::main (" + registry + "ripgrep-15.2.0/crates/core/main.rs:1)", begins, symMain,
	}
	inThread := []string{growth, "0x1: app::work (in /bin/app)", "0x2: pool::run (in /bin/app)", begins, "0x4: clone3 (in /lib/libc.so.6)"}
	for name, c := range map[string]struct {
		stacks [][]string
		own    []string
		at     int
	}{
		"the nearest frame of the workspace":        {stacks: [][]string{rusts}, at: 4},
		"a crate that is named":                     {stacks: [][]string{rusts}, own: []string{"app-model"}, at: 6},
		"a package that is named":                   {stacks: [][]string{rusts}, own: []string{"serde-json"}, at: 2},
		"a directory that is named":                 {stacks: [][]string{rusts}, own: []string{"app/model/"}, at: 6},
		"a crate that is called as the executable":  {stacks: [][]string{installed}, own: []string{"app"}, at: -1},
		"symbols only":                              {stacks: [][]string{binary}, at: 2},
		"a package that was fetched":                {stacks: [][]string{installed}, at: 2},
		"a thread, by the executable's name":        {stacks: [][]string{inThread}, at: 1},
		"a thread of a program whose main is known": {stacks: [][]string{inThread, {growth, "0x1: tool::main (in /bin/app)", begins, symMain}}, at: -1},
	} {
		p := program(c.stacks...)
		if at := nearestOwn(NewByRules(p, Rules{Own: c.own}), p.Points[0].Stack.Frames()); at != c.at {
			t.Errorf("%s: frame %d, want %d", name, at, c.at)
		}
	}
}

func TestOwnCodeAndDirectoriesOfACProgram(t *testing.T) {
	p := program([]string{
		"0x1: operator new(unsigned long) (in /usr/lib/libstdc++.so.6)", "0x2: std::vector<int>::push_back(int) (/usr/include/c++/12/bits/stl_vector.h:3)",
		"0x3: inflate (/home/me/app/third_party/zlib/inflate.c:3)", "0x4: app::read(int) (/home/me/app/src/io/read.cc:3)", "0x5: app::Run::go() (/home/me/app/src/run.cc:3)",
		"0x6: app::plain() (in /bin/app)", "0x7: curl_perform (in /usr/lib/libcurl.so.4)", "0x8: main (/home/me/app/src/main.cc:9)", "0x9: __libc_start_main (csu/libc-start.c:360)",
	})
	table := New(p)
	got := ""
	for i := uint32(1); i < uint32(table.Len()); i++ {
		f := table.Frame(i)
		got += fmt.Sprintln(f.Own, f.Dir)
	}
	const want = `false 
false /usr/include/c++/12/bits
false third_party/zlib
true src/io
true src
true app::
false 
true src
false csu
`
	if got != want {
		t.Errorf("own code and directories are\n%swant\n%s", got, want)
	}
	if at := nearestOwn(table, p.Points[0].Stack.Frames()); at != 3 {
		t.Errorf("the nearest own frame is %d", at)
	}
}

// nearestOwn returns the innermost frame of a stack that is the program's own and no plumbing,
// as an index into it; -1 if there is none.
func nearestOwn(table *Table, stack []uint32) int {
	from := max(table.Site(stack, false), 0)
	at := slices.IndexFunc(stack[from:], func(i uint32) bool { return table.Frame(i).Own })
	if at < 0 {
		return -1
	}
	return from + at
}

func TestFilesThatAreCalledAlikeInEveryCrateSayWhose(t *testing.T) {
	for file, want := range map[string]string{
		registry + "axum-0.8.9/src/routing/mod.rs": "axum routing/mod.rs:3",
		registry + "jaq-json-2.0.3/src/lib.rs":     "jaq-json lib.rs:3",
		registry + "jaq-json-2.0.3/src/read.rs":    "read.rs:3",
		"/rustc/1/library/alloc/src/vec/mod.rs":    "alloc vec/mod.rs:3",
		"/home/me/app/src/store/mod.rs":            "store/mod.rs:3",
		"/home/me/app/src/main.rs":                 "main.rs:3",
	} {
		p := program([]string{"0x1: a::b::f::{{closure}} (" + file + ":3)"})
		if got := New(p).Frame(1).Place(); got != want {
			t.Errorf("a function in %s is at %q, want %q", file, got, want)
		}
	}
	installed := program([]string{growth, "0x2: rg::run (" + registry + "ripgrep-15.2.0/crates/core/main.rs:9)", "0x3: rg::main (" + registry + "ripgrep-15.2.0/crates/core/main.rs:3)", begins, symMain})
	if got := New(installed).Frame(2).Place(); got != "main.rs:9" {
		t.Errorf("the program's own main.rs is at %q", got)
	}
}

func TestARustProgramWithoutDebugInformationIsKnown(t *testing.T) {
	std := "0x1: std::sys::backtrace::_print (/rustc/1/library/std/src/sys/backtrace.rs:1)"
	for name, c := range map[string]struct {
		stack []string
		want  bool
	}{
		"symbols":     {[]string{growth, "0x2: serde_json::from_str (in /bin/app)", "0x3: app::main (in /bin/app)", std, begins, symMain}, true},
		"lines":       {[]string{growth, "0x2: serde_json::from_str (in /bin/app)", "0x3: app::main (/home/me/app/src/main.rs:3)", begins, symMain}, false},
		"a C program": {[]string{"0x2: f (in /bin/app)", "0x3: app::g() (in /bin/app)", symMain}, false},
		"a library":   {[]string{growth, "0x2: ring::f (in /lib/ring.so)", "0x3: app::main (/home/me/app/src/main.rs:3)", begins, symMain}, false},
		"nothing":     {[]string{growth, begins, symMain}, false},
	} {
		if got := New(program(c.stack)).IsRustWithoutLines(); got != c.want {
			t.Errorf("%s: without debug information is %v, want %v", name, got, c.want)
		}
	}
}
