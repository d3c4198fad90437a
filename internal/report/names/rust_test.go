package names

import "testing"

func TestOneFunctionOfRustHasOneName(t *testing.T) {
	for _, c := range []struct {
		want, crate, file string
		spellings         []string
	}{
		{"alloc::vec::Vec::push", "alloc", "library/alloc/src/vec/mod.rs", []string{"alloc::vec::Vec<T,A>::push", "<alloc::vec::Vec<app::Event>>::push", "<alloc::vec::Vec<app::Event>>::push::<u8>"}},
		{"app::Tree::clone", "app", "src/tree.rs", []string{"<app::Tree as core::clone::Clone>::clone", "<app::Tree<u8> as core::clone::Clone>::clone"}},
		{"app::Tree::deserialize", "app", "src/main.rs", []string{"app::_::<impl serde_core::de::Deserialize for app::Tree>::deserialize", "<app::Tree as serde_core::de::Deserialize>::deserialize::<&mut serde_json::de::Deserializer<serde_json::read::StrRead>>"}},
		{"app::Tree::deserialize::__Visitor::visit_map", "app", "src/main.rs", []string{
			"<app::_::<impl serde_core::de::Deserialize for app::Tree>::deserialize::__Visitor as serde_core::de::Visitor>::visit_map",
			"<<app::Tree as serde_core::de::Deserialize>::deserialize::__Visitor as serde_core::de::Visitor>::visit_map::<serde_json::de::MapAccess<serde_json::read::StrRead>>",
		}},
		{"core::convert::Into::into", "core", "library/core/src/convert/mod.rs", []string{"<T as core::convert::Into<U>>::into", "<alloc::vec::Vec<u8> as core::convert::Into<bytes::bytes::Bytes>>::into", "<&str as core::convert::Into<alloc::string::String>>::into"}},
		{"core::iter::traits::iterator::Iterator::collect", "core", "library/core/src/iter/traits/iterator.rs", []string{
			"core::iter::traits::iterator::Iterator::collect", "<core::iter::adapters::map::Map<core::ops::range::Range<u64>, app::lines::{closure#0}> as core::iter::traits::iterator::Iterator>::collect::<alloc::vec::Vec<u8>>",
		}},
		{"core::iter::adapters::map::Map::fold", "core", "library/core/src/iter/adapters/map.rs", []string{
			"<core::iter::adapters::map::Map<I,F> as core::iter::traits::iterator::Iterator>::fold", "<core::iter::adapters::map::Map<I, app::f::{closure#0}> as core::iter::traits::iterator::Iterator>::fold::<(), app::g::{closure#1}>",
		}},
		{"slice::to_vec", "alloc", "library/alloc/src/slice.rs", []string{"alloc::slice::<impl [T]>::to_vec", "<[u8]>::to_vec", "<[app::Tree]>::to_vec"}},
		{"alloc::borrow::ToOwned::to_owned", "alloc", "library/alloc/src/str.rs", []string{"alloc::str::<impl alloc::borrow::ToOwned for str>::to_owned", "<str as alloc::borrow::ToOwned>::to_owned"}},
		{"app::Widen::widen", "", "", []string{"<alloc::vec::Vec<u32> as app::Widen>::widen", "<[u8] as app::Widen>::widen", "<T as app::Widen>::widen"}},
		{"serde_json::de::Deserializer::deserialize_map", "serde_json", "src/de.rs", []string{"<&mut serde_json::de::Deserializer<R> as serde_core::de::Deserializer>::deserialize_map", "<&mut serde_json::de::Deserializer<serde_json::read::StrRead> as serde_core::de::Deserializer>::deserialize_map::<app::V>"}},
		{"app::run {closure}", "", "", []string{"app::run::{{closure}}", "app::run::{closure#0}", "app::run::{closure_env#1}", "app::run::{{closure}}::hb0b8e5a1f2a3c4d5", "app::run::{closure#0}::<u8>"}},
		{"app::run {closure} {closure}", "", "", []string{"app::run::{{closure}}::{{closure}}", "app::run::{closure#3}::{closure#0}"}},
		{"core::ops::function::FnOnce::call_once", "core", "library/core/src/ops/function.rs", []string{
			"core::ops::function::FnOnce::call_once", "core::ops::function::FnOnce::call_once{{vtable.shim}}", "<app::main::{closure#0} as core::ops::function::FnOnce<()>>::call_once::{shim:vtable#0}",
		}},
		{"core::ptr::drop_in_place", "", "", []string{"core::ptr::drop_in_place<alloc::vec::Vec<app::Tree>>", "core::ptr::drop_in_place::<alloc::vec::Vec<app::Tree>>"}},
		{"epoch::HANDLE {closure}", "", "", []string{"epoch::HANDLE::{{constant}}::{{closure}}", "epoch::HANDLE::{constant#0}::{closure#0}"}},
		{"app::grow", "", "", []string{"app::grow", "app::grow::<8>", "app::grow::hb0b8e5a1f2a3c4d5"}},
	} {
		for _, name := range c.spellings {
			if got := RustFunction(name, "", c.crate, c.file); got != c.want {
				t.Errorf("%s is %q, want %q", name, got, c.want)
			}
		}
	}
}

func TestAsyncFunctionsAreToldFromClosures(t *testing.T) {
	for _, c := range [][3]string{
		{"server::login::{{closure}}", "server::login::{async_fn#0}", "server::login {async}"},
		{"server::main::{{closure}}::{{closure}}", "server::main::{async_block#0}::{closure#0}", "server::main {async} {closure}"},
		{"server::login::{closure#0}", "", "server::login {closure}"},
		{"server::login", "server::login<u8>", "server::login"},
		{"server::{async_fn#0}", "", "server {async}"},
	} {
		if got := RustFunction(c[0], c[1], "server", "src/main.rs"); got != c[2] {
			t.Errorf("%s, %s is %q, want %q", c[0], c[1], got, c[2])
		}
	}
	if got := SameFunction("server::main {async} {closure}"); got != "server::main {closure} {closure}" {
		t.Errorf("without debug information it is %q", got)
	}
}

// FuzzRustFunction feeds names that no compiler writes: a profile may hold any.
func FuzzRustFunction(f *testing.F) {
	for _, name := range []string{"<T as a::B<C>>::f", "<", "{", "a::<impl b>::c", "{{closure}}", "<<a as b>::c as d>::e", "::", "_", "a::{x}::<impl [T]>"} {
		f.Add(name, name)
	}
	f.Fuzz(func(t *testing.T, function, instance string) {
		if RustFunction(function, instance, "a", "a/b.rs") == "" && function != "" {
			t.Errorf("%q has no name", function)
		}
	})
}
