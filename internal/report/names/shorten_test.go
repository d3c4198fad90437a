package names

import (
	"testing"
	"unicode/utf8"
)

func TestAShortenedNameKeepsTheFunctionAtItsEnd(t *testing.T) {
	const long = "void std::vector<app::Node, std::allocator<app::Node> >::_M_realloc_insert<app::Node const&>(app::Node*, app::Node const&)"
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"parse(char const*)", 40, "parse(char const*)"},
		{"parse(char const*, int, int)", 20, "parse(…)"},
		{long, 105, "void std::vector<app::Node, std::allocator<app::Node> >::_M_realloc_insert<app::Node const&>(…)"},
		{long, 60, "void std::vector<…>::_M_realloc_insert<…>(…)"},
		{long, 40, "std::vector<…>::_M_realloc_insert<…>"},
		{long, 30, "std::vecto…M_realloc_insert<…>"},
		{"decltype ((std::vector<int>){parm#1}) make<int>(unsigned long)", 12, "make<…>"},
		{"std::enable_if<((sizeof (long))>(2)), Box<long> >::type ena<long>(int)", 40, "std::enable_if<…>::type ena<…>(…)"},
		{"Foo::operator()(int, int) const", 18, "Foo::operator()(…)"},
		{"Foo::operator<<(Bar const&, Bar const&)", 20, "Foo::operator<<(…)"},
		{"(emergency pool, normal)", 20, "(emerge…ool, normal)"},
		{"rows.<locals>.<listcomp>", 20, "rows.<l…>.<listcomp>"},
		{"TokenList::calculateHash() const", 30, "TokenList::calculateHash()"},
		{"a_plain_c_function_with_a_long_name", 20, "a_plain…_a_long_name"},
		{"<app::Tree<K, V> as core::clone::Clone>::clone", 44, "<app::Tree<…> as core::clone::Clone>::clone"},
		{"jaq_json::read::parse {closure}", 24, "jaq_json…parse {closure}"},
		{"server::login {async} {closure}", 26, "server::l…async} {closure}"},
		{"example.com/shop/rows.(*scanner).bytes", 26, "…/rows.(*scanner).bytes"},
		{"example.com/shop/rows.(*scanner).bytes", 16, "…/row…ner).bytes"},
		{"example.com/shop/rows.load", 15, "…/rows.load"},
	} {
		got := Shorten(c.name, c.width)
		if Width(got) > c.width {
			t.Errorf("Shorten(%q, %d) = %q is too wide", c.name, c.width, got)
		}
		if got != c.want {
			t.Errorf("Shorten(%q, %d)\n got %q\nwant %q", c.name, c.width, got, c.want)
		}
	}
}

// FuzzNames feeds names that no demangler writes: a profile may hold any.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"std::vector<int>::push_back(int)", "<T as a::B<C>>::f", "operator()", "operator", "operator new[]", "a<b", "a>b", "((", "<", "x operator<",
		"(anonymous namespace)", "f(int)::g", "{lambda#1}", "a::operator->", "\xff(", "é<ü>",
	} {
		f.Add(name, 10)
	}
	f.Fuzz(func(t *testing.T, name string, width int) {
		Qualified(name)
		width = width&0xff + 4
		if short := Shorten(name, width); utf8.ValidString(name) && Width(short) > width {
			t.Errorf("Shorten(%q, %d) = %q", name, width, short)
		}
	})
}

func TestATypeKeepsWhatStandsBehindItsArguments(t *testing.T) {
	const name = "std::unordered_map<std::string, std::unique_ptr<Quote>> buckets"
	for width, want := range map[int]string{
		80: name,
		40: "std::unordered_map<std::string…> buckets",
		24: "unordered_map<…> buckets",
		16: CutMiddle(name, 16),
	} {
		if got := CutType(name, width); got != want || Width(got) > width && width < Width(name) {
			t.Errorf("%d: %q, not %q", width, got, want)
		}
	}
	if got, want := CutType("std::vector<std::unique_ptr<Job>>", 20), CutEnd("std::vector<std::unique_ptr<Job>>", 20); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}
