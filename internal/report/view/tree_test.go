package view

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// async is a profile of a program with an executor, on whose second stack there are more of
// its frames; of a site with two types, one of one type, and a parser that calls itself.
// Frames lie moved lines further down.
func async(moved int) *profile.Profile {
	const registry, library = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/", "/rustc/0123456789012345678901234567890123456789/library/"
	own := func(addr int, function string, line int) string {
		return fmt.Sprintf("%#x: %s (src/main.rs:%d)", addr+moved, function, line+moved)
	}
	p := &profile.Profile{
		Mode: "heap",
		Frames: testkit.Frames(
			"[root]",
			"0x10: alloc::vec::Vec<T,A>::push ("+library+"alloc/src/vec/mod.rs:2)",
			"0x11: alloc::vec::Vec<T,A>::push ("+library+"alloc/src/vec/mod.rs:2)",
			"0x12: alloc::alloc::alloc ("+library+"alloc/src/alloc.rs:4)",
			own(0x1000, "app::handle", 5),
			"0x30: tokio::runtime::run ("+registry+"tokio-1.0.0/src/lib.rs:6)",
			"0x31: core::ops::call_once ("+library+"core/src/ops.rs:7)",
			"0x32: hyper::serve ("+registry+"hyper-1.0.0/src/lib.rs:8)",
			own(0x2000, "app::main", 9),
			own(0x3000, "app::value", 11),
			own(0x4000, "app::array", 12),
		),
		Points: []profile.Point{
			{TotalBytes: 40, TotalBlocks: 1, Stack: profile.StackOf(3, 1, 4, 7, 6, 5, 8)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 4, 7, 6, 5, 6, 5, 8)},
			{TotalBytes: 300, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 9, 10, 9, 10, 9, 10, 9, 8)},
			{TotalBytes: 7, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 9, 8)},
			{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(9, 8)},
		},
	}
	p.Frames[1].Instance = "alloc::vec::{impl#1}::push<app::Event, alloc::alloc::Global>"
	p.Frames[2].Instance = "alloc::vec::{impl#1}::push<u8, alloc::alloc::Global>"
	return p
}

// shape writes rows in one line.
func shape(rows []*Row) string {
	var parts []string
	for _, r := range rows {
		name := r.Kind.String()
		switch r.Kind {
		case Entry:
			name = r.Site.Label
		case Run:
			name = fmt.Sprintf("%d-%d%v", r.Run.Least, r.Run.Most, r.Run.Crates)
			if r.Run.Recursion {
				name += "again"
			}
		case OfType:
			name = ""
		}
		if r.Type.Name != "" {
			name += ":" + r.Type.Name
		}
		text := fmt.Sprintf("%s %d", name, r.Sums.Get(TotalBytes))
		if r.Before.Points() > 0 {
			text += fmt.Sprintf("-%d", r.Before.Get(TotalBytes))
		}
		if len(r.Children) > 0 {
			text += " (" + shape(r.Children) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func TestTreesHaveTypesAndRunsOfFrames(t *testing.T) {
	zero := 0.0
	for name, c := range map[string]struct {
		options Options
		want    string
	}{
		"callers first": {
			Options{},
			"app::main 350 (app::value 308 (app::array 300 (4-4[]again 300 (app::value:Vec<u8> 300)), :Vec<u8> 7, self 1), 3-5[tokio hyper] 42 (app::handle 42 (:Vec<Event> 40, :Vec<u8> 2)))",
		},
		"sites first": {
			Options{BottomUp: true},
			"app::value:Vec<u8> 307 (4-4[]again 300 (app::array 300 (app::value 300 (app::main 300))), app::main 7), app::handle:Vec<Event> 40 (3-3[tokio hyper] 40 (app::main 40)), app::handle:Vec<u8> 2 (5-5[tokio hyper] 2 (app::main 2)), app::value 1 (app::main 1)",
		},
		"a frame in a run matches": {
			Options{Focus: regexp.MustCompile("hyper::serve")},
			"app::main 42 (3-5[tokio hyper] 42 (app::handle 42 (:Vec<Event> 40, :Vec<u8> 2))), unfocused 308",
		},
		"modules are not folded": {
			Options{By: ByFile, Focus: regexp.MustCompile("hyper::serve")},
			"src/main.rs 42 (/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.0.0/src/lib.rs 42 (/rustc/0123456789012345678901234567890123456789/library/core/src/ops.rs 42 (/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/hyper-1.0.0/src/lib.rs 40 (src/main.rs 40), /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/tokio-1.0.0/src/lib.rs 2 (/rustc/0123456789012345678901234567890123456789/library/core/src/ops.rs 2 (/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/hyper-1.0.0/src/lib.rs 2 (src/main.rs 2)))))), unfocused 308",
		},
	} {
		c.options.Tree, c.options.Min = true, &zero
		v := report(t, c.options, async(0))
		checkSums(t, v.Rows, v.Total)
		if got := shape(v.Rows); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestATreeOfADiffPairsRunsAndTypes(t *testing.T) {
	zero := 0.0
	after := async(100)
	for i := range after.Points {
		after.Points[i].TotalBytes *= 2
	}
	d := diff(t, Options{Tree: true, Min: &zero}, async(0), after)
	checkSums(t, d.Rows, d.Total)
	want := "app::main 700-350 (app::value 616-308 (app::array 600-300 (4-4[]again 600-300 (app::value:Vec<u8> 600-300)), :Vec<u8> 14-7, self 2-1), 3-5[tokio hyper] 84-42 (app::handle 84-42 (:Vec<Event> 80-40, :Vec<u8> 4-2)))"
	if got := shape(d.Rows); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
