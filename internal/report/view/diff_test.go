package view

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// moved is a function's profile: name, file, line, module and address vary.
func moved(frame string, bytes uint64) *profile.Profile {
	return &profile.Profile{
		Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", frame),
		Points: []profile.Point{{TotalBytes: bytes, TotalBlocks: 1, PeakBytes: bytes, PeakBlocks: 1, Stack: profile.StackOf(1, 2)}},
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
		{"0x1000: a::T<U>::f (/src/a.rs:1:2)", "0x1000: <a::T<u8>>::f::<u8> (/src/a.rs:1:2)"},            // legacy and v0
		{"0x1000: <a::T as core::clone::Clone>::clone (/src/a.rs:1:2)", "0x1000: clone (/src/a.rs:1:2)"}, // lines only
		{"0x1000: a::b::run::{{closure}} (/src/b.rs:1:2)", "0x1000: {closure#0} (/src/b.rs:1:2)"},        // lines only
		{"0x1000: f.constprop.0 (a.c:10)", "0x1000: f (a.c:10)"},
		{"0x1000: f(int) [clone .cold] (a.c:10)", "0x1000: f(int) (a.c:10)"},
	} {
		d := diff(t, Options{}, moved(c[0], 100), moved(c[1], 100))
		if len(d.Rows) != 1 || d.Rows[0].Change(d.Metric).Abs() != 0 {
			t.Errorf("%s → %s: %q", c[0], c[1], d.labels())
		}
	}
}

func TestDifferentFunctionsAreNotMatched(t *testing.T) {
	for _, c := range [][2]string{
		{"0x1000: f(int) (a.c:10)", "0x1000: g(int) (a.c:10)"},
		{"0x1000: f(int) (a.c:10)", "0x1000: f(char) (a.c:10)"},
		{"0x1000: <a::T as core::clone::Clone>::clone (/src/a.rs:1:2)", "0x1000: clone (/src/a.rs:9:2)"},
	} {
		d := diff(t, Options{}, moved(c[0], 100), moved(c[1], 100))
		if len(d.Rows) != 2 {
			t.Errorf("%s, %s: %q", c[0], c[1], d.labels())
		}
	}
}

func TestAFunctionWithoutANameIsItselfInOneBuildOnly(t *testing.T) {
	// Two calls in the function that begins at 0x1000 of the file.
	nameless := func(buildID string, bias uint64) *profile.Profile {
		p := moved("0x1: f (a.c:1)", 60)
		m := &profile.Module{Path: "/usr/lib/libf.so.1", BuildID: buildID, Start: bias, End: bias + 0x9000, Bias: bias}
		p.Modules = []*profile.Module{m}
		p.Frames[2] = profile.Frame{Addr: bias + 0x1010, Entry: bias + 0x1000, Module: m}
		p.Frames = append(p.Frames, profile.Frame{Addr: bias + 0x1020, Entry: bias + 0x1000, Module: m})
		p.Points = append(p.Points, profile.Point{PeakBytes: 40, Stack: profile.StackOf(1, 3)})
		return p
	}
	one := diff(t, Options{}, nameless("c0ffee", 0x7f0000000000), nameless("c0ffee", 0x7e0000000000))
	if got := one.labels(); !slices.Equal(got, []string{"libf.so.1 fn@0x1000"}) || one.Rows[0].Change(one.Metric).Abs() != 0 {
		t.Errorf("in one build: %q", got)
	}
	two := diff(t, Options{}, nameless("c0ffee", 0x7f0000000000), nameless("decaf0", 0x7f0000000000))
	if got := two.labels(); !slices.Equal(got, []string{"libf.so.1 fn@0x1000", "libf.so.1 fn@0x1000"}) {
		t.Errorf("in two builds: %q", got)
	}
}

func TestAFunctionOfTwoFilesIsNotMatchedByNameAlone(t *testing.T) {
	before := moved("0x1000: init (a.c:1)", 100)
	after := moved("0x1000: init (b.c:1)", 70)
	after.Frames = append(after.Frames, testkit.Frames("0x2000: init (c.c:1)")...)
	after.Points = append(after.Points, profile.Point{PeakBytes: 30, Stack: profile.StackOf(1, 3)})
	d := diff(t, Options{}, before, after)
	if got := d.labels(); !slices.Equal(got, []string{"init @ a.c", "init @ b.c", "init @ c.c"}) {
		t.Errorf("got %q", got)
	}
}

func TestTheLargestChangeComesFirstWhateverItsSign(t *testing.T) {
	d := diff(t, Options{}, reporttest.Sample(), reporttest.Rebuilt())
	last := ^uint64(0)
	for _, r := range d.Rows {
		if size := r.Change(d.Metric).Abs(); size > last {
			t.Errorf("%d after %d", size, last)
		} else {
			last = size
		}
	}
	if d.Rows[0].Change(d.Metric).Sign() >= 0 {
		t.Error("the largest change of the sample is a decrease")
	}
}

func TestProfilesOfDifferentThingsAreNotCompared(t *testing.T) {
	heap, copied, adhoc := reporttest.Foreign(t, "valgrind-heap.json"), reporttest.Foreign(t, "valgrind-copy.json"), reporttest.Foreign(t, "valgrind-ad-hoc.json")
	for _, pair := range [][2]*profile.Profile{{heap, copied}, {copied, adhoc}, {heap, adhoc}} {
		if _, err := NewDiff(NewSource(pair[0]), NewSource(pair[1]), Options{}); err == nil || !strings.Contains(err.Error(), "mode") {
			t.Errorf("%s with %s: %v", pair[0].Mode, pair[1].Mode, err)
		}
	}
	diff(t, Options{}, heap, reporttest.Foreign(t, "dhat-rs-heap.json")) // two heaps
	temporary := TemporaryBlocks
	after := NewSource(heap)
	after.Name = "after.json"
	_, err := NewDiff(NewSource(reporttest.Sample()), after, Options{Metric: &temporary})
	if err == nil || !strings.Contains(err.Error(), "after.json does not record temporary-blocks") {
		t.Errorf("a metric of one side only: %v", err)
	}
}

func TestOppositeChangesBelowANodeAreNotHiddenInATree(t *testing.T) {
	profile := func(a, b uint64) *profile.Profile {
		return &profile.Profile{
			Mode: "heap", Frames: testkit.Frames("[root]", "0x1: a (a.c:1)", "0x2: b (a.c:2)", "0x3: main (a.c:3)"),
			Points: []profile.Point{{TotalBytes: a, TotalBlocks: 1, Stack: profile.StackOf(1, 3)}, {TotalBytes: b, TotalBlocks: 1, Stack: profile.StackOf(2, 3)}},
		}
	}
	d := diff(t, Options{Tree: true}, profile(100, 0), profile(0, 100))
	if len(d.Rows) != 1 || d.Rows[0].Kind != Entry || len(d.Rows[0].Children) != 2 {
		t.Errorf("got %q", d.labels())
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
