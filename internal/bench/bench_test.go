package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

func ms(values ...float64) sample {
	var s sample
	for _, v := range values {
		s = append(s, time.Duration(v*float64(time.Millisecond)))
	}
	return s
}

func TestTheMedianIsTheMiddleOfTheSortedRuns(t *testing.T) {
	for _, c := range []struct {
		s    sample
		want time.Duration
	}{
		{nil, 0},
		{ms(7), 7 * time.Millisecond},
		{ms(30, 10, 20), 20 * time.Millisecond},
		{ms(9, 1, 5, 3), 4 * time.Millisecond}, // between the two in the middle
		{ms(5, 5, 5, 900, 1), 5 * time.Millisecond},
	} {
		before := slices.Clone(c.s)
		if got := c.s.median(); got != c.want {
			t.Errorf("the median of %v is %v, want %v", c.s, got, c.want)
		}
		if !slices.Equal(before, c.s) {
			t.Errorf("the runs were put in another order: %v, were %v", c.s, before)
		}
	}
}

func TestASampleIsUnsteadyIfItsMiddleHalfIsWide(t *testing.T) {
	if s := ms(100, 101, 102, 103, 500); s.unsteady() {
		t.Errorf("%v: one run apart makes it unsteady", s)
	}
	if s := ms(100, 101, 120, 140, 150); !s.unsteady() {
		t.Errorf("%v is said to be steady", s)
	}
}

func TestARatioToNothingIsNone(t *testing.T) {
	if x, ok := ratio(3*time.Second, 2*time.Second); !ok || x != 1.5 {
		t.Errorf("3 s / 2 s is %v, %v", x, ok)
	}
	for _, b := range []time.Duration{0, -time.Millisecond} {
		if x, ok := ratio(time.Second, b); ok {
			t.Errorf("1 s / %v is %v", b, x)
		}
	}
}

func TestAddedTimesAreComparedOnTheSameInput(t *testing.T) {
	r := row{
		Native: ms(1000), Heapprof: ms(1500), Heaptrack: ms(8500),
		ShortNative: ms(10), ShortHeapprof: ms(30), DHAT: ms(810), Before: ms(1000),
	}
	all := &table{Before: true, Heaptrack: true, DHAT: true}
	got := map[string]string{}
	for _, c := range all.columns() {
		got[c.head+" "+c.unit] += c.cell(&r) + " "
	}
	for column, want := range map[string]string{" /ours": "15.0 ", "added /ours": "40.0 ", " added s": "0.500 7.500 ", " /native": "1.50 ", "heapprof /before": "1.50 "} {
		if got[column] != want {
			t.Errorf("the column %q has %q, want %q", column, got[column], want)
		}
	}
}

func TestTheTable(t *testing.T) {
	all := table{
		Machine:   &host{CPU: "Example CPU @ 2.50GHz", Cores: 2, System: "Linux 6.1", Loads: []string{"0.10", "1.20"}},
		Runs:      5,
		Heaptrack: true,
		DHAT:      true,
		Rows: []row{{
			Name: "tight loop, depth 12", Blocks: 20_000_004, Native: ms(800, 810, 790), Heapprof: ms(1200, 1600, 1900), Heaptrack: ms(8800, 9000, 8900),
			ShortNative: ms(8), ShortHeapprof: ms(20), DHAT: ms(900), RecorderCPU: ms(410), Tail: ms(15),
			ProgramPeak: 1 << 20, ProfiledPeak: 3 << 19, RecorderPeak: 36 << 20,
		}, {
			// Faster than natively, by noise; heaptrack crashed; too short to be looked at.
			Name: "true", Native: ms(2), Heapprof: ms(1.5), ShortNative: ms(2), ShortHeapprof: ms(1.5), DHAT: ms(500), RecorderCPU: ms(0),
		}, {
			Name: "window of 5 M blocks", Blocks: 1_234_567_890, Native: ms(123456), Heapprof: ms(234567), Heaptrack: ms(123456), ShortNative: ms(12345),
			ShortHeapprof: ms(23456), DHAT: ms(123456), RecorderCPU: ms(100000), Tail: ms(12345), ProgramPeak: 123456 << 20,
			ProfiledPeak: 123457 << 20, RecorderPeak: 123456 << 20,
		}},
		Notes: []string{"true: heaptrack: exit status 141"},
	}
	alone := all
	alone.Heaptrack, alone.DHAT, alone.Notes = false, false, []string{"heaptrack is left out: not found"}
	alone.CPU, alone.Short, alone.Runs = true, true, 1
	for name, table := range map[string]*table{"all": &all, "alone": &alone} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := table.Render(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(line); n > 160 {
					t.Errorf("a line of %d columns, want 160 at most: %s", n, line)
				}
			}
			file := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("the table is\n%s\nwant\n%s", &b, want)
			}
		})
	}
}

func TestTheLineOfACompilerDriverIsSplitAsAShellWould(t *testing.T) {
	got := splitQuoted(` /usr/lib/cc1plus -quiet "-mtune=generic" -D "A=\"b c\"" a\ b.cc "" -o out.s` + "\n")
	want := []string{"/usr/lib/cc1plus", "-quiet", "-mtune=generic", "-D", `A="b c"`, "a b.cc", "", "-o", "out.s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFlagsAreChecked(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-n 0", "-n 0"},
		{"-run (", "-run"},
		{"-peers heaptrack,memray", `no tool "memray"`},
		{"perl", "-run REGEXP"},
	} {
		if _, err := parse(strings.Fields(c.args), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.args, err, c.want)
		}
	}
	o, err := parse(strings.Fields("-n 7 -peers none -run perl"), io.Discard)
	if err != nil || o.runs != 7 || len(o.peers) != 0 || !o.programs.MatchString("perl") {
		t.Errorf("%+v, %v", o, err)
	}
}
