package names

import "testing"

func TestFunctionsOfCPPAreNamedAsPeopleWriteThem(t *testing.T) {
	const str = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
	for name, want := range map[string]string{
		"load_row(" + str + " const&)":                                                                                                     "load_row(const std::string&)",
		"std::vector<foo, std::allocator<foo> >::push_back(foo&&)":                                                                         "std::vector<foo>::push_back(foo&&)",
		str + "::_M_create(unsigned long&, unsigned long)":                                                                                 "std::string::_M_create(unsigned long&, unsigned long)",
		str + " std::operator+<char, std::char_traits<char>, std::allocator<char> >(char const*, " + str + " const&)":                      "std::operator+(const char*, const std::string&)",
		"void app::take<int>(std::vector<int, std::allocator<int> >*)":                                                                     "app::take<int>(std::vector<int>*)",
		"app::Map<int, std::allocator<int> >::operator[](int const&) const":                                                                "app::Map<int>::operator[](const int&) const",
		"app::X::operator()(int) const":                                                                                                    "app::X::operator()(int) const",
		"app::X::operator<(app::X const&) const":                                                                                           "app::X::operator<(const app::X&) const",
		"std::ostream& std::operator<< <std::char_traits<char> >(std::ostream&, char const*)":                                              "std::operator<<(std::ostream&, const char*)",
		"main::{lambda(std::vector<int, std::allocator<int> > const&)#1}::operator()(std::vector<int, std::allocator<int> > const&) const": "main::{lambda(const std::vector<int>&)#1}::operator()(const std::vector<int>&) const",
		"(anonymous namespace)::Foo::bar(int)":                                                                                             "(anonymous namespace)::Foo::bar(int)",
		"(anonymous namespace)::load":                                                                                                      "(anonymous namespace)::load",
		"app::name[abi:cxx11](int)":                                                                                                        "app::name(int)",
		"app::get[abi:cxx11]":                                                                                                              "app::get",
		"f(int)::{lambda()#1}::operator()() const":                                                                                         "f(int)::{lambda()#1}::operator()() const",
		"operator new(unsigned long)":                                                                                                      "operator new(unsigned long)",
		"operator new[](unsigned long, std::nothrow_t const&)":                                                                             "operator new[](unsigned long, const std::nothrow_t&)",
		"app::run(void (*)(int, char const*))":                                                                                             "app::run(void (*)(int, const char*))",
		"main":                                                                                                                             "main",
		"(below main)":                                                                                                                     "(below main)",
		"std::sort":                                                                                                                        "std::sort",
		"app::A::A()":                                                                                                                      "app::A::A()",
		"app::A::~A()":                                                                                                                     "app::A::~A()",
		"void Foo::walk<int>(int) const::{lambda(int const&)#1}::operator()(int const&) const": "Foo::walk<int>(int) const::{lambda(const int&)#1}::operator()(const int&) const",
		"decltype(auto) f<int>(int)":                             "f<int>(int)",
		"Box<int> operator\"\" _tb<(char)52>()":                  "operator\"\" _tb<(char)52>()",
		"Box<int> const& (*fp<int>(Box<int> const&, int))(char)": "fp<int>(const Box<int>&, int)",
		"decltype (a+b) f<int>(int)":                             "f<int>(int)",
	} {
		if got := CPPFunction(name); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
}

func FuzzCPPFunction(f *testing.F) {
	f.Add("std::vector<foo, std::allocator<foo> >::push_back(foo&&) const")
	f.Add("a::operator()<b>(c)[abi:d]")
	f.Fuzz(func(t *testing.T, name string) { CPPFunction(name) })
}
