package heaptrack_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/format/heaptrack"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// whole is a recording with everything that a file may have: an inlined call, code that has no name, two stacks, one of
// which is a caller of the other, blocks of two sizes of one stack, and a command of two lines.
const whole = `v 10400 3
X ./prog a
b 1
I 1000 5e2990
S leak:foo
s 4 prog
s 4 leaf
s 3 a.c
s 4 main
# a comment
i 1000 1 2 3 4 4 3 9
i 2000 1
t 2 0
t 1 1
a 10 2
a 20 2
a 8 1
c 5
+ 0
+ 1
c a
+ 2
- 2
R 3
- 0
c 14
# strings: 4
`

func read(t *testing.T, text string) *profile.Profile {
	t.Helper()
	p, err := heaptrack.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStacksCostsAndTimesAreRead(t *testing.T) {
	p := read(t, whole)
	module := &profile.Module{Path: "prog"}
	want := &profile.Profile{
		Maker: "heaptrack", Mode: "heap", Verb: "Allocated",
		Columns: profile.Maxima | profile.Peak | profile.End | profile.Temporary,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Command: "./prog a\nb 1", PeakTime: 10_000, EndTime: 20_000,
		Modules: []*profile.Module{module},
		Frames: []profile.Frame{
			profile.Root,
			{Addr: 0x1000, Function: "leaf", File: "a.c", Line: 4, Module: module, Inlined: true},
			{Addr: 0x1000, Function: "main", File: "a.c", Line: 9, Module: module},
			{Addr: 0x2000, Module: module},
		},
		Points: []profile.Point{
			profile.Point{
				TotalBytes:  0x30,
				TotalBlocks: 2,
				PeakBytes:   0x30,
				PeakBlocks:  2,
				EndBytes:    0x20,
				EndBlocks:   1,
				Stack:       profile.StackOf(1, 2, 3),
			}.With(profile.Rest{
				MaxBytes:        0x30,
				MaxBlocks:       2,
				TemporaryBlocks: 1,
			}),
			profile.Point{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1, Stack: profile.StackOf(3)}.With(profile.Rest{MaxBytes: 8, MaxBlocks: 1, TemporaryBlocks: 1}),
		},
		Timeline: []profile.Reading{
			{Time: 5_000}, {Time: 10_000, Bytes: 0x30, Blocks: 2}, {Time: 20_000, Bytes: 0x20, Blocks: 1, RSS: 3 * 4096},
		},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
}

func TestOfEqualPeaksTheFirstIsThePeak(t *testing.T) {
	p := read(t, "v 10000 2\ns m\ni 1 1\ni 2 1\nt 1 0\nt 2 0\na 8 1\na 8 2\nc 1\n+ 0\n- 0\nc 2\n+ 1\nc 3\n")
	if p.PeakTime != 1000 || p.Points[0].PeakBytes != 8 || p.Points[1].PeakBytes != 0 {
		t.Errorf("the peak is at %d, with %+v", p.PeakTime, p.Points)
	}
}

func TestTheOldestFormatTellsAddresses(t *testing.T) {
	p := read(t, "v 10100\nX prog\ns m\ni 1 1\nt 1 0\n+ 8 1 7f00\n+ 8 1 7f10\n- 7f10\n- 7f00\n- 9999\n+ 8 1 7f00\n")
	want := profile.Point{TotalBytes: 24, TotalBlocks: 3, PeakBytes: 16, PeakBlocks: 2, EndBytes: 8, EndBlocks: 1, Stack: profile.StackOf(1)}.With(profile.Rest{MaxBytes: 16, MaxBlocks: 2, TemporaryBlocks: 1})
	if len(p.Points) != 1 || !reflect.DeepEqual(p.Points[0], want) {
		t.Errorf("got %+v, want %+v", p.Points, want)
	}
}

func TestStacksWithoutEndAreCut(t *testing.T) {
	var b strings.Builder
	b.WriteString("v 10400 2\ns m\ni 1 1\nt 1 0\n")
	for i := 1; i < 3000; i++ {
		b.WriteString("t 1 " + hex(i) + "\n")
	}
	b.WriteString("a 8 " + hex(3000) + "\n+ 0\n")
	p := read(t, b.String())
	frames := p.Points[0].Stack.Frames()
	if len(frames) != profile.MaxDepth+1 || p.Frames[frames[len(frames)-1]].Function != "[truncated]" {
		t.Errorf("a stack of 3000 frames has %d, and ends in %+v", len(frames), p.Frames[frames[len(frames)-1]])
	}
}

func TestWhatIsDamagedIsToldByItsLine(t *testing.T) {
	head := "v 10400 3\n"
	for text, want := range map[string]string{
		"":                        "is empty",
		"x 4 prog\n":              "line 1 is not the version",
		"v 10400 4\n":             "is of heaptrack's file format 4; only formats up to 3 can be read",
		head + "x 4 prog\n":       "raw recording",
		head + "s 9 prog\n":       "line 2 has no string of the length that it tells",
		head + "i 10 7\n":         "line 2 has no address and module",
		head + "t 1 0\n":          "line 2 has no place and calling stack",
		head + "a 8 1\n":          "line 2 has no size and stack",
		head + "+ 0\n":            "line 2 has no kind of block that there is",
		head + "a 8 0\n- 0\n":     "line 3 frees a block that does not live",
		head + "c 11111111111111": "line 2 is cut off",
		head + "c zz\n":           "line 2 has no time",
		head + "? 1\n":            "line 2 is of no known kind",
		head + "a ffffffffffffffff 0\n+ 0\n+ 0\n": "line 4 makes the sum of all blocks more than 2^64-1 bytes",
		head + "X prog\nno more\n":                "ends in the command line",
		head + "a 11111111111111111 0\n":          "line 2 has no size",
	} {
		_, err := heaptrack.Read(strings.NewReader(text))
		var format *profile.FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestOnlyHeaptracksFilesAreDetected(t *testing.T) {
	for head, want := range map[string]bool{
		whole: true, "v 10400 3\n": true, "v 10400 3\nx 3 abc\n": true, "v 10100\nX prog\n": true,
		"v 1 2 3\n": false, "{\"v\": 1}": false, "version 3\n": false, "v 10400 3\nhello\n": false, "": false,
	} {
		if got := heaptrack.Detect([]byte(head)); got != want {
			t.Errorf("Detect(%q) = %v", head, got)
		}
	}
}

// The recordings are heaptrack's own tests', and their totals what its tests want.
func TestKnownRecordingsHaveTheirTotals(t *testing.T) {
	dir := os.Getenv("HEAPPROF_TEST_HEAPTRACK")
	if dir == "" {
		t.Skip("HEAPPROF_TEST_HEAPTRACK names no directory with the recordings of heaptrack's tests")
	}
	for file, want := range map[string][4]uint64{
		"heaptrack.david.18594.gz":          {2896, 729, 30_463, 996_970},
		"heaptrack.heaptrack_gui.99454.zst": {278_534, 35_481, 1_047_379, 12_222_213},
	} {
		p, err := format.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		sum := p.Totals()
		if got := [4]uint64{sum.TotalBlocks, sum.Rest().TemporaryBlocks, sum.EndBytes, sum.PeakBytes}; got != want {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}

func TestASampleHasTheTotalsThatHeaptrackPrints(t *testing.T) {
	p, err := format.ReadFile(filepath.Join(testkit.Root(t), "testdata/profiles/heaptrack.zst"))
	if err != nil {
		t.Fatal(err)
	}
	sum := p.Totals()
	if sum.TotalBlocks != 95 || sum.Rest().TemporaryBlocks != 29 || sum.PeakBytes != 75_752 || sum.EndBytes != 1292 {
		t.Errorf("got %+v", sum)
	}
}
