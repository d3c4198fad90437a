package types

import (
	"testing"

	"heapprof/internal/profile"
)

// Frames of a program of C++ with its libraries.
const (
	cppString = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
	newFrame  = "operator new(unsigned long)"
)

func cpp(functions ...string) []profile.Frame {
	var stack []profile.Frame
	for _, f := range append(functions, "app::run()", "main") {
		stack = append(stack, profile.Frame{Function: f, Language: profile.CPlusPlus, Module: &profile.Module{Path: "/usr/bin/app"}})
	}
	return stack
}

func TestInnermostContainerOfCPPIsTheType(t *testing.T) {
	const tree = "std::_Rb_tree<int, std::pair<int const, " + cppString + " >, std::_Select1st<std::pair<int const, " + cppString + " > >, std::less<int>, std::allocator<std::pair<int const, " + cppString + " > > >"
	const node = "std::_Rb_tree_node<std::pair<int const, " + cppString + " > >"
	const strings = "std::vector<" + cppString + ", std::allocator<" + cppString + " > >"
	for name, c := range map[string]struct {
		stack []profile.Frame
		want  string
		size  uint64
	}{
		"a vector": {cpp(newFrame,
			"std::__new_allocator<int>::allocate(unsigned long, void const*)",
			"std::allocator_traits<std::allocator<int> >::allocate(std::allocator<int>&, unsigned long)",
			"std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
			"void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int*, int&&)",
		), "std::vector<int>", 4},
		"a vector in libc++": {cpp(newFrame,
			"std::__1::allocator<app::Node*>::allocate(unsigned long)",
			"std::__1::__split_buffer<app::Node*, std::__1::allocator<app::Node*>&>::__split_buffer(unsigned long, unsigned long, std::__1::allocator<app::Node*>&)",
			"void std::__1::vector<app::Node*, std::__1::allocator<app::Node*> >::__push_back_slow_path<app::Node* const&>(app::Node* const&)",
		), "std::vector<app::Node*>", 8},
		"a vector with the program's allocator": {cpp(newFrame,
			"app::Pool<int>::allocate(unsigned long)",
			"std::allocator_traits<app::Pool<int> >::allocate(app::Pool<int>&, unsigned long)",
			"std::_Vector_base<int, app::Pool<int> >::_M_allocate(unsigned long)",
		), "std::vector<int>", 4},
		"a vector that grows in a map": {cpp(newFrame,
			"std::__new_allocator<"+cppString+" >::allocate(unsigned long, void const*)",
			"std::_Vector_base<"+cppString+", std::allocator<"+cppString+" > >::_M_allocate(unsigned long)",
			strings+"::vector("+strings+" const&)",
			"std::map<int, "+strings+", std::less<int>, std::allocator<std::pair<int const, "+strings+" > > >::operator[](int const&)",
		), "std::vector<std::string>", 0},
		"a node": {cpp(newFrame, "std::__new_allocator<"+node+" >::allocate(unsigned long, void const*)",
			tree+"::_M_get_node()",
			"std::map<int, "+cppString+", std::less<int>, std::allocator<std::pair<int const, "+cppString+" > > >::operator[](int&&)",
		), "std::map<int, std::string> node", 0},
		"a node of several of a key": {cpp(newFrame, "std::__new_allocator<"+node+" >::allocate(unsigned long, void const*)",
			tree+"::_M_get_node()", tree+"::_M_emplace_equal<int>(int&&)",
			"std::multimap<int, "+cppString+", std::less<int>, std::allocator<std::pair<int const, "+cppString+" > > >::emplace<int>(int&&)",
		), "std::multimap<int, std::string> node", 0},
		"a string in a node": {cpp(newFrame, cppString+"::_M_create(unsigned long&, unsigned long)", cppString+"::basic_string("+cppString+" const&)",
			"void std::__new_allocator<"+node+" >::construct<int>(int*)", tree+"::_M_create_node<int>(int&&)",
		), "std::string", 0},
		"buckets": {cpp(newFrame,
			"std::__new_allocator<std::__detail::_Hash_node_base*>::allocate(unsigned long, void const*)",
			"std::__detail::_Hashtable_alloc<std::allocator<std::__detail::_Hash_node<std::pair<int const, long>, false> > >::_M_allocate_buckets(unsigned long)",
			"std::_Hashtable<int, std::pair<int const, long>, std::allocator<std::pair<int const, long> >, std::__detail::_Select1st, std::equal_to<int> >::_M_rehash(unsigned long)",
		), "std::unordered_map<int, long> buckets", 0},
		"make_shared": {cpp(newFrame,
			"std::__new_allocator<std::_Sp_counted_ptr_inplace<app::Node*, std::allocator<void>, (__gnu_cxx::_Lock_policy)2> >::allocate(unsigned long, void const*)",
			"std::__shared_count<(__gnu_cxx::_Lock_policy)2>::__shared_count<app::Node*, std::allocator<void> >(app::Node**&, std::_Sp_alloc_shared_tag<std::allocator<void> >)",
		), "std::shared_ptr<app::Node*>", 0},
		"counts":     {cpp(newFrame, "std::__shared_count<(__gnu_cxx::_Lock_policy)2>::__shared_count<app::Node*>(app::Node*)"), "std::shared_ptr<app::Node> counts", 0},
		"a function": {cpp(newFrame, "void std::_Function_base::_Base_manager<app::run()::{lambda()#1}>::_M_create(std::_Any_data&)", "std::function<void ()>::function<app::run()::{lambda()#1}, void>(app::run()::{lambda()#1}&&)"), "std::function<void()>", 0},
		"Abseil's table": {cpp(newFrame,
			"std::__new_allocator<absl::debian3::container_internal::AlignedType<8ul> >::allocate(unsigned long, void const*)",
			"void* absl::debian3::container_internal::Allocate<8ul, std::allocator<std::pair<int const, app::Row> > >(std::allocator<std::pair<int const, app::Row> >*, unsigned long)",
			"absl::debian3::container_internal::raw_hash_set<absl::debian3::container_internal::FlatHashMapPolicy<int, app::Row>, absl::debian3::hash_internal::Hash<int>, std::equal_to<int>, std::allocator<std::pair<int const, app::Row> > >::resize(unsigned long)",
		), "absl::flat_hash_map<int, app::Row>", 0},
		"Abseil's vector": {cpp(newFrame,
			"std::__new_allocator<app::Row>::allocate(unsigned long, void const*)",
			"absl::lts_20220623::inlined_vector_internal::MallocAdapter<std::allocator<app::Row>, false>::Allocate(std::allocator<app::Row>&, unsigned long)",
			"absl::lts_20220623::inlined_vector_internal::AllocationTransaction<std::allocator<app::Row> >::Allocate(unsigned long)",
			"absl::lts_20220623::inlined_vector_internal::Storage<app::Row, 2ul, std::allocator<app::Row> >::EmplaceBackSlow<app::Row>(app::Row&&)",
		), "absl::InlinedVector<app::Row, 2>", 0},
		"a small vector of Boost": {cpp(newFrame,
			"boost::container::new_allocator<app::Row>::allocate(unsigned long)",
			"boost::container::small_vector_allocator<app::Row, boost::container::new_allocator<void>, void>::allocate(unsigned long, app::Row const*)",
			"boost::container::allocator_traits<boost::container::small_vector_allocator<app::Row, boost::container::new_allocator<void>, void> >::allocate(unsigned long)",
			"boost::container::vector<app::Row, boost::container::small_vector_allocator<app::Row, boost::container::new_allocator<void>, void>, void>::push_back(app::Row&&)",
		), "boost::container::vector<app::Row>", 0},
		"a node of Boost's": {cpp(newFrame,
			"std::__new_allocator<boost::unordered::detail::ptr_node<std::pair<int const, app::Row> > >::allocate(unsigned long, void const*)",
		), "boost::unordered_map<int, app::Row> node", 0},
		"the program's own":         {cpp(newFrame), "", 0},
		"a class of its own in std": {cpp(newFrame, "std::locale::global(std::locale const&)"), "", 0},
	} {
		p, stack := tableOf(c.stack...)
		if got := ofStack(p, stack); got != (Type{Name: c.want, Full: c.want, Element: c.size}) {
			t.Errorf("%s: got %+v, want %s of %d bytes", name, got, c.want, c.size)
		}
	}
}

