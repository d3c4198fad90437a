package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// moved is a function's profile: name, file, line, module and address vary.
func moved(frame string, bytes uint64) *profile.Profile {
	return &profile.Profile{
		Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", frame),
		Points: []profile.Point{{TotalBytes: bytes, TotalBlocks: 1, PeakBytes: bytes, PeakBlocks: 1, Frames: []uint32{1, 2}}},
	}
}

func TestAMovedSiteIsNoChange(t *testing.T) {
	for _, c := range [][2]string{
		{"0x1000: f(int) (a.c:10)", "0x1000: f(int) (a.c:99)"},
		{"0x1000: f(int) (a.c:10)", "0x7fff1000: f(int) (a.c:10)"},
		{"0x1000: f(int) (/src/a.c:10)", "0x1000: f(int) (/home/ci/a.c:10)"},
		{"0x1000: f(int) (in /usr/lib/libf.so)", "0x2000: f(int) (in /opt/lib/libf.so)"},
		{"0x1000: f(int) (a.c:10)", "0x2000: f(int) (in /usr/lib/libf.so)"}, // stripped since
		{"0x1000: a::f::h0123456789abcdef (a.rs:1:2)", "0x1000: a::f::hfedcba9876543210 (a.rs:3:4)"},
		{"0x1000: f.constprop.0 (a.c:10)", "0x1000: f (a.c:10)"},
		{"0x1000: f(int) [clone .cold] (a.c:10)", "0x1000: f(int) (a.c:10)"},
	} {
		v := build(t, Options{}, moved(c[0], 100), moved(c[1], 100))
		if len(v.Rows) != 1 || v.change(v.Rows[0]).abs() != 0 {
			t.Errorf("%s → %s: %q", c[0], c[1], v.names())
		}
	}
}

func TestDifferentFunctionsAreNotMatched(t *testing.T) {
	for _, c := range [][2]string{
		{"0x1000: f(int) (a.c:10)", "0x1000: g(int) (a.c:10)"},
		{"0x1000: f(int) (a.c:10)", "0x1000: f(char) (a.c:10)"},
	} {
		v := build(t, Options{}, moved(c[0], 100), moved(c[1], 100))
		if len(v.Rows) != 2 {
			t.Errorf("%s, %s: %q", c[0], c[1], v.names())
		}
	}
}

func TestAFunctionOfTwoFilesIsNotMatchedByNameAlone(t *testing.T) {
	before := moved("0x1000: init (a.c:1)", 100)
	after := moved("0x1000: init (b.c:1)", 70)
	after.Frames = append(after.Frames, testkit.Frames("0x2000: init (c.c:1)")...)
	after.Points = append(after.Points, profile.Point{PeakBytes: 30, Frames: []uint32{1, 3}})
	v := build(t, Options{}, before, after)
	if got := v.names(); !slices.Equal(got, []string{"init @ a.c", "init @ b.c", "init @ c.c"}) {
		t.Errorf("got %q", got)
	}
}

func TestNewAndGoneSitesAreMarked(t *testing.T) {
	var out bytes.Buffer
	if err := Diff(&out, moved("0x1: old (a.c:1)", 10), moved("0x1: young (a.c:1)", 20), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"new", "gone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
}

func TestTheLargestChangeComesFirstWhateverItsSign(t *testing.T) {
	v := build(t, Options{}, sample(), rebuilt())
	last := ^uint64(0)
	for _, r := range v.Rows {
		if size := v.change(r).abs(); size > last {
			t.Errorf("%d after %d", size, last)
		} else {
			last = size
		}
	}
	if v.change(v.Rows[0]).sign() >= 0 {
		t.Error("the largest change of the sample is a decrease")
	}
}

func TestProfilesOfDifferentThingsAreNotCompared(t *testing.T) {
	heap, copied, adhoc := foreign(t, "valgrind-heap.json"), foreign(t, "valgrind-copy.json"), foreign(t, "valgrind-ad-hoc.json")
	for _, pair := range [][2]*profile.Profile{{heap, copied}, {copied, adhoc}, {heap, adhoc}} {
		if err := Diff(&bytes.Buffer{}, pair[0], pair[1], Options{}); err == nil || !strings.Contains(err.Error(), "mode") {
			t.Errorf("%s with %s: %v", pair[0].Mode, pair[1].Mode, err)
		}
	}
	if err := Diff(&bytes.Buffer{}, heap, foreign(t, "dhat-rs-heap.json"), Options{}); err != nil {
		t.Errorf("two heaps: %v", err)
	}
	temporary := TemporaryBlocks
	err := Diff(&bytes.Buffer{}, sample(), heap, Options{Metric: &temporary})
	if err == nil || !strings.Contains(err.Error(), "the second profile does not record temporary-blocks") {
		t.Errorf("a metric of one side only: %v", err)
	}
}

func TestOppositeChangesBelowANodeAreNotHiddenInATree(t *testing.T) {
	profile := func(a, b uint64) *profile.Profile {
		return &profile.Profile{
			Mode: "heap", Frames: testkit.Frames("[root]", "0x1: a (a.c:1)", "0x2: b (a.c:2)", "0x3: main (a.c:3)"),
			Points: []profile.Point{{TotalBytes: a, TotalBlocks: 1, Frames: []uint32{1, 3}}, {TotalBytes: b, TotalBlocks: 1, Frames: []uint32{2, 3}}},
		}
	}
	v := build(t, Options{Tree: true}, profile(100, 0), profile(0, 100))
	if len(v.Rows) != 1 || v.Rows[0].Kind != Entry || len(v.Rows[0].Children) != 2 {
		t.Errorf("got %q", v.names())
	}
}

func TestALeastChangeIsAnAmountOrAPercentage(t *testing.T) {
	for s, want := range map[string]Threshold{
		"0": {}, "1000": {Amount: 1000}, "64KiB": {Amount: 64 << 10}, "64k": {Amount: 64 << 10}, "1.5 MiB": {Amount: 3 << 19}, "2G": {Amount: 2 << 30},
		"5%": {Percent: 5}, "0.5 %": {Percent: 0.5}, "100B": {Amount: 100},
	} {
		if got, err := ParseThreshold(s); err != nil || got != want {
			t.Errorf("ParseThreshold(%q) = %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "x", "-1", "5%%", "-5%", "1KiBB", "1 potato", "NaN", "inf", "1e30", "%"} {
		if got, err := ParseThreshold(s); err == nil {
			t.Errorf("ParseThreshold(%q) = %+v", s, got)
		}
	}
}
