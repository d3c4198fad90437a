package symbol

import (
	"fmt"
	"strings"
	"testing"
)

func TestInstanceTellsMoreThanTheFunction(t *testing.T) {
	for _, test := range []struct{ source, readable, want string }{
		{"app::main", "app::main", ""},
		{"std::hash::random::{impl#5}::default", "<std::hash::random::RandomState as core::default::Default>::default", ""},
		{"app::server::login::{async_fn#0}", "app::server::login::{{closure}}", "app::server::login::{async_fn#0}"},
		{"app::{impl#2}::add::{closure#1}", "<app::Pool as app::Add>::add::{{closure}}", "app::{impl#2}::add::{closure#1}"},
		{"alloc::vec::{impl#1}::push<app::Event, alloc::alloc::Global>", "alloc::vec::Vec<T,A>::push", "alloc::vec::{impl#1}::push<app::Event, alloc::alloc::Global>"},
		{"", "malloc", ""},
	} {
		if got := instanceOf(test.source, test.readable); got != test.want {
			t.Errorf("%s, %s: got %q, want %q", test.source, test.readable, got, test.want)
		}
	}
}

func TestElidedNameIsShortAndStillANameOfItsOwn(t *testing.T) {
	nest := func(depth int, inner string) string {
		return strings.Repeat("tower::Layer<fn(u8) -> ", depth) + inner + strings.Repeat(">", depth)
	}
	a, b := "poll<"+nest(60, "a::A")+", [u8]>", "poll<"+nest(60, "b::B")+", [u8]>"
	for _, limit := range []int{40, 100, 500, 1000} {
		short := elided(a, limit)
		if len(short) > limit || len(short) < limit/3 {
			t.Errorf("limit %d: got %d bytes, %s", limit, len(short), short)
		}
		if strings.Count(short, "<") != strings.Count(short, ">")-strings.Count(short, "->") {
			t.Errorf("limit %d: brackets are open in %s", limit, short)
		}
		if !strings.HasPrefix(short, "poll<") || !strings.Contains(short, "…#") {
			t.Errorf("limit %d: got %s", limit, short)
		}
		if other := elided(b, limit); short == other {
			t.Errorf("limit %d: %s stands for two names", limit, short)
		}
	}
	if got := elided(a, len(a)); got != a {
		t.Errorf("got %s, which was short enough", got)
	}
	if got := elided(strings.Repeat("a::", 100), 200); got != "" {
		t.Errorf("got %s, want nothing of what has no brackets", got)
	}
	if got, want := elided("f<aaaaaaaaaaaaaaaa, b<c", 18), fmt.Sprintf("f<%s", elision("aaaaaaaaaaaaaaaa, b<c")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFramesHaveTheNamesOfTheirSource(t *testing.T) {
	for _, test := range []struct {
		flags []string
		sizes bool // of types are known
	}{
		{[]string{"-C", "debuginfo=1"}, false},
		{[]string{"-C", "debuginfo=2"}, true},
		{[]string{"-C", "debuginfo=2", "-C", "symbol-mangling-version=v0"}, true},
	} {
		t.Run(strings.Join(test.flags, " "), func(t *testing.T) {
			t.Parallel()
			prog := build(t, t.TempDir(), "rustc", "tasks.rs", append(test.flags, "-O", "--edition", "2021")...)
			m := open(t, prog)
			sizes := make(map[string]uint64)
			for _, addr := range sample(t, prog, 10000) {
				for _, f := range m.Frames(addr) {
					if f.Instance != "" {
						sizes[f.Instance] = f.TypeSize
					}
				}
			}
			for instance, size := range map[string]uint64{
				"tasks::server::login::{async_fn#0}":                       0,
				"tasks::server::block::{async_block#0}":                    0,
				"tasks::server::block::{async_block#0}::{closure#0}":       0,
				"tasks::server::{impl#1}::shortest::{closure#0}":           0,
				"tasks::server::keep<[u64; 2]>":                            16,
				"tasks::server::keep<u64>":                                 8,
				"tasks::server::Pool::add<alloc::string::String>":          24,
				"alloc::vec::Vec::push<tasks::Leaf, alloc::alloc::Global>": 48,
			} {
				if !test.sizes {
					size = 0
				}
				if got, ok := sizes[instance]; !ok || got != size {
					t.Errorf("%s: got size %d, %t, want %d", instance, got, ok, size)
				}
			}
		})
	}
}
