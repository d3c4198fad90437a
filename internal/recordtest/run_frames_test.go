//go:build linux && (amd64 || arm64)

package recordtest

import (
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker"
)

func TestStacksGoThroughRealignedFrames(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "realign.c", "-O2", "-g", "-fno-optimize-sibling-calls"))
	stacks := functionStacks(r.Profile, "realign.c")
	chain := []string{"plain", "over_aligned", "over_aligned_and_variable", "variable", "many_arguments"}
	for i := range chain {
		key := "take < " + strings.Join(chain[i:], " < ") + " < main"
		if got := stacks[key].TotalBlocks; got != 20 {
			t.Errorf("%d blocks, want 20: %s", got, key)
		}
	}
}

func TestStacksNeedNoFramePointers(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "omitfp.c", "-O2", "-g", "-fomit-frame-pointer", "-fno-optimize-sibling-calls"))
	wantStacks(t, functionStacks(r.Profile, "omitfp.c"), map[string]uint64{"leaf < keep_busy < through < start < main": 300})
}

func TestInlinedCallsAreFramesOfTheirOwn(t *testing.T) {
	for _, dwarf := range []string{"-gdwarf-4", "-gdwarf-5"} {
		r := record(t, nil, testkit.Build(t, "inlined.c", "-O2", dwarf))
		wantStacks(t, functionStacks(r.Profile, "inlined.c"), map[string]uint64{"inner < middle < outer < main": 20})
		for i := range r.Profile.Points {
			c := callers(stack(r.Profile, &r.Profile.Points[i]))
			if len(c) < 3 || c[0].Function != "inner" {
				continue
			}
			if c[0].Addr != c[1].Addr || c[1].Addr != c[2].Addr {
				t.Errorf("inlined frames have different addresses: %v", c[:3])
			}
			if c[0].Line == 0 || c[1].Line == 0 || c[2].Line == 0 || c[1].Line == c[2].Line {
				t.Errorf("inlined frames lack their lines: %v", c[:3])
			}
		}
	}
}

func TestContainersInlineIntoTheirCallers(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "containers.cc", "-O2", "-g"))
	// The library's code is inlined into these, in its own header's frames.
	for _, want := range []string{"shop::Stock::add", "shop::Item::Item", "main"} {
		found := false
		for i := range r.Profile.Points {
			frames := stack(r.Profile, &r.Profile.Points[i])
			for j := 1; j < len(frames); j++ {
				if isIn(frames[j], "containers.cc") && strings.Contains(frames[j].Function, want) &&
					frames[j-1].Addr == frames[j].Addr && strings.Contains(frames[j-1].Function, "std::") {
					found = true
				}
			}
		}
		if !found {
			t.Errorf("nothing of std:: is inlined into %s", want)
		}
	}
}

func TestDepthCutsTheOutermostFrames(t *testing.T) {
	bin := testkit.Build(t, "deep.c")
	for _, depth := range []int{1, 2, 16, 128, 1024} {
		r := record(t, []string{"--depth", strconv.Itoa(depth)}, bin, "5000")
		wantOwnCounts(t, r, "deep.c")
		p, deepest := r.Profile, 0
		var cut, cutBlocks uint64
		for i := range p.Points {
			pt := &p.Points[i]
			frames := stack(p, pt)
			for j, f := range frames {
				if f.Function != "[truncated]" {
					continue
				}
				if j != len(frames)-1 {
					t.Errorf("--depth %d: [truncated] is not the outermost frame: %s", depth, stackText(p, pt))
				}
				frames = frames[:j]
				cut++
				cutBlocks += pt.TotalBlocks
			}
			deepest = max(deepest, len(frames))
		}
		if deepest != depth {
			t.Errorf("--depth %d: the deepest stack has %d frames", depth, deepest)
		}
		c := p.Recording.Counts
		if cut == 0 || c.TruncatedStacks < cut || c.TruncatedBlocks != cutBlocks {
			t.Errorf("--depth %d: %d points with %d blocks end in [truncated], the profile counts %d stacks with %d blocks",
				depth, cut, cutBlocks, c.TruncatedStacks, c.TruncatedBlocks)
		}
	}
	if r := record(t, nil, bin, "100"); r.Profile.Recording.Counts.TruncatedStacks != 0 {
		t.Errorf("%d stacks of about a hundred frames were cut by default", r.Profile.Recording.Counts.TruncatedStacks)
	}
}

// TestTheDepthThatWouldKeepCutStacksIsSaid has stacks of several kinds cut, and records them
// once more with the depth that the profile names, and with one less.
func TestTheDepthThatWouldKeepCutStacksIsSaid(t *testing.T) {
	bin := testkit.Build(t, "deep.c")
	for _, levels := range []string{"50", "300", "900"} {
		cut := func(depth uint64) (stacks, deepest uint64) {
			x := record(t, []string{"--depth", strconv.FormatUint(depth, 10)}, bin, levels).Profile.Recording
			return x.Counts.TruncatedStacks, x.Deepest
		}
		_, deepest := cut(16)
		if stacks, _ := cut(deepest); stacks != 0 {
			t.Errorf("%s levels: %d stacks are cut at the depth of %d that was to keep them", levels, stacks, deepest)
		}
		if stacks, again := cut(deepest - 1); stacks == 0 || again != deepest {
			t.Errorf("%s levels: at the depth of %d %d stacks are cut, of %d frames", levels, deepest-1, stacks, again)
		}
	}
	if x := record(t, nil, bin, "5000").Profile.Recording; x.Deepest <= tracker.MaxDepth {
		t.Errorf("5000 levels: the deepest stack is said to have %d frames", x.Deepest)
	}
}

func TestStrippedProgramKeepsModuleAndExportedNames(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "tree.c", "-O0", "-s"))
	total := testkit.Counts(r.Stdout)["total_blocks"]
	var named uint64
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		for _, f := range stack(r.Profile, pt) {
			if f.Module != nil && strings.HasSuffix(f.Module.Path, "/tree") {
				named += pt.TotalBlocks
				break
			}
		}
	}
	if named < total {
		t.Errorf("%d of %d blocks name the program as their frames' module", named, total)
	}
}

func hasFunction(p *profile.Profile, prefix string) bool {
	for i := range p.Frames {
		if strings.HasPrefix(p.Frames[i].Function, prefix) {
			return true
		}
	}
	return false
}

// wantStacks checks how many blocks the given stacks have; others may exist.
func wantStacks(t *testing.T, got map[string]sums, want map[string]uint64) {
	t.Helper()
	wrong := false
	for key, blocks := range want {
		if got[key].TotalBlocks != blocks {
			t.Errorf("%d blocks, want %d: %s", got[key].TotalBlocks, blocks, key)
			wrong = true
		}
	}
	if wrong {
		t.Logf("stacks: %s", listStacks(got))
	}
}
