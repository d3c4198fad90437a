package names

import (
	"reflect"
	"testing"
)

func TestTypesOfCPPAreWrittenAsPeopleDo(t *testing.T) {
	const str = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
	for name, want := range map[string]string{
		"int":               "int",
		"unsigned long*":    "unsigned long*",
		"char const*":       "const char*",
		"char const* const": "const char* const",
		"char* const":       "char* const",
		"app::Node const&":  "const app::Node&",
		str:                 "std::string",
		str + " const&":     "const std::string&",
		"std::__1::basic_string<wchar_t, std::__1::char_traits<wchar_t>, std::__1::allocator<wchar_t>>":        "std::wstring",
		"std::basic_string<char, app::traits, std::allocator<char> >":                                          "std::basic_string<char, app::traits>",
		"std::vector<" + str + ", std::allocator<" + str + " > >":                                              "std::vector<std::string>",
		"std::vector<app::Node*, std::allocator<app::Node*> >":                                                 "std::vector<app::Node*>",
		"std::vector<int, app::Pool<int> >":                                                                    "std::vector<int, app::Pool<int>>",
		"std::map<int, " + str + ", std::less<int>, std::allocator<std::pair<int const, " + str + " > > >":     "std::map<int, std::string>",
		"std::map<int, long, std::greater<int>, std::allocator<std::pair<int const, long> > >":                 "std::map<int, long, std::greater<int>>",
		"std::pair<" + str + " const, std::allocator<int> >":                                                   "std::pair<const std::string, std::allocator<int>>",
		"std::unique_ptr<app::Node, std::default_delete<app::Node> >":                                          "std::unique_ptr<app::Node>",
		"std::priority_queue<int, std::vector<int, std::allocator<int> >, std::less<int> >":                    "std::priority_queue<int>",
		"std::stack<int, std::vector<int, std::allocator<int> > >":                                             "std::stack<int, std::vector<int>>",
		"std::function<int (char const*)>":                                                                     "std::function<int(const char*)>",
		"std::function<void ()>":                                                                               "std::function<void()>",
		"app::Table<int, std::allocator<int> >::Row":                                                           "app::Table<int>::Row",
		"(anonymous namespace)::Node":                                                                          "(anonymous namespace)::Node",
		"std::vector<(anonymous namespace)::Node const*, std::allocator<(anonymous namespace)::Node const*> >": "std::vector<const (anonymous namespace)::Node*>",
		"std::array<char, 16ul>":                                                                               "std::array<char, 16>",
		"absl::lts_20220623::InlinedVector<absl::debian3::Cord, 2ul, std::allocator<absl::debian3::Cord> >":    "absl::InlinedVector<absl::Cord, 2>",
		"app::Fixed<-3l, 2.5f, ul>":                                                                            "app::Fixed<-3, 2.5f, ul>",
		"app::main(int)::{lambda(int, char const*)#1}":                                                         "app::main(int)::{lambda(int, const char*)#1}",
		"int (*)(char)":                  "int (*)(char)",
		"std::filesystem::__cxx11::path": "std::filesystem::path",
		"app::Set<(app::Kind)2>":         "app::Set<(app::Kind)2>",
	} {
		if got := ShortCPP(name); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestPartsOfAFunctionOfCPP(t *testing.T) {
	for name, want := range map[string][]CPPPart{
		"main": {{"main", nil}},
		"void std::vector<int, std::allocator<int> >::_M_realloc_insert<int const&>(__gnu_cxx::__normal_iterator<int*, std::vector<int, std::allocator<int> > >, int const&)": {
			{"std", nil}, {"vector", []string{"int", "std::allocator<int>"}}, {"_M_realloc_insert", []string{"int const&"}},
		},
		"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::_M_create(unsigned long&, unsigned long)": {
			{"std", nil}, {"basic_string", []string{"char", "std::char_traits<char>", "std::allocator<char>"}}, {"_M_create", nil},
		},
		"std::__detail::_MakeUniq<app::Item>::__single_object std::make_unique<app::Item, int&>(int&)": {
			{"std", nil}, {"make_unique", []string{"app::Item", "int&"}},
		},
		"app::run(int)::{lambda(int)#1}::operator()(int) const": {{"app", nil}, {"run", nil}, {"{lambda(int)#1}", nil}, {"operator()", nil}},
		"(anonymous namespace)::Node::Node(int)":                {{"(anonymous namespace)", nil}, {"Node", nil}, {"Node", nil}},
		"bool app::operator< <int>(int, int)":                   {{"app", nil}, {"operator<", []string{"int"}}},
		"operator new(unsigned long)":                           {{"operator new", nil}},
		"app::make[abi:cxx11](int)":                             {{"app", nil}, {"make", nil}},
	} {
		if got := CPPPath(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %v\nwant %v", name, got, want)
		}
	}
}

func TestLongTypesOfCPPLoseWhatIsDeepest(t *testing.T) {
	const name = "std::map<std::string, app::Value<app::Traits<int>, std::vector<char>>> node"
	for width, want := range map[int]string{
		80: name,
		60: "std::map<std::string, app::Value<…>> node",
		20: "std::map<…> node",
		5:  "std::map<…> node",
	} {
		if got := ElideCPP(name, width); got != want {
			t.Errorf("%d: got %s, want %s", width, got, want)
		}
	}
}

func FuzzTypeOfCPP(f *testing.F) {
	f.Add("std::vector<int, std::allocator<int> >::push_back(int const&)")
	f.Add("app::operator<(a>b)::{lambda((anonymous namespace)::N const&)#1}<(x)2>")
	f.Fuzz(func(t *testing.T, name string) {
		CPPPath(name)
		ElideCPP(ShortCPP(name), 20)
	})
}
