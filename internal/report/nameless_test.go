package report

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestWhyFunctionsHaveNoNamesIsSaidOfEachCause(t *testing.T) {
	p := &profile.Profile{
		Mode: "heap", Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks"}, PeakTime: 1,
		Frames: testkit.Frames("[root]", "0x10: ??? (in /t/plug.so)", "0x20: ??? (in /bin/tool)", "0x30: ??? (in /lib/libz.so)", "0x40: ??? (in /lib/liba.so)"),
		Points: []profile.Point{
			{Frames: []uint32{1}, TotalBytes: 30, PeakBytes: 30},
			{Frames: []uint32{2}, TotalBytes: 25, PeakBytes: 25},
			{Frames: []uint32{3}, TotalBytes: 8, PeakBytes: 8},
			{Frames: []uint32{4}, TotalBytes: 37, PeakBytes: 37},
		},
		Recording: &profile.Recording{},
		Modules: []*profile.Module{
			{Path: "/t/plug.so", Nameless: "was deleted"},
			{Path: "/bin/tool", Nameless: "is a Rust program without symbols"},
			{Path: "/lib/libz.so", MissingSplit: []string{"/b/1.dwo", "/b/2.dwo", "/b/3.dwo", "/b/4.dwo"}}, {Path: "/lib/liba.so"},
		},
	}
	testkit.Place(p, -1, 0, 1, 2, 3)
	var out strings.Builder
	v, err := Build(Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(&out); err != nil {
		t.Fatal(err)
	}
	var notes []string
	for line := range strings.Lines(out.String()) {
		if rest, ok := strings.CutPrefix(line, "note"); ok {
			notes = append(notes, strings.TrimSpace(rest))
		}
	}
	want := []string{
		"libz.so lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: 1.dwo, 2.dwo, 3.dwo and 1 more; keep these where they were, or pack them into libz.so.dwp with dwp",
		"45.0% of total-bytes has no function names: install debug symbols for liba.so and libz.so",
		"30.0% of total-bytes has no function names: plug.so was deleted",
		"25.0% of total-bytes has no function names: tool is a Rust program without symbols",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(want, "\n"))
	}
}
