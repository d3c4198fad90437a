package view

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// checkSums tells where rows, and each row's children, do not add up to a row.
func checkSums(t *testing.T, rows []*Row, want *Row) {
	t.Helper()
	var before, sums Sums
	for _, r := range rows {
		before.addSums(&r.Before)
		sums.addSums(&r.Sums)
		if len(r.Children) > 0 {
			checkSums(t, r.Children, r)
		}
	}
	if before != want.Before || sums != want.Sums {
		t.Errorf("rows add up to\n%v, %v, not to\n%v, %v", before, sums, want.Before, want.Sums)
	}
}

func TestTheRowsOfEveryViewAddUpToTheTotals(t *testing.T) {
	zero, five := 0.0, 5.0
	end, life := EndBytes, Lifetime
	one, before, after := reporttest.Random(1), reporttest.Random(2), reporttest.Random(3)
	for _, o := range []Options{
		{}, {Top: 3}, {Min: &five}, {By: ByFunction}, {By: ByFile, Top: 2}, {By: ByModule}, {By: ByStack, Top: 10}, {By: ByStack},
		{AllFrames: true}, {Metric: &end}, {Metric: &life, Top: 4},
		{Focus: regexp.MustCompile("f3$"), Top: 4}, {Ignore: regexp.MustCompile("f1|libx2")},
		{Focus: regexp.MustCompile("f[12]"), Ignore: regexp.MustCompile(`f2\.c`), By: ByStack},
		{Tree: true}, {Tree: true, Min: &zero}, {Tree: true, Min: &zero, Top: 2}, {Tree: true, Min: &five, By: ByFunction},
		{Tree: true, BottomUp: true}, {Tree: true, BottomUp: true, Min: &zero, AllFrames: true},
		{Tree: true, Focus: regexp.MustCompile("f3"), Ignore: regexp.MustCompile("f4")},
		{By: ByType, Top: 2}, {By: ByCrate}, {By: ByDir}, {Own: true}, {Own: true, Tree: true},
		{MinChange: Threshold{Percent: 50}}, {MinChange: Threshold{Amount: 30000}, Tree: true},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			r, d := report(t, o, one), diff(t, o, before, after)
			if len(r.Rows) == 0 || len(d.Rows) == 0 {
				t.Fatal("no rows")
			}
			checkSums(t, r.Rows, r.Total)
			checkSums(t, d.Rows, d.Total)
			for _, c := range []struct {
				sums    *Sums
				profile *profile.Profile
			}{{&r.Total.Sums, one}, {&d.Total.Before, before}, {&d.Total.Sums, after}} {
				if want := c.profile.Totals(); c.sums.Get(TotalBytes) != want.TotalBytes || c.sums.Get(EndBlocks) != want.EndBlocks {
					t.Error("the total is not the profile's")
				}
			}
		})
	}
}

func TestASiteIsTheInnermostFrameThatIsNotPlumbing(t *testing.T) {
	want := []string{
		"Parser::read(std::istream&) @ parser.cc:40",
		"Parser::read(std::istream&) @ parser.cc:44",
		"libzip.so.2+0x1210 from Archive::open(const std::string&, int)",
		"(emergency pool, normal) @ libstdc++",
		"main @ main.cc:12",
	}
	if got := report(t, Options{}, reporttest.Sample()).labels(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAStackOfPlumbingAloneHasTheOutermostOfItAsSite(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: std::string::_M_create() (in /lib/libstdc++.so.6)", "[truncated]", "0x3: _start (in /bin/p)"),
		Points: []profile.Point{{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 3)}, {TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 4)}},
	}
	if got := report(t, Options{}, p).labels(); !slices.Equal(got, []string{"std::string::_M_create() @ libstdc++.so.6"}) {
		t.Errorf("got %q", got)
	}
}

func TestTreesGoFromCallersToSitesAndBack(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: leaf (a.c:1)", "0x3: left (a.c:2)", "0x4: right (a.c:3)", "0x5: main (a.c:4)", "0x6: _start (in /bin/p)"),
		Points: []profile.Point{
			{TotalBytes: 60, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 3, 5, 6)},
			{TotalBytes: 30, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 4, 5, 6)},
			{TotalBytes: 10, TotalBlocks: 1, Stack: profile.StackOf(1, 5, 6)},
		},
	}
	var shape func(rows []*Row) string
	v := report(t, Options{Tree: true}, p)
	shape = func(rows []*Row) string {
		var parts []string
		for _, r := range rows {
			name := "(itself)"
			if r.Kind == Entry {
				name = r.Site.Label
			}
			parts = append(parts, fmt.Sprintf("%s %d%s", name, r.Sums.Get(TotalBytes), shape(r.Children)))
		}
		if parts == nil {
			return ""
		}
		return " (" + strings.Join(parts, ", ") + ")"
	}
	if got, want := shape(v.Rows), " (main 100 (left 60 (leaf 60), right 30 (leaf 30), (itself) 10))"; got != want {
		t.Errorf("callers first: %s", got)
	}
	v = report(t, Options{Tree: true, BottomUp: true}, p)
	if got, want := shape(v.Rows), " (leaf 90 (left 60 (main 60), right 30 (main 30)), main 10)"; got != want {
		t.Errorf("sites first: %s", got)
	}
}

