package budget

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestAnEstimateExceedsOnlyForCertain(t *testing.T) {
	p := reporttest.Sampled()
	sums, err := view.Total(p)
	if err != nil {
		t.Fatal(err)
	}
	margin, _ := sums.Margin(view.PeakBytes)
	n, off := sums.Get(view.PeakBytes), uint64(margin)+2
	for limit, want := range map[uint64]Outcome{n - off: Exceeded, n - off/2: Doubtful, n: Doubtful, n + off/2: Doubtful, n + off: Kept} {
		if j := verdict(t, p, Options{}, limits(t, fmt.Sprint("peak-bytes=", limit))).Judgements[0]; j.Outcome != want {
			t.Errorf("%d ± %d of %d: outcome %d, want %d", n, off, limit, j.Outcome, want)
		}
	}
	// What was counted of every block is exact, and what no block was sampled of may be something.
	for text, want := range map[string]Outcome{
		"total-blocks=3150": Kept, "total-blocks=3149": Exceeded, "peak-bytes@nosuch=40000": Doubtful, "peak-bytes@nosuch=50000": Kept, "total-blocks@main=0": Exceeded,
	} {
		if j := verdict(t, p, Options{}, limits(t, text)).Judgements[0]; j.Outcome != want {
			t.Errorf("%s: %+v, want outcome %d", text, j, want)
		}
	}
	for i := range p.Points {
		p.Points[i].Samples = nil
	}
	if j := verdict(t, p, Options{}, limits(t, "peak-bytes=1TiB")).Judgements[0]; j.Outcome != Unknown || j.Why != NoMargin {
		t.Errorf("an estimate whose margin is not known: %+v", j)
	}
}

func TestWhatAProfileDoesNotTellIsNotKept(t *testing.T) {
	lossy, killed := reporttest.Sample(), reporttest.Sample()
	lossy.Recording.Counts.LostEvents, killed.Recording.Counts.LostEvents, killed.Recording.Signal = 1, 0, 9
	flushed, asked := reporttest.Sample(), reporttest.Sample()
	flushed.Recording.Counts.LostEvents, asked.Recording.Counts.LostEvents = 0, 0
	flushed.Recording.Dump, asked.Recording.Dump = &profile.Dump{Why: profile.DumpFlush}, &profile.Dump{Why: profile.DumpAsked}
	unseen, partly := reporttest.Sample(), reporttest.Sample()
	unseen.Recording.Counts.LostEvents, partly.Recording.Counts.LostEvents = 0, 0
	unseen.Recording.Notes = []profile.Note{{Code: profile.AllocatorUnseen, Allocators: []string{"jemalloc"}}}
	partly.Recording.Notes = []profile.Note{{Code: profile.AllocatorPartlySeen, Allocators: []string{"rust"}}}
	attached := reporttest.Sample()
	attached.Recording.Counts.LostEvents = 0
	attached.Recording.Attached = &profile.Attached{End: profile.AttachDuration}
	early, unread := reporttest.Held(), reporttest.Held()
	early.Recording.Snapshots = early.Recording.Snapshots[:1]
	unread.Recording.Snapshots[1].Unread = 8
	early.FindLost()
	unread.FindLost()
	total := lossy.Totals().TotalBytes
	for _, c := range []struct {
		p       *profile.Profile
		limit   string
		outcome Outcome
		why     Why
	}{
		{reporttest.Foreign(t, "valgrind-copy.json"), "peak-bytes=1TiB", Unknown, NotRecorded},
		{reporttest.Foreign(t, "valgrind-heap.json"), "temporary-blocks=100%", Unknown, NotRecorded},
		{reporttest.Foreign(t, "valgrind-heap.json"), "lost-bytes=1TiB", Unknown, NotRecorded},
		{lossy, "peak-bytes=1TiB", Unknown, EventsLost},
		{lossy, "peak-bytes=0", Unknown, EventsLost},
		{lossy, fmt.Sprint("total-bytes=", total), Unknown, EventsLost},
		{lossy, fmt.Sprint("total-bytes=", total-1), Exceeded, 0},
		{killed, "leaked-bytes=1TiB", Unknown, EndedEarly},
		{killed, "end-bytes=1TiB", Kept, 0},
		{flushed, "peak-bytes=1TiB", Unknown, CutShort},
		{flushed, "peak-bytes=0", Exceeded, 0},
		{unseen, "peak-bytes=1TiB", Unknown, EventsLost},
		{unseen, "total-bytes=0", Exceeded, 0},
		{partly, "peak-bytes=1TiB", Kept, 0},
		{asked, "leaked-bytes=1TiB", Unknown, EndedEarly},
		{attached, "leaked-bytes=1TiB", Unknown, EndedEarly},
		{attached, "peak-bytes=1TiB", Unknown, BlocksBefore},
		{attached, "peak-bytes=0", Exceeded, 0},
		{attached, "end-blocks=1000000", Unknown, BlocksBefore},
		{attached, "total-bytes=1TiB", Kept, 0},
		{asked, "peak-bytes=1TiB", Kept, 0},
		{early, "leaked-bytes=1TiB", Unknown, NotAtExit},
		{unread, "leaked-bytes=1TiB", Kept, 0},
		{unread, "leaked-bytes=0", Unknown, MemoryUnread},
	} {
		if j := verdict(t, c.p, Options{}, limits(t, c.limit)).Judgements[0]; j.Outcome != c.outcome || j.Why != c.why {
			t.Errorf("%s: outcome %d, why %d, want %d, %d", c.limit, j.Outcome, j.Why, c.outcome, c.why)
		}
	}
	killed.Recording.Signal = 0
	for _, j := range verdict(t, killed, Options{NoEnd: true}, limits(t, "leaked-bytes=0", "end-bytes=1TiB")).Judgements {
		if want := map[Metric]Outcome{"leaked-bytes": Skipped, "end-bytes": Kept}[j.Limit.Metric]; j.Outcome != want {
			t.Errorf("%s of a process that goes on: outcome %d, want %d", j.Limit.Metric, j.Outcome, want)
		}
	}
}

