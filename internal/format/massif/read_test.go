package massif_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/format/massif"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

const (
	header = "desc: --massif-out-file=m\ncmd: ./prog a\ntime_unit: ms\n"
	grown  = "#-----------\nsnapshot=1\n#-----------\ntime=5\nmem_heap_B=100\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=peak\n" +
		"n3: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n" +
		" n2: 70 0x10: leaf (a.c:4)\n" +
		"  n0: 40 0x20: main (a.c:9)\n" +
		"  n0: 20 in 3 places, all below massif's threshold (1.00%)\n" + // 10 are of no caller
		" n0: 20 0x30: ??? (in /lib/libz.so.1)\n" +
		" n0: 10 in 1 place, below massif's threshold (1.00%)\n"
	final = "#-----------\nsnapshot=2\n#-----------\ntime=9\nmem_heap_B=20\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=detailed\n" +
		"n1: 20 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n n0: 20 0x30: ??? (in /lib/libz.so.1)\n"
	undetailed = "#-----------\nsnapshot=2\n#-----------\ntime=9\nmem_heap_B=20\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=empty\n"
)

func read(t *testing.T, text string) *profile.Profile {
	t.Helper()
	p, err := massif.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTreesOfThePeakAndTheEndAreRead(t *testing.T) {
	p := read(t, header+grown+final)
	library := &profile.Module{Path: "/lib/libz.so.1"}
	want := &profile.Profile{
		Maker: "massif", Mode: "heap", Verb: "Allocated", Command: "./prog a",
		Columns:  profile.Peak | profile.End | profile.NoTotals | profile.NoBlocks,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		PeakTime: 5000, EndTime: 9000,
		Modules: []*profile.Module{library},
		Frames: []profile.Frame{
			profile.Root,
			{Addr: 0x10, Function: "leaf", File: "a.c", Line: 4},
			{Addr: 0x20, Function: "main", File: "a.c", Line: 9},
			profile.Marker(massif.BelowThreshold),
			{Addr: 0x30, Module: library},
			profile.Marker(massif.BelowThreshold), // of another text
		},
		Points: []profile.Point{
			{PeakBytes: 10, Stack: profile.StackOf(1)},
			{PeakBytes: 40, Stack: profile.StackOf(1, 2)},
			{PeakBytes: 20, Stack: profile.StackOf(1, 3)},
			{PeakBytes: 20, EndBytes: 20, Stack: profile.StackOf(4)},
			{PeakBytes: 10, Stack: profile.StackOf(5)},
		},
		Timeline: []profile.Reading{{Time: 5000, Bytes: 100}, {Time: 9000, Bytes: 20}},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
}

func TestWithoutATreeAtTheEndTheEndIsUnknown(t *testing.T) {
	p := read(t, header+grown+undetailed)
	if p.Columns != profile.Peak|profile.NoTotals|profile.NoBlocks || p.Totals().EndBytes != 0 || p.Totals().PeakBytes != 100 {
		t.Errorf("columns %b, %+v", p.Columns, p.Totals())
	}
}

func TestWhereStacksCountTooThePeakIsTheLargestTree(t *testing.T) {
	stacked := strings.Replace(strings.Replace(final, "mem_stacks_B=0", "mem_stacks_B=900", 1), "=detailed", "=peak", 1)
	p := read(t, header+grown+stacked)
	if p.PeakTime != 5000 || p.Totals().PeakBytes != 100 {
		t.Errorf("the peak is at %d, %d bytes", p.PeakTime, p.Totals().PeakBytes)
	}
	p = read(t, header+strings.Replace(grown, "=peak", "=detailed", 1)+final)
	if p.PeakTime != 5000 || p.Totals().PeakBytes != 100 {
		t.Errorf("without a marked peak it is at %d, %d bytes", p.PeakTime, p.Totals().PeakBytes)
	}
}

func TestPagesAreNoHeap(t *testing.T) {
	p := read(t, header+strings.Replace(grown, "(heap allocation functions) malloc/new/new[]", "(page allocation syscalls) mmap/mremap/brk", 1))
	if p.Mode != "pages" || p.Measure() == profile.HeapBlocks {
		t.Errorf("the mode is %q", p.Mode)
	}
}

func TestSumsOfXtreesAreTotalsAndTheEnd(t *testing.T) {
	text := "desc: xtree.produce_report\ncmd: ./prog\ntime_unit: ms\n"
	for i, sum := range []string{"curB : currently allocated Bytes", "curBk : currently allocated Blocks", "totB : total allocated Bytes", "totBk : total allocated Blocks", "totFdB : total Freed Bytes"} {
		value := string("31429"[i])
		text += "#-----------\nsnapshot=" + string("01234"[i]) + "\n#-----------\ntime=7\nmem_heap_B=" + value + "\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=detailed\n" +
			"n1: " + value + " " + sum + "\n n0: " + value + " 0x10: leaf (a.c:4)\n"
	}
	p := read(t, text)
	want := []profile.Point{{EndBytes: 3, EndBlocks: 1, TotalBytes: 4, TotalBlocks: 2, Stack: profile.StackOf(1)}}
	if !reflect.DeepEqual(p.Points, want) || p.Columns != profile.End || p.Maker != "valgrind" || len(p.Timeline) != 0 {
		t.Errorf("%s: columns %b, %+v", p.Maker, p.Columns, p.Points)
	}
}

func TestWhatIsDamagedIsToldByItsLine(t *testing.T) {
	for text, want := range map[string]string{
		header:                                "has no snapshot",
		header + "#-----------\nsnapshot=0\n": "ends in the snapshot at line 5",
		header + grown[:len(grown)-60]:        "ends in the tree of the snapshot at line 5",
		header + grown + "what\n":             "line 18 is of no known kind",
		header + strings.Replace(grown, "n0: 40", "n0: 400", 1):  "line 14 has more than is left",
		header + strings.Replace(grown, "  n0: 40", "n0: 40", 1): "line 14 is none of a tree",
		header + strings.Replace(grown, "_B=100", "_B=x", 1):     "line 8 has no number of bytes",
		strings.Replace(header, "ms", "weeks", 1) + grown:        `unit of time, but "weeks"`,
		header + strings.Replace(grown, "time=5", "time=-5", 1):  "the snapshot at line 5 has no time",
		header + undetailed: "has no snapshot with a tree",
		header + strings.Replace(grown, "(heap allocation functions)", "RB : Reach", 1): "no tree of what was allocated (curB)",
	} {
		_, err := massif.Read(strings.NewReader(text))
		var format *profile.FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestOnlyMassifsFilesAreDetected(t *testing.T) {
	for head, want := range map[string]bool{
		header: true, "#-----------\nsnapshot=0\n": true,
		"desc: I1 cache: 32768 B\ncmd: ./prog\nevents: Ir\n": false, "# callgrind format\n": false, "{}": false, "": false,
	} {
		if got := massif.Detect([]byte(head)); got != want {
			t.Errorf("Detect(%q) = %v", head, got)
		}
	}
}

func TestSamplesHaveWhatTheToolsPrint(t *testing.T) {
	for file, want := range map[string]profile.Point{
		"massif.out":  {PeakBytes: 3048},
		"xtree.ms.gz": {TotalBytes: 17_524, TotalBlocks: 94, EndBytes: 1292, EndBlocks: 2},
	} {
		p, err := format.ReadFile(filepath.Join(testkit.Root(t), "testdata/profiles", file))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Totals(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", file, got, want)
		}
	}
}
