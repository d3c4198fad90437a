package massif

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

func written(t *testing.T, p *profile.Profile) string {
	t.Helper()
	f, err := New(view.NewSource(p))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// small has two stacks, of which one ends where the other goes on, one that was cut, and one without frames.
func small() *profile.Profile {
	return &profile.Profile{
		Mode: "heap", Columns: profile.Peak | profile.End, Command: "./small\n--fast", Units: profile.Units{Time: "µs"}, PeakTime: 50_000, EndTime: 900_000,
		Frames: testkit.Frames("[root]", "0x10: malloc (in /usr/lib/libc.so.6)", "0x20: load (load.c:5)", "0x30: parse (parse.c:6)", "0x40: main (main.c:7)", "[truncated]"),
		Points: []profile.Point{
			{PeakBytes: 1024, Stack: profile.StackOf(1, 2, 3, 4)},
			{PeakBytes: 1000, Stack: profile.StackOf(1, 2)},
			{PeakBytes: 64, EndBytes: 64, Stack: profile.StackOf(3, 4)},
			{PeakBytes: 6, EndBytes: 6},
			{PeakBytes: 6, EndBytes: 6, Stack: profile.StackOf(3, 5)},
		},
	}
}

func TestTreesAreThoseOfMassif(t *testing.T) {
	const want = `desc: converted by heapprof
cmd: ./small --fast
time_unit: ms
#-----------
snapshot=0
#-----------
time=50
mem_heap_B=2100
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=peak
n3: 2100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n1: 2024 0x20: load (load.c:5)
  n1: 1024 0x30: parse (parse.c:6)
   n0: 1024 0x40: main (main.c:7)
 n2: 70 0x30: parse (parse.c:6)
  n0: 64 0x40: main (main.c:7)
  n0: 6 0x0: [truncated]
 n0: 6 0x0: ???
#-----------
snapshot=1
#-----------
time=900
mem_heap_B=76
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=detailed
n2: 76 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n2: 70 0x30: parse (parse.c:6)
  n0: 64 0x40: main (main.c:7)
  n0: 6 0x0: [truncated]
 n0: 6 0x0: ???
`
	if got := written(t, small()); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestTreesOfMomentsFoldWhatIsSmall holds that a tree of a moment adds up although it has no node below 1 %.
func TestTreesOfMomentsFoldWhatIsSmall(t *testing.T) {
	lines := []reporttest.Line{{Function: "most", State: reporttest.Rising(1, 50_000, 50_000)}}
	for i := range 3 {
		lines = append(lines, reporttest.Line{Function: fmt.Sprintf("few%d", i), State: reporttest.Rising(1, 100, 100)})
	}
	p := reporttest.Heap(lines...)
	p.Timeline = []profile.Reading{{Time: 100_000, Bytes: 33}}
	got := written(t, p)
	for _, want := range []string{
		"time=100\nmem_heap_B=33\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=empty\n",
		"time=200\nmem_heap_B=1006\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=detailed\nn2: 1006 (heap",
		"\n n1: 1000 0x401000: most (/src/app/most.c:10)\n",
		"\n n0: 6 in 3 places, all below massif's threshold (1.00%)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%.3000s", want, got)
		}
	}
}

func TestOfVeryManyStacksTheSmallestAreFolded(t *testing.T) {
	p := small()
	p.Points = nil
	first := len(p.Frames)
	for i := range manyPoints + 1 {
		p.Frames = append(p.Frames, profile.Frame{Addr: uint64(0x1000 + i), Function: "f"})
		p.Points = append(p.Points, profile.Point{PeakBytes: 1, Stack: profile.StackOf(uint32(first+i), 4)})
	}
	p.Points[0].PeakBytes = 50
	if got, want := written(t, p), "n2: 10050 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n n0: 10000 in 10000 places, all below massif's threshold (0.01%)\n n1: 50 0x1000: f\n  n0: 50 0x40: main (main.c:7)\n"; !strings.Contains(got, want) {
		t.Errorf("%.600s", got)
	}
}

func TestMassifPrintsWhatWasWritten(t *testing.T) {
	tool := testkit.Tool(t, "ms_print")
	for name, p := range map[string]*profile.Profile{"small": small(), "over time": reporttest.Found(), "valgrind": reporttest.Foreign(t, "valgrind-heap.json")} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "massif.out.1")
			if err := os.WriteFile(path, []byte(written(t, p)), 0o666); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(tool, path).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), "(peak)") || !strings.Contains(string(out), "->") {
				t.Errorf("%s", out)
			}
		})
	}
}

func TestADeepStackIsCutOutward(t *testing.T) {
	p := reporttest.Deep(3_000)
	p.Columns |= profile.End
	for i := range p.Points {
		p.Points[i].EndBytes = p.Points[i].TotalBytes
	}
	deepest := 0
	for line := range strings.Lines(written(t, p)) {
		deepest = max(deepest, len(line)-len(strings.TrimLeft(line, " ")))
	}
	if deepest != profile.MaxDepth {
		t.Errorf("the deepest node is at %d", deepest)
	}
}

func TestAProfileOfTotalsAloneIsRefused(t *testing.T) {
	p := small()
	p.Columns = 0
	if _, err := New(view.NewSource(p)); !errors.Is(err, ErrNoLives) {
		t.Errorf("got %v", err)
	}
}

func TestEstimatesAreSaidToBeSuch(t *testing.T) {
	p := small()
	p.Sampling.MeanBytes = 512 << 10
	if got := written(t, p); !strings.HasPrefix(got, "desc: converted by heapprof; estimates, from one block in each 512 KiB allocated\n") {
		t.Errorf("%.200s", got)
	}
}
