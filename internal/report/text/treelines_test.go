package text

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// chained returns a profile of a site below so many functions that each call one other, in two
// libraries by turns of four, and of one more allocation by the outermost.
func chained(n int) *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Modules: []*profile.Module{{Path: "/lib/liba.so.1"}, {Path: "/lib/libb.so.2"}},
		Frames:  []profile.Frame{profile.Root},
	}
	var stack []uint32
	for i := range n {
		p.Frames = append(p.Frames, profile.Frame{Function: "call_" + string(rune('a'+i)), Module: p.Modules[i/4%2]})
		stack = append(stack, uint32(i+1))
	}
	slices.Reverse(stack)
	p.Points = []profile.Point{{TotalBytes: 10, TotalBlocks: 1, PeakBytes: 10, PeakBlocks: 1, Stack: profile.StackOf(stack...)}}
	return p
}

func treeOf(t *testing.T, p *profile.Profile, o view.Options, width int) string {
	t.Helper()
	o.Tree = true
	r, err := view.NewReport(view.NewSource(p), o)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Report(&out, r, Options{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAChainOfSingleCallsSharesALineFromThreeFramesBetweenOn(t *testing.T) {
	if got := treeOf(t, chained(5), view.Options{}, 80); !strings.Contains(got, "call_a ⋯3 call_e  libb.so.2\n") {
		t.Error(got)
	}
	if got := treeOf(t, chained(4), view.Options{}, 80); strings.Contains(got, "⋯") || !strings.Contains(got, "call_c\n") {
		t.Error(got)
	}
	if got := treeOf(t, chained(5), view.Options{AllFrames: true}, 80); strings.Contains(got, "⋯") {
		t.Error(got)
	}
}

func TestATreeNamesALibraryWhereItChanges(t *testing.T) {
	got := treeOf(t, chained(6), view.Options{AllFrames: true}, 80)
	for _, want := range []string{"call_a  liba.so.1\n", "call_b\n", "call_d\n", "call_e  libb.so.2\n", "call_f\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestGuidesLeaveTheNamesTheirRoom(t *testing.T) {
	const width = 60
	for levels := range 60 {
		prefix := strings.Repeat("│ ", levels) + "├ "
		got := branches(prefix, 2*levels+2, width)
		if w := names.Width(got); w > width/3+1 || !strings.HasSuffix(got, "├ ") {
			t.Errorf("%d levels: %q has %d columns", levels, got, w)
		}
	}
	if got := branches(strings.Repeat("│ ", 30), 60, width); !strings.HasPrefix(got, "⋯14 ") {
		t.Errorf("%q", got)
	}
	if got := branches("│ ├ ", 4, width); got != "│ ├ " {
		t.Errorf("%q", got)
	}
}

func TestATreeLeavesOutFoldedRowsWithoutAnythingOfItsMetric(t *testing.T) {
	p := chained(2)
	for i := range 3 {
		p.Frames = append(p.Frames, profile.Frame{Function: "gone_" + string(rune('a'+i)), Module: p.Modules[0]})
		p.Points = append(p.Points, profile.Point{TotalBytes: 5, TotalBlocks: 1, Stack: profile.StackOf(uint32(len(p.Frames)-1), 1)})
	}
	if got := treeOf(t, p, view.Options{Top: 1}, 80); strings.Contains(got, "more call") {
		t.Error(got)
	}
}
