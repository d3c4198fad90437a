package view

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestTheRowsOfEveryViewOfFreesAddUpToTheTotals(t *testing.T) {
	zero, five := 0.0, 5.0
	blocks := Blocks
	for _, o := range []Options{
		{By: ByDrop}, {By: ByDrop, Top: 1}, {By: ByDrop, Min: &five}, {By: ByDrop, Metric: &blocks, AllFrames: true},
		{By: ByDrop, Tree: true}, {By: ByDrop, Tree: true, Min: &zero}, {By: ByDrop, Tree: true, Min: &zero, Top: 1},
		{By: ByDrop, Tree: true, Focus: regexp.MustCompile("String")}, {By: ByDrop, Ignore: regexp.MustCompile("index|release")},
		{WhoFrees: true}, {WhoFrees: true, Top: 1}, {WhoFrees: true, By: ByFile}, {WhoFrees: true, Focus: regexp.MustCompile("index|keep")},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			p := reporttest.Frees()
			r := report(t, o, p)
			checkSums(t, r.Rows, r.Total)
			var bytes, count uint64
			for _, f := range p.Recording.Frees.Stacks {
				bytes, count = bytes+f.Bytes, count+f.Blocks
			}
			if o.WhoFrees {
				bytes, count = bytes+p.Totals().EndBytes, count+p.Totals().EndBlocks
			}
			if r.Total.Sums.Get(Bytes) != bytes || r.Total.Sums.Get(Blocks) != count {
				t.Errorf("the total is %d bytes in %d blocks, not %d in %d", r.Total.Sums.Get(Bytes), r.Total.Sums.Get(Blocks), bytes, count)
			}
		})
	}
}

// drops returns what a free through frames of these functions, innermost first, drops.
func drops(functions ...string) []string {
	lines := []string{"[root]"}
	var stack []uint32
	for i, f := range append(functions, "app::main") {
		lines = append(lines, fmt.Sprintf("%#x: %s (/src/app/main.rs:%d)", 0x401000+i, f, i))
		stack = append(stack, uint32(i+1))
	}
	p := &profile.Profile{Frames: testkit.Frames(lines...)}
	s := &side{Source: NewSource(p)}
	var types []string
	for _, d := range s.dropsOf(stack, make([]uint32, len(p.Frames))).drops {
		types = append(types, d.Full)
	}
	return types
}

func TestADropIsOfTheOutermostValueAndThoseInIt(t *testing.T) {
	const drop = "core::ptr::drop_in_place<"
	for name, c := range map[string]struct{ stack, want []string }{
		"no drop":                     {[]string{"free", "release"}, nil},
		"parts of a library's values": {[]string{drop + "alloc::raw_vec::RawVec<u8, G>>", drop + "alloc::vec::Vec<u8, G>>", drop + "alloc::string::String>"}, []string{"alloc::string::String"}},
		"an element":                  {[]string{drop + "alloc::string::String>", drop + "[alloc::string::String]>", drop + "alloc::vec::Vec<alloc::string::String, G>>"}, []string{"alloc::vec::Vec<alloc::string::String, G>", "alloc::string::String"}},
		"a field":                     {[]string{drop + "alloc::string::String>", drop + "app::Event>"}, []string{"app::Event", "alloc::string::String"}},
		"a trait object":              {[]string{drop + "alloc::string::String>", drop + "alloc::boxed::Box<dyn core::any::Any, G>>"}, []string{"alloc::boxed::Box<dyn core::any::Any, G>", "alloc::string::String"}},
		"its own type in a library's": {[]string{drop + "app::Leaf>", drop + "alloc::boxed::Box<dyn app::Speak, G>>"}, []string{"alloc::boxed::Box<dyn app::Speak, G>", "app::Leaf"}},
		"a list that drops its rest":  {[]string{drop + "app::Node>", drop + "app::Link>", drop + "app::Node>", drop + "app::Link>", drop + "app::List>"}, []string{"app::List", "app::Link", "app::Node"}},
		"destructors":                 {[]string{"operator delete(void*)", "std::_Vector_base<app::Leaf, std::allocator<app::Leaf> >::~_Vector_base()", "std::vector<app::Leaf, std::allocator<app::Leaf> >::~vector()", "app::Tree::~Tree()"}, []string{"app::Tree", "std::vector<app::Leaf, std::allocator<app::Leaf> >"}},
		"what only looks like one":    {[]string{"app::Tree::~Tree()::{lambda()#1}::operator()() const"}, nil},
	} {
		if got := drops(c.stack...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

func TestFocusMatchesWhoFreedWhoAllocatedAndWhatWasDropped(t *testing.T) {
	for expression, want := range map[string]string{
		"release":   "c_release",
		"c_buffer":  "c_release",
		"Box<.*N":   "app::after",
		"^HashMap<": "app::after",
	} {
		r := report(t, Options{By: ByDrop, Focus: regexp.MustCompile(expression)}, reporttest.Frees())
		if len(r.Rows) != 2 || r.Rows[0].Kind != Entry || r.Rows[0].Site.Name != want || r.Rows[1].Kind != Unfocused {
			t.Errorf("%s: %+v", expression, r.Rows)
		}
	}
}

func TestAProfileWithoutFreesIsRefusedByTheViewsOfThem(t *testing.T) {
	for _, o := range []Options{{By: ByDrop}, {WhoFrees: true}} {
		if _, err := NewReport(NewSource(reporttest.Sample()), o); !errors.Is(err, ErrNoFrees) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := NewReport(NewSource(reporttest.Sample()), Options{Leaks: true}); err != nil {
		t.Error(err)
	}
}

func TestFreesBeyond64BitsAreRefused(t *testing.T) {
	p := reporttest.Frees()
	p.Recording.Frees.Stacks[0].Bytes = 1<<64 - 1
	if _, err := NewReport(NewSource(p), Options{By: ByDrop}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
}

func TestALeakKnowsWhereOthersOfItsSiteWereFreed(t *testing.T) {
	r := report(t, Options{Leaks: true}, reporttest.Frees())
	checkSums(t, r.Rows, r.Total)
	var got []string
	for _, row := range r.Rows {
		if row.Kind != Entry {
			continue
		}
		got = append(got, row.Site.Name)
		for _, e := range row.FreedElsewhere {
			got = append(got, fmt.Sprintf("%d %s at %s", e.Sums.Get(Blocks), e.Drop.Type, e.Site.Name))
		}
	}
	if want := []string{"app::index", "8 HashMap<String, u64, RandomState> at app::after", "app::keep"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
