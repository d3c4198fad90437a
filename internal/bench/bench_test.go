package main

import (
	"flag"
	"io"
	"math"
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
	for _, c := range all.timeColumns() {
		got[c.head+" "+c.unit] += c.cell(&r) + " "
	}
	for column, want := range map[string]string{" /ours": "15.0 40.0 ", " added s": "0.500 7.500 ", " /native": "1.50 8.50 ", "heapprof /before": "1.50 "} {
		if got[column] != want {
			t.Errorf("the column %q has %q, want %q", column, got[column], want)
		}
	}
}

func TestTheTables(t *testing.T) {
	all := table{
		Machine:   &host{CPU: "Example CPU @ 2.50GHz", Cores: 2, System: "Linux 6.1", Loads: []string{"0.10", "1.20"}},
		Runs:      5,
		Sample:    "512KiB",
		Heaptrack: true,
		DHAT:      true,
		Rows: []row{{
			Name: "tight loop, depth 12", Threads: 1, Blocks: 20_000_004, Native: ms(800, 810, 790), Heapprof: ms(1200, 1600, 1900), Sampled: ms(900), Heaptrack: ms(8800, 9000, 8900),
			ShortNative: ms(8), ShortHeapprof: ms(20), DHAT: ms(900), RecorderCPU: ms(410), Tail: ms(15),
			ProgramPeak: 1 << 20, ProfiledPeak: 3 << 19, RecorderPeak: 36 << 20, Nodes: 16, NodeEvents: 16,
		}, {
			Name: "larson, 2 threads", Threads: 2, Native: ms(500), Heapprof: ms(2500), Sampled: ms(550), Heaptrack: ms(9000),
			ShortNative: ms(8), ShortHeapprof: ms(20), DHAT: ms(900), RecorderCPU: ms(2400),
			Rates: throughputs{Native: rates{20e6, 21e6, 19e6}, Heapprof: rates{4e6}, Sampled: rates{18e6}, Heaptrack: rates{1.1e6}},
		}, {
			Name: "perl", Found: true, Threads: 1, Native: ms(500), Heapprof: ms(900), Sampled: ms(510), RecorderCPU: ms(400),
		}, {
			// Faster than natively, by noise; heaptrack crashed; too short to be looked at.
			Name: "true", Found: true, Threads: 1, Native: ms(2), Heapprof: ms(1.5), Sampled: ms(3), ShortNative: ms(2), ShortHeapprof: ms(1.5), DHAT: ms(500), RecorderCPU: ms(0),
		}, {
			Name: "window of 5 M blocks", Threads: 1, Blocks: 1_234_567_890, Native: ms(123456), Heapprof: ms(234567), Sampled: ms(123456), Heaptrack: ms(123456), ShortNative: ms(12345),
			ShortHeapprof: ms(23456), DHAT: ms(123456), RecorderCPU: ms(100000), Tail: ms(12345), ProgramPeak: 123456 << 20,
			ProfiledPeak: 123457 << 20, RecorderPeak: 123456 << 20, Nodes: 1_234_567, NodeEvents: 2_000_000,
		}},
		Notes: []string{"true: heaptrack: exit status 141"},
	}
	alone := all
	alone.Sample, alone.Heaptrack, alone.DHAT, alone.Notes = "", false, false, []string{"heaptrack is left out: not found"}
	alone.CPU, alone.Short, alone.Runs = true, true, 1
	one := alone
	one.CPU, one.Short, one.Processors, one.Notes = false, false, 1, nil
	pages := table{Machine: all.Machine, Runs: 3, Notes: []string{"php is left out: not found"}, Pages: []pageRow{{
		Name: "cc1plus, heavy on templates", Profile: 78 << 20, Page: picture{Written: ms(1500, 1510, 1490), Size: 1 << 20, Open: ms(700), Zoom: ms(30)},
		Drawing: picture{Written: ms(1600), Size: 9 << 20, Open: ms(4600, 4100, 5900), Zoom: ms(1500)},
	}, {
		Name: "perl", Profile: 99 << 10, Page: picture{Written: ms(20), Size: 250 << 10, Open: ms(1200), Zoom: ms(60)}, Drawing: picture{Written: ms(20), Size: 99 << 10, Open: ms(100), Zoom: ms(17)},
	}}}
	for name, render := range map[string]func(io.Writer) error{"pages.txt": pages.Render, "all.txt": all.Render, "alone.txt": alone.Render, "one-processor.txt": one.Render, "all.md": all.Markdown} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := render(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(line); n > 160 && strings.HasSuffix(name, ".txt") {
					t.Errorf("a line of %d columns, want 160 at most: %s", n, line)
				}
			}
			file := filepath.Join("testdata", name)
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
				t.Errorf("the tables are\n%s\nwant\n%s", &b, want)
			}
		})
	}
}

func TestAGoalIsMeasuredByTheProgramFarthestFromIt(t *testing.T) {
	table := table{Sample: "512KiB", Rows: []row{
		{Name: "perl", Found: true, Native: ms(100), Sampled: ms(101)},
		{Name: "lua", Found: true, Native: ms(100), Sampled: ms(120)},
		{Name: "parser", Native: ms(100), Sampled: ms(300)}, // not one of them
		{Name: "redis-server", Found: true, Rates: throughputs{Native: rates{100}, Sampled: rates{98}}},
		{Name: "redis-server, pipelined", Found: true, Rates: throughputs{Native: rates{100}, Sampled: rates{90}}},
	}}
	lines := map[string]string{}
	for _, line := range table.goalGrid().lines {
		lines[line[0]] = strings.Join(line[1:], " | ")
	}
	for programs, want := range map[string]string{
		"programs that nobody here wrote": "sampled /native | <= 1.03 | 1.200 | 1 of 2 | lua",
		"redis-server":                    "sampled op/s /native | >= 0.97 | 0.900 | 1 of 2 | redis-server, pipelined",
	} {
		if lines[programs] != want {
			t.Errorf("%s: %q, want %q", programs, lines[programs], want)
		}
	}
}

func TestEachGoalIsOfAProgramThatIsMeasured(t *testing.T) {
	for _, table := range []table{{Sample: "512KiB"}, {Processors: 1}} {
		for _, g := range table.goals() {
			if !slices.ContainsFunc(programs(), func(p program) bool {
				return g.holds(&row{Name: p.name, Found: p.found}) || g.holds(&row{Name: p.name, Found: p.found, Rates: throughputs{Native: rates{1}}})
			}) {
				t.Errorf("%s: no program has that name", g.programs)
			}
		}
	}
}

func TestThroughputsAreRead(t *testing.T) {
	larson, err := rated(onPath("true"))("", nil)
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		rate func([]byte) (float64, error)
		said string
		want float64 // 0: an error
	}{
		{larson.rate, "a tool's own words\n12345678 operations per second\n", 12345678},
		{larson.rate, "a tool's own words\n", 0},
		// One request of each kind takes 1/100 + 1/50 s.
		{redisRate, "\"test\",\"rps\",\"avg\"\n\"SET\",\"100.00\",\"1\"\n\"GET\",\"50\",\"2\"\n", 2 / 0.03},
		{redisRate, "\"test\",\"rps\"\n", 0},
		{redisRate, "\"test\",\"rps\"\n\"SET\",\"nan\"\n", 0},
		{redisRate, "", 0},
	} {
		got, err := c.rate([]byte(c.said))
		if (err != nil) != (c.want == 0) || math.Abs(got-c.want) > 1e-6*c.want {
			t.Errorf("%q: %v, %v, want %v", c.said, got, err, c.want)
		}
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
