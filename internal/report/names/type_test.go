package names

import (
	"slices"
	"testing"
)

func TestTypesAreNamedAsAPersonWould(t *testing.T) {
	for name, want := range map[string]string{
		"u8": "u8",
		"alloc::vec::Vec<app::Event, alloc::alloc::Global>": "Vec<Event>",
		"alloc::vec::Vec<app::Event>":                       "Vec<Event>",
		"std::collections::hash::map::HashMap<alloc::string::String, app::Payload, std::hash::random::RandomState>":   "HashMap<String, Payload>",
		"alloc::sync::Arc<std::sync::poison::mutex::Mutex<app::Leaf>, alloc::alloc::Global>":                          "Arc<Mutex<Leaf>>",
		"alloc::boxed::Box<dyn app::Speak, alloc::alloc::Global>":                                                     "Box<dyn Speak>",
		"alloc::boxed::Box<(dyn core::error::Error + core::marker::Send + core::marker::Sync), alloc::alloc::Global>": "Box<dyn Error + Send + Sync>",
		"&mut [u8]":                 "&mut [u8]",
		"&'static mut [u8]":         "&mut [u8]",
		"&mut dyn core::fmt::Write": "&mut dyn Write",
		"alloc::rc::Rc<str>":        "Rc<str>",
		"[u64; 5]":                  "[u64; 5]",
		"[u64; 5usize]":             "[u64; 5]",
		"(u64,)":                    "(u64)",
		"()":                        "()",
		"fn(&str, core::option::Option<u8>) -> alloc::string::String":                          "fn(&str, Option<u8>) -> String",
		`unsafe extern "C" fn(*mut core::ffi::c_void)`:                                         `unsafe extern "C" fn(*mut c_void)`,
		"dyn core::ops::function::Fn<(u8, app::B), Output=alloc::string::String>":              "dyn Fn(u8, B) -> String",
		"dyn for<'a> core::ops::function::FnOnce<(&'a u8,), Output = ()> + core::marker::Send": "dyn FnOnce(&u8) + Send",
		"app::load::{closure_env#0}<app::Event>":                                               "load::{closure}",
		"app::load::<app::Event>::{closure#0}":                                                 "load::{closure}",
		"app::load::{{closure}}":                                                               "load::{closure}",
		"tokio::runtime::task::core::Cell<axum::serve::handle_connection::{async_fn#0}::{async_block_env#3}<L, M>, alloc::sync::Arc<tokio::Handle>>": "task::Cell<axum::serve::handle_connection::{async block}>",
		"smallvec::SmallVec<[u8; 32]>":             "SmallVec<[u8; 32]>",
		"app::Ring<app::Event, 16>":                "Ring<Event, 16>",
		"<app::Map as core::iter::Iterator>::Item": "Item",
		"unsigned long":                            "unsigned long",
		"char const*":                              "char const*",
		"std::map<int, app::Foo>::iterator":        "iterator",
	} {
		if got := ParseType(name).Short(200); got != want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", name, got, want)
		}
	}
}

func TestSpellingsOfOneTypeAreEqual(t *testing.T) {
	for _, same := range [][]string{
		{"alloc::vec::Vec<app::Event, alloc::alloc::Global>", "alloc::vec::Vec<app::Event>", "alloc::vec::Vec<app::Event,alloc::alloc::Global>"},
		{"[u8; 4]", "[u8; 4usize]"},
		{"(app::A, app::B)", "(app::A,app::B,)"},
		{"&mut dyn core::fmt::Write", "&'_ mut dyn core::fmt::Write"},
		{"app::load::{closure_env#1}", "app::load::{closure#1}"},
		{"dyn app::Get<Item=u8>", "dyn app::Get<Item = u8>"},
	} {
		for _, other := range same[1:] {
			if a, b := ParseType(same[0]).String(), ParseType(other).String(); a != b {
				t.Errorf("%s is %s\n%s is %s", same[0], a, other, b)
			}
		}
	}
}

func TestDeepTypesAreCutWhereTheyAreDeepest(t *testing.T) {
	deep := ParseType("alloc::vec::Vec<core::option::Option<std::collections::hash::map::HashMap<alloc::string::String, alloc::vec::Vec<app::Event>>>>")
	for width, want := range map[int]string{
		80: "Vec<Option<HashMap<String, Vec<Event>>>>",
		38: "Vec<Option<HashMap<String, Vec<…>>>>",
		30: "Vec<Option<HashMap<…>>>",
		20: "Vec<Option<…>>",
		12: "Vec<…>",
	} {
		if got := deep.Short(width); got != want {
			t.Errorf("in %d columns %s, want %s", width, got, want)
		}
	}
}

func FuzzParseType(f *testing.F) {
	for _, seed := range []string{
		"alloc::vec::Vec<app::Event, alloc::alloc::Global>", "(dyn app::A + app::B)", `unsafe extern "C" fn(*mut u8) -> !`, "<[u8] as app::T<'_, 5usize>>::f::{closure#0}::<u8>",
		"for<'a> fn(&'a str)", "std::function<void (int)>", "a<b<c<d<", "(((((", "  ", "a::<A>::<A>::b", "&&&&*const ", "char (*)[5]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		parsed := ParseType(name)
		parsed.Head()
		if full := parsed.String(); Printable(full) != full {
			t.Errorf("%q becomes %q, which may not go to a terminal", name, full)
		}
		if short := parsed.Short(40); Width(short) > 40 {
			t.Errorf("%q becomes %q, which is wider than 40 columns", name, short)
		}
		if two := ShortTypes([]Type{parsed, ParseType(name + "x")}, 40); two[0] == two[1] && parsed.String() != ParseType(name+"x").String() {
			t.Errorf("%q and the same with an x are both %q", name, two[0])
		}
	})
}

func TestTypesOfOneShortNameAreToldApart(t *testing.T) {
	for _, c := range []struct{ types, want []string }{
		{
			[]string{"alloc::sync::Arc<tokio::runtime::blocking::pool::Inner>", "alloc::sync::Arc<regex_automata::nfa::Inner>", "alloc::sync::Arc<app::Other>"},
			[]string{"Arc<tokio::Inner>", "Arc<regex_automata::Inner>", "Arc<Other>"},
		},
		{[]string{"alloc::vec::Vec<app::a::Node>", "alloc::vec::Vec<app::b::Node>"}, []string{"Vec<a::Node>", "Vec<b::Node>"}},
		{[]string{"alloc::boxed::Box<app::load::{closure#0}>", "alloc::boxed::Box<app::load::{closure#1}>"}, []string{"Box<app::load::{closure#0}>", "Box<app::load::{closure#1}>"}},
		{
			[]string{"alloc::rc::Rc<HashMap<u8, u8>>", "alloc::rc::Rc<HashMap<u8, u8, fxhash::FxBuild>>"},
			[]string{"Rc<HashMap<u8, u8>>", "Rc<HashMap<u8, u8, FxBuild>>"},
		},
		{
			[]string{"alloc::boxed::Box<axum::handler::{impl#5}::call::{async_block#0}<fn(u8)>>", "alloc::boxed::Box<axum::handler::{impl#6}::call::{async_block#0}<fn(u16)>>"},
			[]string{"Box<axum::handler::call::{async block}<fn(u8)>>", "Box<axum::handler::call::{async block}<fn(u16)>>"},
		},
	} {
		var types []Type
		for _, name := range c.types {
			types = append(types, ParseType(name))
		}
		if got := ShortTypes(types, 72); !slices.Equal(got, c.want) {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}
