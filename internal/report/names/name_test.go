package names

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Names are whatever somebody has put into a file. One of 1 MB took minutes to take apart: a test that hangs here
// means that it does again.
func TestVeryLongNamesAreTakenApart(t *testing.T) {
	for _, piece := range []string{"x<b>&", "a::", "f(", "std::vector<", "<x as y>::", "{", "é<", " const "} {
		name := Limit(strings.Repeat(piece, 1<<20/len(piece)))
		for _, got := range []string{name, CPPFunction(name), ShortCPP(name), RustFunction(name, "", "x", "x.rs"), Qualified(name)} {
			if len(got) > 3*MaxLength || !utf8.ValidString(got) {
				t.Errorf("%s…: %d bytes, valid: %v", piece, len(got), utf8.ValidString(got))
			}
		}
	}
	begin, end := "begin::"+strings.Repeat("x", MaxLength/2-7), strings.Repeat("y", MaxLength/2-5)+"::end"
	if got := Limit(begin + "middle" + end); got != begin+"…"+end {
		t.Errorf("%.20s…%s", got, got[len(got)-20:])
	}
}

func TestQualifiedNameIsThePathAlone(t *testing.T) {
	for name, want := range map[string]string{
		"malloc":                        "malloc",
		"(below main)":                  "(below main)",
		"operator new(unsigned long)":   "operator new",
		"operator new[](unsigned long)": "operator new[]",
		"std::vector<int, std::allocator<int> >::push_back(int const&)":      "std::vector::push_back",
		"void std::vector<int>::_M_realloc_insert<int>(int*, int&&)":         "std::vector::_M_realloc_insert",
		"std::__cxx11::basic_string<char>::_M_create(unsigned long&)":        "std::__cxx11::basic_string::_M_create",
		"Foo::operator()(int) const":                                         "Foo::operator()",
		"Foo::operator<<(int)":                                               "Foo::operator<<",
		"bool operator< <int>(A<int> const&, A<int> const&)":                 "operator<",
		"std::ostream& operator<< <char>(std::ostream&, char)":               "operator<<",
		"Foo::operator->() const":                                            "Foo::operator->",
		"(anonymous namespace)::pool::pool()":                                "(anonymous namespace)::pool::pool",
		"main::{lambda(int)#1}::operator()(int) const":                       "main::{lambda(int)#1}::operator()",
		"run(int)::{lambda()#2}::operator()() const":                         "run::{lambda()#2}::operator()",
		"std::vector<int>* make<int>(unsigned long)":                         "make",
		"f[abi:cxx11](int)":                                                  "f",
		"alloc::raw_vec::RawVec<T,A>::grow_one":                              "alloc::raw_vec::RawVec::grow_one",
		"<alloc::vec::Vec<T> as core::clone::Clone>::clone":                  "alloc::vec::Vec::clone",
		"<T as alloc::slice::hack::ConvertVec>::to_vec":                      "alloc::slice::hack::ConvertVec::to_vec",
		"<app::Tree as core::clone::Clone>::clone":                           "app::Tree::clone",
		"<&mut T as core::iter::Iterator>::next":                             "core::iter::Iterator::next",
		"app::run<T> {closure} {closure}":                                    "app::run {closure} {closure}",
		"<app::Tree as core::ops::Drop>::drop {async}":                       "app::Tree::drop {async}",
		"app::run::{{closure}}":                                              "app::run::{{closure}}",
		"<app::Map<K, V> as core::iter::FromIterator<(K, V)>>::from_iter":    "app::Map::from_iter",
		"alloc::slice::<impl [T]>::repeat":                                   "alloc::slice::repeat",
		"<[(app::A, app::B)]>::sort_by_key::<app::A, app::run::{closure#0}>": "slice::sort_by_key",
		"<str>::repeat":                                    "str::repeat",
		"<listcomp>":                                       "<listcomp>",
		"rows.<locals>.<listcomp>":                         "rows.<locals>.<listcomp>",
		"Shop.<init>(int)":                                 "Shop.<init>",
		"shop/rows.(*Table[go.shape.int]).Add":             "shop/rows.(*Table[go.shape.int]).Add",
		"shop/rows.Map[go.shape.int]":                      "shop/rows.Map",
		"app::load::<app::A>":                              "app::load",
		"std::function<void (int)>::operator()(int) const": "std::function::operator()",
		"std::map<int, std::function<void ()> >::operator[](int const&)":                                  "std::map::operator[]",
		"Foo::operator std::string() const":                                                               "Foo::operator std::string",
		"std::enable_if<((sizeof (long))>(2)), Box<long> >::type ena<long>(int)":                          "ena",
		"std::enable_if<((sizeof (long))>(2))&&((sizeof (long))<(100)), Box<long> >::type ena<long>(int)": "ena",
		"Box<((4)<(2)), ((8)>(2))>::grow(int)":                                                            "Box::grow",
		"decltype ((std::vector<int>){parm#1}) make<int>(int)":                                            "make",
		"std::function<auto (int) -> int> make<int>(int)":                                                 "make",
		"bool operator==<int>(Box<int>, Box<int>)":                                                        "operator==",
		"Box<int> operator><int>(Box<int>, Box<int>)":                                                     "operator>",
		"Box<int> operator>><int>(Box<int>, Box<int>)":                                                    "operator>>",
		"Box<int>::operator-><int>()":                                                                     "Box::operator->",
		"std::_Function_handler<int (int), main::{lambda(int)#1}>::_M_invoke()":                           "std::_Function_handler::_M_invoke",
		"Foo::walk(int) const::{lambda(Bar const&)#1}::operator()(Bar const&) const":                      "Foo::walk::{lambda(Bar const&)#1}::operator()",
		"Matrix<double> operator+<double>(Matrix<double> const&)":                                         "operator+",
		"Ref<&P::operator> > operator+<int>(int)":                                                         "operator+",
		"make<&P::operator> >(int)":                                                                       "make",
		"make<&P::operator-> >(int)":                                                                      "make",
		"decltype(auto) operator-<int>(Box<int> const&, int)":                                             "operator-",
		"decltype(fp.t) ns::operator-<int>(Box<int> const&, int)":                                         "ns::operator-",
		"Box<int> operator\"\" _tb<(char)52>()":                                                           "operator\"\" _tb",
		"Box<int> const& (*fp<int>(Box<int> const&, int))(char)":                                          "fp",
		"Box<int> (*ns::operator,<int>(Box<int> const&, int))(char)":                                      "ns::operator,",
		"Box<int> (&ns::row<int>(Box<int>&)) [3]":                                                         "ns::row",
	} {
		if got := Qualified(name); got != want {
			t.Errorf("Qualified(%q)\n got %q\nwant %q", name, got, want)
		}
	}
}
