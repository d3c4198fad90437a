package view

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// calls is a profile of main, which calls map and list of the same file: each point is of the
// functions named, with so many bytes.
func calls(points ...call) *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Columns: profile.Lives,
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: map (a.c:10)", "0x3: list (a.c:20)", "0x4: main (a.c:30)", "0x5: _start (in /bin/a)"),
	}
	for _, c := range points {
		p.Points = append(p.Points, profile.Point{
			TotalBytes: c.bytes, TotalBlocks: c.blocks, PeakBytes: c.bytes, PeakBlocks: c.blocks, Stack: profile.StackOf(append([]uint32{1}, c.stack...)...),
		})
	}
	return p
}

type call struct {
	bytes, blocks uint64
	stack         []uint32
}

func TestAFunctionThatTheOtherBuildHasNotIsPairedWithItsCaller(t *testing.T) {
	inMap, inList, inMain, mapInList := []uint32{2, 4, 5}, []uint32{3, 4, 5}, []uint32{4, 5}, []uint32{2, 3, 4, 5}
	for _, c := range []struct {
		what          string
		before, after *profile.Profile
		rows          []string
	}{
		{"it ends by a jump", calls(call{100, 2, inMain}), calls(call{100, 2, inMap}), []string{"main @ a.c"}},
		{"both do", calls(call{160, 3, inMain}), calls(call{100, 2, inMap}, call{60, 1, inList}), []string{"main @ a.c"}},
		{"the caller allocates, too", calls(call{160, 3, inMain}), calls(call{100, 2, inMap}, call{60, 1, inMain}), []string{"main @ a.c"}},
		{"more bytes", calls(call{100, 2, inMain}), calls(call{101, 2, inMap}), []string{"map @ a.c", "main @ a.c"}},
		{"more blocks", calls(call{100, 2, inMain}), calls(call{100, 3, inMap}), []string{"main @ a.c", "map @ a.c"}},
		{"nothing is gone from the caller", calls(call{100, 2, inMain}), calls(call{100, 2, inMain}, call{100, 2, inMap}), []string{"map @ a.c", "main @ a.c"}},
		{"one takes the place of another", calls(call{100, 2, inMap}), calls(call{100, 2, inList}), []string{"list @ a.c", "map @ a.c"}},
		{"both have it", calls(call{100, 2, inMain}, call{50, 1, mapInList}), calls(call{100, 2, inList}, call{50, 1, mapInList}), []string{"list @ a.c", "main @ a.c", "map @ a.c"}},
	} {
		for _, pair := range [][2]*profile.Profile{{c.before, c.after}, {c.after, c.before}} {
			got := diff(t, Options{}, pair[0], pair[1]).labels()
			slices.Sort(got)
			slices.Sort(c.rows)
			if !slices.Equal(got, c.rows) {
				t.Errorf("%s: got %q", c.what, got)
			}
		}
	}
}

func TestATypeThatIsSpelledOtherwiseIsPairedAtItsSite(t *testing.T) {
	for _, c := range []struct {
		instance string
		bytes    uint64
		rows     int
		typ      string // of the vector of strings
	}{
		{"alloc::raw_vec::RawVec::with_capacity_in<(alloc::string::String, app::Event), alloc::alloc::Global>", 48_000, 4, "Vec<(String, Event)>"},
		{"alloc::raw_vec::RawVec::with_capacity_in<app::Other, alloc::alloc::Global>", 48_000, 4, ""}, // two functions that a linker has made one
		{"alloc::raw_vec::RawVec::with_capacity_in<app::Other, alloc::alloc::Global>", 48_001, 5, "Vec<Other>"},
	} {
		after := reporttest.Typed()
		after.Frames[11].Instance = c.instance
		after.Frames[12].Instance = ""
		after.Points[2].TotalBytes = c.bytes
		d := diff(t, Options{}, reporttest.Typed(), after)
		i := slices.IndexFunc(d.Rows, func(r *Row) bool { return r.Site.Name == "jaq_json::Val::range" && r.Sums.points > 0 })
		if len(d.Rows) != c.rows || d.Rows[i].Type.Name != c.typ {
			t.Errorf("%s of %d bytes: got %q", c.instance, c.bytes, d.typed())
		}
	}
}

func TestWhatIsInlinedIntoAFunctionThatTheOtherBuildInlinesIsNoSite(t *testing.T) {
	with, without := reporttest.Typed(), reporttest.TypedWithoutDebugInformation()
	// The compiler, which knew of no lines, has inlined app::main into std's begin_short_backtrace.
	for i := range without.Points {
		pt := &without.Points[i]
		pt.Stack = profile.StackOf(slices.DeleteFunc(slices.Clone(pt.Stack.Frames()), func(f uint32) bool { return without.Frames[f].Function == "app::main" })...)
	}
	for i := range without.Frames {
		if f := &without.Frames[i]; f.Function == "app::main" || f.Function == "app::parse" {
			f.Function = "" // it is in no stack, and so not in the table
		}
	}
	without.Frames[5].Function = "app::begin"
	with.Frames[5].Function, with.Frames[5].File = "app::begin", "/src/app/src/main.rs"
	for i := range with.Points {
		with.Points[i].TotalBytes++ // so that nothing is paired as it adds up
	}
	d := diff(t, Options{}, without, with)
	if d.Bare != d.Before {
		t.Error("the profile before is not told to be without debug information")
	}
	for _, label := range d.labels() {
		if label == "app::parse @ main.rs" {
			t.Errorf("got %q", d.labels())
		}
	}
	if d := diff(t, Options{}, with, with); d.Bare != nil {
		t.Error("both have debug information")
	}
}
