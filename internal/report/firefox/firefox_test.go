package firefox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// written returns a profile as the viewer gets it: objects, and lists of numbers and texts.
func written(t *testing.T, p *profile.Profile) map[string]any {
	t.Helper()
	f, err := New(view.NewSource(p))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(out.Bytes(), &root); err != nil {
		t.Fatalf("%v in:\n%s", err, out.String())
	}
	return root
}

// at returns what stands at a path of fields.
func at(in any, fields ...string) any {
	for _, f := range fields {
		in = in.(map[string]any)[f]
	}
	return in
}

func list(in any, fields ...string) []any { return at(in, fields...).([]any) }

// checkTable holds that the columns of a table have as many elements as it says, and that indices are of the tables
// that they refer to.
func checkTable(t *testing.T, table any, name string, refers map[string]int) {
	t.Helper()
	n := int(at(table, "length").(float64))
	for column, values := range table.(map[string]any) {
		all, ok := values.([]any)
		if !ok {
			continue
		}
		if len(all) != n {
			t.Errorf("%s.%s has %d elements, and the table %d", name, column, len(all), n)
		}
		if below, ok := refers[column]; ok {
			for i, v := range all {
				if index, ok := v.(float64); ok && (int(index) >= below || int(index) < -1) {
					t.Errorf("%s.%s[%d] is %v, and there are %d", name, column, i, v, below)
				}
			}
		}
	}
}

func length(in any, fields ...string) int { return int(at(at(in, fields...), "length").(float64)) }

// TestTablesAreWholeAndReferToEachOther holds what the viewer takes for granted and does not check.
func TestTablesAreWholeAndReferToEachOther(t *testing.T) {
	for name, p := range map[string]*profile.Profile{
		"sample": reporttest.Sample(), "typed": reporttest.Typed(), "over time": reporttest.Found(), "foreign": reporttest.Foreign(t, "valgrind-heap.json"), "copies": reporttest.Foreign(t, "valgrind-copy.json"), "sampled": reporttest.Sampled(),
		"no stack": {Mode: "heap", Points: []profile.Point{{TotalBytes: 5, TotalBlocks: 1}}, Frames: []profile.Frame{profile.Root}},
		"empty":    {Mode: "heap", Frames: []profile.Frame{profile.Root}},
	} {
		t.Run(name, func(t *testing.T) {
			root := written(t, p)
			shared := at(root, "shared")
			texts := len(list(shared, "stringArray"))
			checkTable(t, at(shared, "sources"), "sources", map[string]int{"filename": texts})
			checkTable(t, at(shared, "resourceTable"), "resourceTable", map[string]int{"name": texts, "lib": len(list(root, "libs"))})
			checkTable(t, at(shared, "nativeSymbols"), "nativeSymbols", nil)
			checkTable(t, at(shared, "funcTable"), "funcTable", map[string]int{"name": texts, "resource": length(shared, "resourceTable"), "source": length(shared, "sources")})
			checkTable(t, at(shared, "frameTable"), "frameTable", map[string]int{"func": length(shared, "funcTable"), "category": len(list(root, "meta", "categories"))})
			checkTable(t, at(shared, "stackTable"), "stackTable", map[string]int{"frame": length(shared, "frameTable")})
			for i, caller := range list(shared, "stackTable", "prefix") {
				if index, ok := caller.(float64); ok && int(index) >= i {
					t.Errorf("stack %d is called by %v, which comes after it", i, caller)
				}
			}
			for _, thread := range list(root, "threads") {
				checkTable(t, at(thread, "samples"), "samples", nil)
				checkTable(t, at(thread, "markers"), "markers", map[string]int{"name": texts})
				checkTable(t, at(thread, "nativeAllocations"), "nativeAllocations", map[string]int{"stack": length(shared, "stackTable")})
				if times := list(thread, "nativeAllocations", "time"); !slices.IsSortedFunc(times, func(a, b any) int { return int(a.(float64)*1000 - b.(float64)*1000) }) {
					t.Errorf("times of %v are in no order", at(thread, "name"))
				}
			}
			for _, c := range list(root, "counters") {
				checkTable(t, at(c, "samples"), "samples of a counter", nil)
			}
		})
	}
}

