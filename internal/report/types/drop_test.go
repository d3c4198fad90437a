package types

import (
	"fmt"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/testkit"
)

// drops returns what a free through frames of these functions, innermost first, drops.
func drops(functions ...string) []string {
	lines := []string{"[root]"}
	var stack []uint32
	for i, f := range append(functions, "app::main") {
		lines = append(lines, fmt.Sprintf("%#x: %s (/src/app/main.rs:%d)", 0x401000+i, f, i))
		stack = append(stack, uint32(i+1))
	}
	p := &profile.Profile{
		Frames: testkit.Frames(lines...), Points: []profile.Point{{Stack: profile.StackOf(stack...)}},
		Recording: &profile.Recording{Frees: &profile.Frees{Stacks: []profile.Freed{{Frames: stack}}}},
	}
	values, outside := New(p, frames.New(p)).Drops(stack)
	if len(values) > 0 && outside != len(functions) || len(values) == 0 && outside != 0 {
		return []string{fmt.Sprintf("%d frames inside of the drop", outside)}
	}
	var names []string
	for _, v := range values {
		names = append(names, v.Name)
	}
	return names
}

func TestADropIsOfTheOutermostValueAndThoseInIt(t *testing.T) {
	const drop = "core::ptr::drop_in_place<"
	for name, c := range map[string]struct{ stack, want []string }{
		"no drop":                     {[]string{"free", "release"}, nil},
		"parts of a library's values": {[]string{drop + "alloc::raw_vec::RawVec<u8, alloc::alloc::Global>>", drop + "alloc::vec::Vec<u8, alloc::alloc::Global>>", drop + "alloc::string::String>"}, []string{"String"}},
		"an element":                  {[]string{drop + "alloc::string::String>", drop + "[alloc::string::String]>", drop + "alloc::vec::Vec<alloc::string::String, alloc::alloc::Global>>"}, []string{"Vec<String>", "String"}},
		"a field":                     {[]string{drop + "alloc::string::String>", drop + "app::Event>"}, []string{"Event", "String"}},
		"a trait object":              {[]string{drop + "alloc::string::String>", drop + "alloc::boxed::Box<dyn core::any::Any, alloc::alloc::Global>>"}, []string{"Box<dyn Any>", "String"}},
		"its own type in a library's": {[]string{drop + "app::Leaf>", drop + "alloc::boxed::Box<dyn app::Speak, alloc::alloc::Global>>"}, []string{"Box<dyn Speak>", "Leaf"}},
		"a list that drops its rest":  {[]string{drop + "app::Node>", drop + "app::Link>", drop + "app::Node>", drop + "app::Link>", drop + "app::List>"}, []string{"List", "Link", "Node"}},
		"the newer mangling":          {[]string{"core::ptr::drop_in_place::<app::Event>"}, []string{"Event"}},
		"compilers since 1.97":        {[]string{"core::ptr::drop_glue::<app::Event>"}, []string{"Event"}},
		"lines only":                  {[]string{"drop_in_place<app::Event>"}, []string{"Event"}},
		"a guard of a library's":      {[]string{drop + "hashbrown::scopeguard::ScopeGuard<hashbrown::raw::RawTableInner, F>>"}, nil},
		"destructors":                 {[]string{"operator delete(void*)", "std::_Vector_base<app::Leaf, std::allocator<app::Leaf> >::~_Vector_base()", "std::vector<app::Leaf, std::allocator<app::Leaf> >::~vector()", "app::Tree::~Tree() [clone .isra.0]"}, []string{"app::Tree", "std::vector<app::Leaf>"}},
		"what is below a container":   {[]string{"operator delete(void*)", "std::_Rb_tree<int, std::pair<int const, app::Leaf>, std::_Select1st<std::pair<int const, app::Leaf> >, std::less<int>, std::allocator<std::pair<int const, app::Leaf> > >::~_Rb_tree()"}, []string{"std::map<int, app::Leaf>"}},
		"a thunk":                     {[]string{"operator delete(void*)", "non-virtual thunk to app::Tree::~Tree()"}, []string{"app::Tree"}},
		"what only looks like one":    {[]string{"app::Tree::~Tree()::{lambda()#1}::operator()() const", "app::drop_in_place<app::Leaf>", "core::ptr::drop_in_place>", "drop_in_place<"}, nil},
	} {
		if got := drops(c.stack...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