// TestCreatedIsBelievedWhereItsSizeIsThatOfTheBlocks has a type that the code tells. A block of
// another size shows that it is the type of a part, or of a base.
func TestCreatedIsBelievedWhereItsSizeIsThatOfTheBlocks(t *testing.T) {
	for _, c := range []struct {
		created            string
		size, total, count uint64
		want               string
	}{
		{"app::Node", 40, 400, 10, "app::Node"},
		{"app::Node", 40, 480, 10, ""},
		{"app::Node", 0, 480, 10, "app::Node"},
		{"app::Node", 0, 485, 10, ""},
		{"app::Node[]", 40, 8 + 80, 1, "app::Node[]"},
		{"app::Node[]", 40, 80, 1, "app::Node[]"},
		{"app::Node[]", 40, 100, 1, ""},
		{"std::_Sp_counted_ptr_inplace<app::Node, std::allocator<void>, (__gnu_cxx::_Lock_policy)2>", 0, 56, 1, "std::shared_ptr<app::Node>"},
	} {
		frames := cpp(newFrame)
		frames[1].Created, frames[1].TypeSize = c.created, c.size
		table := func() *Table {
			p := profileOf(frames...)
			p.Points[0].TotalBytes, p.Points[0].TotalBlocks = c.total, c.count
			return newTable(p)
		}()
		if got := table.Of(0).Name; got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// TestInlinedElementsAreNotTheContainers has functions without debug information that stand for what is
// inlined into them, too: the constructor of an element may allocate.
func TestInlinedElementsAreNotTheContainers(t *testing.T) {
	const object, plain = "std::vector<app::Node, std::allocator<app::Node> >", "std::vector<int, std::allocator<int> >"
	for _, c := range []struct {
		function, file string
		places         int
		want           string
	}{
		{object + "::emplace_back<int>(int&&)", "", 1, ""},
		{object + "::emplace_back<int>(int&&)", "/usr/include/c++/12/bits/vector.tcc", 1, "std::vector<app::Node>"},
		{plain + "::emplace_back<int>(int&&)", "", 1, "std::vector<int>"},
		{"void " + object + "::_M_realloc_insert<int>(app::Node*, int&&)", "", 1, "std::vector<app::Node>"},
		{"void " + object + "::_M_realloc_insert<int>(app::Node*, int&&)", "", 2, ""},
	} {
		frames := cpp(newFrame, c.function)
		frames[1].Addr, frames[1].File, frames[1].Line = 0x1000, c.file, 1
		p := profileOf(frames...)
		for n := 1; n < c.places; n++ {
			other := frames[1]
			other.Addr += uint64(n)
			p.Frames = append(p.Frames, other)
			stack := append([]uint32{}, p.Points[0].Stack.Frames()...)
			stack[1] = uint32(len(p.Frames) - 1)
			p.Points = append(p.Points, profile.Point{Stack: profile.StackOf(stack...)})
		}
		if got := newTable(p).Of(0).Name; got != c.want {
			t.Errorf("%s at %d places: got %q, want %q", c.function, c.places, got, c.want)
		}
	}
}

// TestTypesOfLibcAreThoseOfItsFunctions has the same names in the C library and elsewhere.
func TestTypesOfLibcAreThoseOfItsFunctions(t *testing.T) {
	libc := &profile.Module{Path: "/lib/x86_64-linux-gnu/libc.so.6"}
	app := &profile.Module{Path: "/usr/bin/app"}
	for _, c := range []struct {
		functions []string
		module    *profile.Module
		want      string
	}{
		{[]string{"__fopen_internal", "fopen"}, libc, "FILE"},
		{[]string{"_IO_file_doallocate", "_IO_doallocbuf", "_IO_file_overflow", "puts"}, libc, "FILE buffer"},
		{[]string{"__alloc_dir", "opendir"}, libc, "DIR"},
		{[]string{"", "opendir"}, libc, "DIR"}, // with no symbols but what is exported
		{[]string{"getdelim"}, libc, "line buffer (getline)"},
		{[]string{"strdup", "setlocale"}, libc, "char[]"},
		{[]string{"_IO_str_overflow", "_IO_default_xsputn", "__vfprintf_internal", "__vasprintf_internal"}, libc, "char[]"},
		{[]string{"_IO_str_overflow", "_IO_default_xsputn", "__vfprintf_internal", "fprintf"}, libc, "memory stream buffer"},
		{[]string{"allocate_dtv", "_dl_allocate_tls", "pthread_create"}, libc, "thread-local storage"},
		{[]string{"qsort_r"}, libc, "qsort buffer"},
		{[]string{"opendir"}, app, ""}, // a function of the program's own
		{[]string{"some_function"}, libc, ""},
	} {
		var stack []profile.Frame
		for _, f := range c.functions {
			stack = append(stack, profile.Frame{Function: f, Module: c.module})
		}
		p := profileOf(append(stack, profile.Frame{Function: "main", Module: app})...)
		p.Modules = []*profile.Module{libc, app}
		p.Recording = &profile.Recording{}
		if got := newTable(p).Of(0).Name; got != c.want {
			t.Errorf("%v in %s: got %q, want %q", c.functions, c.module.Path, got, c.want)
		}
	}
}