func TestThreadsAddUpToTheMetricsOfBytes(t *testing.T) {
	p := reporttest.Found()
	sums, err := view.Total(p)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range flame.Metrics(p) {
		if m.Unit() == view.UnitBytes {
			want = append(want, fmt.Sprint(sums.Get(m)))
		}
	}
	var got []string
	for _, thread := range list(written(t, p), "threads") {
		var sum uint64
		for _, w := range list(thread, "nativeAllocations", "weight") {
			sum += uint64(w.(float64))
		}
		got = append(got, fmt.Sprint(sum))
	}
	if !slices.Equal(got, want) || len(want) < 3 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheRangeThatIsShownHasAllOfIt(t *testing.T) {
	root := written(t, reporttest.Found())
	end := at(root, "meta", "profilingEndTime").(float64)
	for _, thread := range list(root, "threads") {
		for _, time := range list(thread, "nativeAllocations", "time") {
			if time.(float64) >= end {
				t.Fatalf("%v has a stack at %v, and what is shown ends at %v", at(thread, "name"), time, end)
			}
		}
	}
}

func TestWhatWasAllocatedIsSpreadOverTheRun(t *testing.T) {
	p := reporttest.Heap(reporttest.Line{
		Function: "grow", Point: profile.Point{TotalBytes: 1000, TotalBlocks: 10},
		State: func(m int) profile.State { return profile.State{TotalBytes: uint64(min(m, 10)) * 80} },
	})
	thread := list(written(t, p), "threads")[0]
	times, weights := list(thread, "nativeAllocations", "time"), list(thread, "nativeAllocations", "weight")
	// 80 bytes in each of 10 windows of 200 ms from the second on, and the rest at the end.
	if len(times) != 11 || times[0] != 400.0 || weights[0] != 80.0 || times[10] != 10000.0 || weights[10] != 200.0 {
		t.Errorf("%v\n%v", times, weights)
	}
}

func TestEachThreadOfTheProgramHasItsOwnAllocations(t *testing.T) {
	p := reporttest.Heap(
		reporttest.Line{
			Function: "grow", Point: profile.Point{TotalBytes: 1000, TotalBlocks: 10}.With(profile.Rest{Facts: &profile.Facts{Threads: []profile.ThreadShare{{Thread: 1, TotalBytes: 1000, TotalBlocks: 10}}}}),
			State: func(m int) profile.State { return profile.State{TotalBytes: uint64(min(m, 10)) * 80} },
		},
		reporttest.Line{
			Function: "share", Point: profile.Point{TotalBytes: 500, TotalBlocks: 5}.With(profile.Rest{Facts: &profile.Facts{Threads: []profile.ThreadShare{{Thread: 0, TotalBytes: 300, TotalBlocks: 3}, {Thread: 1, TotalBytes: 150, TotalBlocks: 1}}}}),
			State: func(int) profile.State { return profile.State{TotalBytes: 500} },
		},
	)
	p.PID = 7
	p.Recording.ByThread = []profile.Thread{{ID: 7, Threads: 1, TotalBytes: 300}, {ID: 8, Name: "worker", Threads: 1, TotalBytes: 1150}}
	var got []string
	for _, thread := range list(written(t, p), "threads") {
		if name := at(thread, "name").(string); strings.HasPrefix(name, "thread ") {
			times, weights := list(thread, "nativeAllocations", "time"), list(thread, "nativeAllocations", "weight")
			sum := 0.0
			for _, w := range weights {
				sum += w.(float64)
			}
			got = append(got, fmt.Sprint(name, " ", at(thread, "tid"), " ", len(times), " ", times[0], " ", sum))
		}
	}
	want := []string{"thread worker: allocated in all, bytes 7 8 12 400 1150", "thread (the first thread): allocated in all, bytes 7 7 1 10000 300"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestMarksAreMarkersAndTheTimelineIsACounter(t *testing.T) {
	p := reporttest.Found()
	p.Moments = append(slices.Clone(p.Moments[:25]), append([]profile.Moment{{Time: 5_000_000, Mark: "loaded"}}, p.Moments[25:]...)...)
	for i := range p.Points {
		p.Points[i].Edit().Facts = nil
	}
	p.Timeline = []profile.Reading{{Time: 1000, Bytes: 100}, {Time: 2000, Bytes: 300, RSS: 5000}, {Time: 3000, Bytes: 50, RSS: 4000}}
	root := written(t, p)
	data, _ := json.Marshal(list(list(root, "threads")[0], "markers", "data"))
	if want := `[{"name":"loaded","type":"heapprof"},{"name":"peak of live bytes","type":"heapprof"}]`; string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	var counts []string
	for _, c := range list(root, "counters") {
		counts = append(counts, fmt.Sprint(at(c, "name"), list(c, "samples", "time"), list(c, "samples", "count")))
	}
	if got, want := strings.Join(counts, "; "), "live heap[1 2 3] [100 200 -250]; resident memory[2 3] [5000 -1000]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAProfileThatCountsInstructionsHasNoTimes(t *testing.T) {
	p := reporttest.Found()
	p.Units.Time, p.Units.MegaTime = "instrs", "Minstr"
	p.Timeline = []profile.Reading{{Time: 1000, Bytes: 100}}
	root := written(t, p)
	if n := len(list(root, "counters")); n != 0 {
		t.Errorf("%d counters", n)
	}
	for _, at := range list(list(root, "threads")[0], "nativeAllocations", "time") {
		if at != 0.0 {
			t.Fatalf("a time of %v", at)
		}
	}
}

func TestAStackBeginsWithItsSiteAndTheTypeIsInsideOfIt(t *testing.T) {
	root := written(t, reporttest.Typed())
	shared := at(root, "shared")
	name := func(stack int) string {
		frame := int(list(shared, "stackTable", "frame")[stack].(float64))
		function := int(list(shared, "frameTable", "func")[frame].(float64))
		return list(shared, "stringArray")[int(list(shared, "funcTable", "name")[function].(float64))].(string)
	}
	var leaves []string
	for _, s := range list(list(root, "threads")[0], "nativeAllocations", "stack") {
		leaf := int(s.(float64))
		caller := int(list(shared, "stackTable", "prefix")[leaf].(float64))
		leaves = append(leaves, name(caller)+" > "+name(leaf))
	}
	if !slices.Contains(leaves, "app::parse > [Vec<Event>]") {
		t.Errorf("got %q", leaves)
	}
}

func TestABuildIDIsWrittenAsBreakpadHasIt(t *testing.T) {
	if got, want := debugID("0123456789abcdef0123456789abcdef01234567"), "67452301AB89EFCD0123456789ABCDEF0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := debugID(""), strings.Repeat("0", 33); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
