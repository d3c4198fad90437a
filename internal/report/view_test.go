package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/testkit"
)

// random is a profile of many stacks, recursive ones, empty ones and plumbing.
func random(seed uint64) *profile.Profile {
	rng := rand.New(rand.NewPCG(seed, 7))
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]")}
	for i := range 60 {
		f := fmt.Sprintf("0x%x: f%d (f%d.c:%d)", 0x1000+i, i/3, i/9, i)
		switch {
		case i%10 == 0:
			f = fmt.Sprintf("0x%x: std::vector<T%d>::push_back() (in /lib/libstdc++.so.6)", 0x1000+i, i)
		case i%10 == 1:
			f = fmt.Sprintf("0x%x: ??? (in /lib/libx%d.so)", 0x1000+i, i%3)
		}
		p.Frames = append(p.Frames, testkit.Frames(f)...)
	}
	for range 400 {
		var stack []uint32
		for range rng.IntN(7) {
			stack = append(stack, 1+rng.Uint32N(60))
		}
		p.Points = append(p.Points, profile.Point{
			TotalBytes: rng.Uint64N(1 << 20), TotalBlocks: 1 + rng.Uint64N(100), TotalLifetime: rng.Uint64N(1 << 30),
			PeakBytes: rng.Uint64N(1 << 16), PeakBlocks: rng.Uint64N(50), EndBytes: rng.Uint64N(100), EndBlocks: rng.Uint64N(3), Frames: stack,
		})
	}
	return p
}

// checkSums says where rows, and each row's children, do not add up.
func checkSums(t *testing.T, v *View, rows []*Row, want *[2]Sums) {
	t.Helper()
	var got [2]Sums
	for _, r := range rows {
		for side := range got {
			got[side].addSums(&r.Sums[side])
		}
		if len(r.Children) > 0 {
			checkSums(t, v, r.Children, &r.Sums)
		}
	}
	if got != *want {
		t.Errorf("rows add up to\n%v, not to\n%v", got, *want)
	}
}

func TestTheRowsOfEveryViewAddUpToTheTotals(t *testing.T) {
	zero, five := 0.0, 5.0
	end, life := EndBytes, Lifetime
	for _, profiles := range [][]*profile.Profile{{random(1)}, {random(2), random(3)}} {
		for _, o := range []Options{
			{}, {Top: 3}, {Min: &five}, {By: ByFunction}, {By: ByFile, Top: 2}, {By: ByModule}, {By: ByStack, Top: 10}, {By: ByStack},
			{AllFrames: true}, {Metric: &end}, {Metric: &life, Top: 4},
			{Focus: regexp.MustCompile("f3$"), Top: 4}, {Ignore: regexp.MustCompile("f1|libx2")},
			{Focus: regexp.MustCompile("f[12]"), Ignore: regexp.MustCompile(`f2\.c`), By: ByStack},
			{Tree: true}, {Tree: true, Min: &zero}, {Tree: true, Min: &zero, Top: 2}, {Tree: true, Min: &five, By: ByFunction},
			{Tree: true, BottomUp: true}, {Tree: true, BottomUp: true, Min: &zero, AllFrames: true},
			{Tree: true, Focus: regexp.MustCompile("f3"), Ignore: regexp.MustCompile("f4")},
			{MinChange: Threshold{Percent: 50}}, {MinChange: Threshold{Amount: 30000}, Tree: true},
		} {
			t.Run(fmt.Sprintf("%d %+v", len(profiles), o), func(t *testing.T) {
				v := build(t, o, profiles...)
				if len(v.Rows) == 0 {
					t.Fatal("no rows")
				}
				checkSums(t, v, v.Rows, &v.Total)
				for side, p := range profiles {
					if want := p.Totals(); v.Total[side].Get(TotalBytes) != want.TotalBytes || v.Total[side].Get(EndBlocks) != want.EndBlocks {
						t.Error("the total is not the profile's")
					}
				}
			})
		}
	}
}

func TestASiteIsTheInnermostFrameThatIsNotPlumbing(t *testing.T) {
	want := []string{
		"Parser::read(std::istream&) @ parser.cc:40",
		"Parser::read(std::istream&) @ parser.cc:44",
		"libzip.so.2+0x1210 @ from Archive::open",
		"(emergency pool) @ libstdc++",
		"main @ main.cc:12",
	}
	if got := build(t, Options{}, sample()).names(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAStackOfPlumbingAloneHasTheOutermostOfItAsSite(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: std::string::_M_create() (in /lib/libstdc++.so.6)", "[truncated]", "0x3: _start (in /bin/p)"),
		Points: []profile.Point{{TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{1, 2, 3}}, {TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{1, 2, 4}}},
	}
	if got := build(t, Options{}, p).names(); !slices.Equal(got, []string{"std::string::_M_create() @ libstdc++.so.6"}) {
		t.Errorf("got %q", got)
	}
}

func TestTreesGoFromCallersToSitesAndBack(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: leaf (a.c:1)", "0x3: left (a.c:2)", "0x4: right (a.c:3)", "0x5: main (a.c:4)", "0x6: _start (in /bin/p)"),
		Points: []profile.Point{
			{TotalBytes: 60, TotalBlocks: 1, Frames: []uint32{1, 2, 3, 5, 6}},
			{TotalBytes: 30, TotalBlocks: 1, Frames: []uint32{1, 2, 4, 5, 6}},
			{TotalBytes: 10, TotalBlocks: 1, Frames: []uint32{1, 5, 6}},
		},
	}
	var shape func(rows []*Row) string
	v := build(t, Options{Tree: true}, p)
	shape = func(rows []*Row) string {
		var parts []string
		for _, r := range rows {
			name, _ := r.label(v)
			parts = append(parts, fmt.Sprintf("%s %d%s", name, r.Sums[0].Get(TotalBytes), shape(r.Children)))
		}
		if parts == nil {
			return ""
		}
		return " (" + strings.Join(parts, ", ") + ")"
	}
	if got, want := shape(v.Rows), " (main 100 (left 60 (leaf 60), right 30 (leaf 30), (itself) 10))"; got != want {
		t.Errorf("callers first: %s", got)
	}
	v = build(t, Options{Tree: true, BottomUp: true}, p)
	if got, want := shape(v.Rows), " (leaf 90 (left 60 (main 60), right 30 (main 30)), main 10)"; got != want {
		t.Errorf("sites first: %s", got)
	}
}