func TestSumsBeyond64BitsAreADamagedFile(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]"), Points: []profile.Point{{TotalBytes: math.MaxUint64}, {TotalBytes: 1}}}
	if _, err := NewReport(NewSource(p), Options{}); err == nil || !strings.Contains(err.Error(), "total-bytes") {
		t.Errorf("got %v", err)
	}
}

func TestAnEmptyProfileIsAReportNotAnError(t *testing.T) {
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]")}
	for _, o := range []Options{{}, {Tree: true}, {By: ByStack}, {By: ByModule}} {
		report(t, o, p)
	}
	diff(t, Options{}, p, p)
}

func TestRustsStartUpCodeIsLeftOutOfTrees(t *testing.T) {
	p := &profile.Profile{
		Columns: profile.Lives,
		Frames: testkit.Frames(
			"[root]",
			"0x1: alloc::alloc::alloc (/rustc/1/library/alloc/src/alloc.rs:95)",
			"0x2: app::load (src/main.rs:3)",
			"0x3: app::main (src/main.rs:9)",
			"0x4: core::ops::function::FnOnce::call_once (/rustc/1/library/core/src/ops/function.rs:250)",
			"0x5: std::sys::backtrace::__rust_begin_short_backtrace (/rustc/1/library/std/src/sys/backtrace.rs:166)",
			"0x6: std::rt::lang_start_internal (/rustc/1/library/std/src/rt.rs:171)",
			"0x7: main (in /bin/app)",
			"0x8: _start (in /bin/app)",
			"0x9: std::rt::init (/rustc/1/library/std/src/rt.rs:90)",
		),
		Points: []profile.Point{
			{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Stack: profile.StackOf(1, 2, 3, 4, 5, 6, 7, 8)},
			{TotalBytes: 1, TotalBlocks: 1, PeakBytes: 1, PeakBlocks: 1, Stack: profile.StackOf(1, 9, 6, 7, 8)},
		},
	}
	for allFrames, want := range map[bool][]string{
		false: {"app::main @ main.rs:9", "main @ app"},
		true:  {"_start @ app"},
	} {
		v := report(t, Options{Tree: true, AllFrames: allFrames}, p)
		if got := v.labels(); !slices.Equal(got, want) {
			t.Errorf("all frames %v: the tree begins with %q, want %q", allFrames, got, want)
		}
	}
}

func TestWhatCallsAThreadsFunctionIsLeftOutOfTrees(t *testing.T) {
	p := &profile.Profile{
		Columns: profile.Lives,
		Frames: testkit.Frames(
			"[root]",
			"0x1: malloc (in /usr/lib/libc.so.6)",
			"0x2: Pool::work() (pool.cc:3)",
			"0x3: void std::__invoke_impl<void, void (Pool::*)(), Pool*>(std::__invoke_memfun_deref, void (Pool::*&&)(), Pool*&&) (/usr/include/c++/12/bits/invoke.h:74)",
			"0x4: ??? (in /usr/lib/libstdc++.so.6)",
			"0x5: start_thread (in /usr/lib/libc.so.6)",
			"0x6: clone3 (in /usr/lib/libc.so.6)",
		),
		Points: []profile.Point{{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Stack: profile.StackOf(1, 2, 3, 4, 5, 6)}},
	}
	if got, want := report(t, Options{Tree: true}, p).labels(), "Pool::work() @ pool.cc:3"; !slices.Equal(got, []string{want}) {
		t.Errorf("the tree begins with %q, want %s", got, want)
	}
}

func TestAMetricThatTheProfileLacksIsRefused(t *testing.T) {
	peak := PeakBytes
	_, err := NewReport(NewSource(reporttest.Foreign(t, "valgrind-copy.json")), Options{Metric: &peak})
	if err == nil || !strings.Contains(err.Error(), "does not record peak-bytes; it has total-bytes, total-copies") {
		t.Errorf("got %v", err)
	}
}

func TestWithAllFramesARunTimeLibrarysFramesAreLikeAnyOther(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: ??? (in /usr/lib/libstdc++.so.6)", "0x2: _dl_init (in /lib64/ld-linux-x86-64.so.2)"),
		Points: []profile.Point{{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 2)}},
	}
	for allFrames, want := range map[bool]string{false: "(emergency pool, normal) @ libstdc++", true: "libstdc++.so.6@0x1"} {
		if got := report(t, Options{AllFrames: allFrames}, p).labels(); !slices.Equal(got, []string{want}) {
			t.Errorf("all frames %v: %q, want %s", allFrames, got, want)
		}
	}
}

func report(t *testing.T, o Options, p *profile.Profile) *Report {
	t.Helper()
	r, err := NewReport(NewSource(p), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func diff(t *testing.T, o Options, before, after *profile.Profile) *Diff {
	t.Helper()
	d, err := NewDiff(NewSource(before), NewSource(after), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// labels lists what a reader is to call the rows, and where they are.
func (v *View) labels() []string {
	var all []string
	for _, r := range v.Rows {
		label := r.Kind.String()
		if r.Kind == Entry {
			label = r.Site.Label
			switch place := r.Site.Place; {
			case r.Caller != "":
				label += " from " + r.Caller
			case place != "":
				label += " @ " + place
			}
		}
		all = append(all, label)
	}
	return all
}
