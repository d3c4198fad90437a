package reports

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

func TestWhyFunctionsHaveNoNamesIsSaidOfEachCause(t *testing.T) {
	p := &profile.Profile{
		Mode: "heap", Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks"}, PeakTime: 1,
		Frames: testkit.Frames("[root]", "0x10: ??? (in /t/plug.so)", "0x20: ??? (in /bin/tool)", "0x30: ??? (in /lib/libz.so)", "0x40: ??? (in /lib/liba.so)"),
		Points: []profile.Point{
			{Stack: profile.StackOf(1), TotalBytes: 30, PeakBytes: 30},
			{Stack: profile.StackOf(2), TotalBytes: 25, PeakBytes: 25},
			{Stack: profile.StackOf(3), TotalBytes: 8, PeakBytes: 8},
			{Stack: profile.StackOf(4), TotalBytes: 37, PeakBytes: 37},
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
	if err := show(&out, view.Options{}, TableFormat, Layout{}, p); err != nil {
		t.Fatal(err)
	}
	var notes []string
	for line := range strings.Lines(out.String()) {
		if rest, ok := strings.CutPrefix(line, "note"); ok {
			notes = append(notes, strings.TrimSpace(rest))
		}
	}
	want := []string{
		"libz.so lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: 1.dwo, 2.dwo, 3.dwo and 1 more; keep these where they were, in /b, or pack them into libz.so.dwp with dwp",
		"45.0% of total-bytes has no function names: install debug symbols for liba.so and libz.so, or have heapprof symbolize fetch them",
		"30.0% of total-bytes has no function names: plug.so was deleted",
		"25.0% of total-bytes has no function names: tool is a Rust program without symbols",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(want, "\n"))
	}
}

func TestAHiddenHeapIsSaidWithTheSwitchOfItsRuntime(t *testing.T) {
	const unknown = "its allocator keeps it free, or the program uses mmap itself, or an allocator that is not known: run --mmap shows who mapped it"
	for program, want := range map[string]string{
		"/usr/bin/python3.11":       "python has an allocator of its own: set PYTHONMALLOC=malloc in its environment",
		"/usr/bin/php8.2":           "php has an allocator of its own: set USE_ZEND_ALLOC=0 in its environment",
		"/usr/bin/node":             "node has a heap of its own for JavaScript's objects: node --heap-prof records it",
		"/usr/lib/jvm/jdk/bin/java": "java has a heap of its own for objects: jcmd PID GC.class_histogram shows it",
		"/usr/bin/ruby3.1":          "ruby has a heap of its own for objects: its objspace library shows it",
		"/home/me/a _d_run_main":    "D has a heap of its own for what its collector frees: run with the argument --DRT-gcopt=gc:manual, it has each block from malloc, and frees none by itself",
		"/home/me/b NimMain":        "Nim has a heap of its own for objects: built by nim with --mm:orc -d:useMalloc, it has each block from malloc",
		"/usr/bin/python-like":      unknown,
		"/opt/phpize":               unknown,
	} {
		p := reporttest.Sample()
		p.Points = []profile.Point{{TotalBlocks: 1, PeakBytes: 8 << 20, PeakBlocks: 1, Stack: profile.StackOf(9)}}
		program, function, _ := strings.Cut(program, " ")
		p.Frames[9].Function = cmp.Or(function, p.Frames[9].Function)
		p.Recording = &profile.Recording{Program: program, AnonymousPeak: 64 << 20}
		e := NewExplainer(view.NewSource(p), &opening.SourceFlags{})
		if len(e.Findings) != 1 {
			t.Fatalf("%s: %d findings", program, len(e.Findings))
		}
		if got, want := wording.Headline(e.Findings[0].Finding, e.Units), "memory in no block: 56.0 MiB of 64.0 MiB of anonymous memory; "+want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", program, got, want)
		}
	}
}