func TestWhatTheProfileLacksIsLeftOutNotZero(t *testing.T) {
	for _, f := range []Format{Table, JSON, CSV, Markdown} {
		var out bytes.Buffer
		if err := Report(&out, foreign(t, "valgrind-copy.json"), Options{Format: f}); err != nil {
			t.Fatal(err)
		}
		for _, absent := range []string{"peak", "end-bytes", "lifetime", "temporary", "max-bytes"} {
			if strings.Contains(out.String(), absent) {
				t.Errorf("%v mentions %s", f, absent)
			}
		}
	}
	peak := PeakBytes
	err := Report(&bytes.Buffer{}, foreign(t, "valgrind-copy.json"), Options{Metric: &peak})
	if err == nil || !strings.Contains(err.Error(), "does not record peak-bytes; it has total-bytes, total-blocks") {
		t.Errorf("got %v", err)
	}
}

func TestJSONAndCSVAreExactAndAddUp(t *testing.T) {
	var out bytes.Buffer
	if err := Report(&out, random(4), Options{Format: JSON, Top: 5}); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Kind   string
		Values map[string]json.Number
	}
	var got struct {
		Total struct{ Values map[string]json.Number }
		Rows  []row
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, r := range got.Rows {
		n, err := r.Values["total-bytes"].Int64()
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	p := random(4)
	want := p.Totals().TotalBytes
	if total, _ := got.Total.Values["total-bytes"].Int64(); sum != total || uint64(total) != want {
		t.Errorf("json: rows %d, total %d, profile %d", sum, total, want)
	}

	out.Reset()
	if err := Report(&out, p, Options{Format: CSV, Top: 5}); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(records[0], "total-bytes")
	var csvSum, csvTotal int64
	for _, r := range records[1:] {
		var n int64
		fmt.Sscan(r[column], &n)
		if r[0] == "total" {
			csvTotal = n
		} else {
			csvSum += n
		}
	}
	if csvSum != csvTotal || uint64(csvTotal) != want {
		t.Errorf("csv: rows %d, total %d, profile %d", csvSum, csvTotal, want)
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for width := 60; width <= 200; width += 7 {
		for _, o := range []Options{{}, {By: ByStack}, {By: ByFile}} {
			o.Width = width
			for _, profiles := range [][]*profile.Profile{{sample()}, {sample(), rebuilt()}, {foreign(t, "dhat-rs-heap.json")}} {
				var out bytes.Buffer
				if err := build(t, o, profiles...).Write(&out); err != nil {
					t.Fatal(err)
				}
				_, table, _ := strings.Cut(out.String(), "\n\n")
				for line := range strings.Lines(table) {
					if n := names.Width(strings.TrimSuffix(line, "\n")); n > width {
						t.Errorf("width %d: %d columns: %s", width, n, line)
					}
				}
			}
		}
	}
}

func TestWithoutATerminalThereIsNoColour(t *testing.T) {
	var out bytes.Buffer
	if err := Diff(&out, sample(), rebuilt(), Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there is an escape sequence")
	}
}

func TestSumsBeyond64BitsAreADamagedFile(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]"), Points: []profile.Point{{TotalBytes: math.MaxUint64}, {TotalBytes: 1}}}
	if err := Report(&bytes.Buffer{}, p, Options{}); err == nil || !strings.Contains(err.Error(), "total-bytes") {
		t.Errorf("got %v", err)
	}
}

func TestAnEmptyProfileIsAReportNotAnError(t *testing.T) {
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]")}
	for _, o := range []Options{{}, {Tree: true}, {By: ByStack, Format: JSON}, {Format: CSV}} {
		if err := Report(&bytes.Buffer{}, p, o); err != nil {
			t.Error(err)
		}
	}
	if err := Diff(&bytes.Buffer{}, p, p, Options{}); err != nil {
		t.Error(err)
	}
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
			{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Frames: []uint32{1, 2, 3, 4, 5, 6, 7, 8}},
			{TotalBytes: 1, TotalBlocks: 1, PeakBytes: 1, PeakBlocks: 1, Frames: []uint32{1, 9, 6, 7, 8}},
		},
	}
	for allFrames, want := range map[bool][]string{
		false: {"app::main @ main.rs:9", "main @ app"},
		true:  {"_start @ app"},
	} {
		v := build(t, Options{Tree: true, AllFrames: allFrames}, p)
		if got := v.names(); !slices.Equal(got, want) {
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
		Points: []profile.Point{{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Frames: []uint32{1, 2, 3, 4, 5, 6}}},
	}
	if got, want := build(t, Options{Tree: true}, p).names(), "Pool::work() @ pool.cc:3"; !slices.Equal(got, []string{want}) {
		t.Errorf("the tree begins with %q, want %s", got, want)
	}
}
