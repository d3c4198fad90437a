package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/testkit"
)

// Nothing that a file may hold makes the work more than linear, or the stack of
// what reads it deep.

func TestBracketsInANameAreFollowedToALimit(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a", n) + " as b" + strings.Repeat(">::c", n) }
	p := sample()
	p.Frames[1] = testkit.Frames("0x1: " + nested(names.MaxNesting-1))[0]
	p.Frames[2] = testkit.Frames("0x2: " + nested(40_000))[0]
	frames := NewFrameTable(p)
	if got := frames.Frame(1).Function; got != nested(names.MaxNesting-1) {
		t.Errorf("%d brackets in each other were cut: %s", names.MaxNesting-1, got)
	}
	depth, deepest := 0, 0
	for _, c := range frames.Frame(2).Function {
		switch c {
		case '<':
			depth++
		case '>':
			depth--
		}
		deepest = max(deepest, depth)
	}
	if deepest != names.MaxNesting || depth != 0 || strings.Count(frames.Frame(2).Function, "…") != 1 {
		t.Errorf("of 40,000 brackets in each other %d are left, with %d open", deepest, depth)
	}
}

// deep is a profile of one stack of n frames.
func deep(n int) *profile.Profile {
	p := sample()
	p.Frames, p.Recording = testkit.Frames("[root]"), nil
	pt := profile.Point{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1}
	for i := range n {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x100: f%d (a.c:%d)", i, i+1))...)
		pt.Frames = append(pt.Frames, uint32(i+1))
	}
	p.Points = []profile.Point{pt}
	return p
}

func TestATreeOfDeeperStacksThanAreRecordedEndsWithWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		frames int
		last   string
	}{{maxDepth, "f0  a.c:1"}, {maxDepth + 1, "… 1 more frame"}, {30_000, "… 28,976 more frames"}} {
		var out bytes.Buffer
		if err := Report(&out, deep(c.frames), Options{Tree: true}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if last := lines[len(lines)-2]; !strings.HasSuffix(last, " "+c.last) {
			t.Errorf("of %d frames the last is %q", c.frames, last[max(0, len(last)-100):])
		}
	}
	if err := Report(io.Discard, deep(30_000), Options{Tree: true, BottomUp: true, Format: JSON}); err != nil {
		t.Errorf("as JSON: %v", err)
	}
}

func TestPProfTakesFramesAtOneAddressForInlinedToALimit(t *testing.T) {
	prof := convert(t, deep(30_000))
	frames := 0
	for _, l := range prof.Sample[0].Location {
		frames += len(l.Line)
		if len(l.Line) > 1000 {
			t.Errorf("a location of %d functions", len(l.Line))
		}
	}
	if frames != 30_000 {
		t.Errorf("%d frames, want 30,000", frames)
	}
}

func TestAProfileWithoutAnyFrameIsDrawn(t *testing.T) {
	for _, points := range [][]profile.Point{nil, {{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1}}} {
		p := &profile.Profile{Columns: profile.Lives, Points: points}
		for name, write := range map[string]func(io.Writer, *profile.Profile, FlameOptions) error{
			"folded": WriteFolded, "svg": WriteSVG, "speedscope": WriteSpeedscope,
		} {
			if err := write(io.Discard, p, FlameOptions{}); err != nil {
				t.Errorf("%s of %d points: %v", name, len(points), err)
			}
		}
	}
}