func TestWhatMayBeOfCutStacksIsNotKeptForCertain(t *testing.T) {
	p := reporttest.Random(4)
	p.Frames = append(p.Frames, profile.Marker("[truncated]"))
	marker := uint32(len(p.Frames) - 1)
	re := regexp.MustCompile("f3")
	sums, _, err := view.Focused(view.NewSource(p), re)
	if err != nil {
		t.Fatal(err)
	}
	var cut, none uint64
	for i := range p.Points {
		pt := &p.Points[i]
		if pt.Stack.Len() == 0 {
			none += pt.PeakBytes
		}
		if i%20 == 0 && pt.Stack.Len() > 0 && !strings.Contains(fmt.Sprint(namesOf(p, pt)), "f3") {
			pt.Stack = profile.StackOf(append(slices.Clone(pt.Stack.Frames()), marker)...)
			cut += pt.PeakBytes
		}
	}
	n := sums.Get(view.PeakBytes)
	for limit, want := range map[uint64]Outcome{n - 1: Exceeded, n: Doubtful, n + cut + none - 1: Doubtful, n + cut + none: Kept} {
		if j := verdict(t, p, Options{}, limits(t, fmt.Sprint("peak-bytes@f3=", limit))).Judgements[0]; j.Outcome != want || want == Doubtful && j.Why != StacksCut {
			t.Errorf("%d, and %d that may be, of %d: %+v, want outcome %d", n, cut+none, limit, j, want)
		}
	}
}

// namesOf returns the names of a point's frames, and of their files.
func namesOf(p *profile.Profile, pt *profile.Point) (all []string) {
	for _, f := range pt.Stack.All() {
		all = append(all, p.Frames[f].Function, p.Frames[f].File)
	}
	return all
}
