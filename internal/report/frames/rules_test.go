package frames

import (
	"regexp"
	"testing"
)

func TestWhatAUserCallsPlumbingIsPlumbing(t *testing.T) {
	stack := []string{growth, "0x1: app::pool::get (/home/me/app/src/pool.rs:1)", "0x2: store::put (" + registry + "store-1.0.0/src/lib.rs:1)", "0x3: app::main (/home/me/app/src/main.rs:5)", begins, symMain}
	for expr, want := range map[string]int{`^app::pool::`: 2, `src/pool\.rs$`: 2, `^app::pool::|^store$`: 3, `nothing`: 1, `.`: 3} {
		p := program(stack)
		table := NewByRules(p, Rules{Plumbing: []*regexp.Regexp{regexp.MustCompile(expr)}})
		if at := table.Site(p.Points[0].Stack.Frames(), false); at != want && expr != "." || expr == "." && table.Frame(4).Own {
			t.Errorf("with %s as plumbing the site is frame %d, want %d", expr, at, want)
		}
	}
}

func TestACrateThatIsWorkedOnIsNoPlumbing(t *testing.T) {
	for name, stack := range map[string][]string{
		"by its file": {growth, "0x1: slab::Slab<T>::insert (/home/me/slab/src/lib.rs:1)", "0x2: slab::main (/home/me/slab/src/main.rs:1)", begins, symMain},
		"by its main": {growth, "0x1: slab::Slab<T>::insert (in /bin/app)", "0x2: slab::main (in /bin/app)", begins, symMain},
	} {
		p := program(stack)
		if table := New(p); table.Site(p.Points[0].Stack.Frames(), false) != 1 || !table.Frame(2).Own {
			t.Errorf("%s: the crate slab of a program called slab is plumbing", name)
		}
	}
}

func TestNamesWithoutAScopeAreOfTheirFilesModule(t *testing.T) {
	for file, want := range map[string]string{
		registry + "serde_json-1.0.154/src/value/de.rs":     "serde_json::value::de::visit<app::Map>",
		registry + "jaq-json-2.0.3/src/read/mod.rs":         "jaq_json::read::visit<app::Map>",
		"/rustc/1/library/core/src/iter/traits/iterator.rs": "core::iter::traits::iterator::visit<app::Map>",
		"/rustc/1/library/alloc/src/lib.rs":                 "alloc::visit<app::Map>",
		registry + "ripgrep-15.2.0/crates/core/main.rs":     "ripgrep::visit<app::Map>",
		registry + "zstd-sys-2.0.16/zstd/lib/common/pool.c": "visit<app::Map>",
		"/home/me/app/src/read.rs":                          "visit<app::Map>",
	} {
		p := program([]string{"0x1: visit<app::Map> (" + file + ":3)"})
		if got := New(p).Frame(1).Function; got != want {
			t.Errorf("a function in %s is %q, want %q", file, got, want)
		}
	}
}
