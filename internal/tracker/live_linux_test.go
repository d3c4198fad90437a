//go:build linux && (amd64 || arm64)

package tracker

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/heap"
)

// startLive starts a program that waits for its input, and returns its recording under way.
func startLive(t *testing.T, o Options, program string, args ...string) (*paused, *Live) {
	t.Helper()
	came := make(chan *Live, 1)
	o.Live = func(l *Live) {
		came <- l
		<-l.Ended()
	}
	p := startPausedWith(t, o, program, args...)
	return p, <-came
}

// look returns what Look does, which must not fail.
func look(t *testing.T, l *Live) *profile.Profile {
	t.Helper()
	p, err := l.Look()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestALookIsOfWhatLivesThen(t *testing.T) {
	p, live := startLive(t, Options{}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	for turn := range 6 {
		counts := p.turn(t, turn == 0)
		got := look(t, live)
		totals := got.Totals()
		// The thread's own storage is the one block more.
		more := totals.EndBytes - counts["end_bytes"]
		if totals.EndBlocks != counts["end_blocks"]+1 || totals.TotalBlocks != counts["total_blocks"]+1 || totals.TotalBytes != counts["total_bytes"]+more || more > 4096 {
			t.Errorf("turn %d: %+v; the program counts %v", turn, totals, counts)
		}
		if last := got.Timeline[len(got.Timeline)-1]; last.Bytes != totals.EndBytes || last.Time != got.EndTime || last.RSS == 0 {
			t.Errorf("turn %d: the timeline ends with %+v", turn, last)
		}
		if got.PID != int64(p.program.PID) || got.Recording.Dump == nil || got.Recording.Threads != 2 || got.Columns.Has(profile.Lifetime) || !got.Columns.Has(profile.Maxima|profile.Peak|profile.End|profile.Temporary) {
			t.Errorf("turn %d: process %d, dump %v, %d threads, columns %b", turn, got.PID, got.Recording.Dump, got.Recording.Threads, got.Columns)
		}
	}
	p.end(t)
	if _, err := live.Look(); !errors.Is(err, ErrEnded) {
		t.Errorf("a look after the end: %v", err)
	}
	if _, err := live.Profile(); !errors.Is(err, ErrEnded) {
		t.Errorf("a profile after the end: %v", err)
	}
	if _, err := live.Mark("late"); !errors.Is(err, ErrEnded) {
		t.Errorf("a mark after the end: %v", err)
	}
}

// stacksOf returns the bytes of the points by their stacks' functions.
func stacksOf(p *profile.Profile) map[string]uint64 {
	all := make(map[string]uint64)
	for _, pt := range p.Points {
		var names []string
		for _, f := range pt.Stack.All() {
			names = append(names, p.Frames[f].Function)
		}
		all[strings.Join(names, " < ")] += pt.TotalBytes
	}
	return all
}

func TestALookHasTheStacksOfTheWholeProfile(t *testing.T) {
	p, live := startLive(t, Options{}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	for turn := range 6 {
		p.turn(t, turn == 0)
		got := stacksOf(look(t, live))
		whole, err := live.Profile()
		if err != nil {
			t.Fatal(err)
		}
		want := stacksOf(whole)
		if len(got) != len(want) || len(got) == 0 {
			t.Errorf("turn %d: %v, want %v", turn, got, want)
		}
		for stack, bytes := range want {
			if got[stack] != bytes {
				t.Errorf("turn %d: %s has %d bytes, in the profile %d", turn, stack, got[stack], bytes)
			}
		}
		if whole.Recording.Dump == nil || !whole.Columns.Has(profile.Lives) || !whole.Recording.HasFacts {
			t.Errorf("turn %d: the whole profile is %+v, columns %b", turn, whole.Recording.Dump, whole.Columns)
		}
	}
	p.end(t)
}

func TestAMarkOfALiveRecordingIsInItsProfile(t *testing.T) {
	p, live := startLive(t, Options{}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	p.turn(t, true)
	for _, want := range []string{"here", "here 2"} {
		if got, err := live.Mark("here"); got != want || err != nil {
			t.Errorf("the mark is %q, want %q: %v", got, want, err)
		}
	}
	result := p.end(t)
	if len(result.Profile.Marked("here")) != 1 || len(result.Profile.Marked("here 2")) != 1 {
		t.Errorf("the profile's moments are %+v", result.Profile.Moments)
	}
}

func TestAProgramWhoseRecordingIsStoppedRunsOn(t *testing.T) {
	p, live := startLive(t, Options{}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	counts := p.turn(t, true)
	live.Stop()
	<-live.Ended()
	for range 5 { // it allocates and frees, which nobody records
		p.turn(t, false)
	}
	result := p.end(t)
	if totals := result.Profile.Totals(); totals.EndBlocks != counts["end_blocks"]+1 || totals.TotalBlocks != counts["total_blocks"]+1 {
		t.Errorf("the profile has %+v, the program counted %v when the recording was stopped", totals, counts)
	}
	if result.ExitCode != 0 || result.Profile.Recording.Dump == nil {
		t.Errorf("exit status %d, dump %v", result.ExitCode, result.Profile.Recording.Dump)
	}
}

func TestAProcessCanBeLookedAtByItsNumber(t *testing.T) {
	p, live := startLive(t, Options{}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	p.turn(t, true)
	all, err := live.Processes()
	if err != nil || len(all) != 1 || all[0].PID != p.program.PID || !all[0].Started || all[0].Program != p.target.Path || all[0].LiveBytes == 0 || all[0].Age <= 0 {
		t.Errorf("it records %+v: %v", all, err)
	}
	if got := look(t, live.Of(p.program.PID)); got.PID != int64(p.program.PID) {
		t.Errorf("a look at process %d is of %d", p.program.PID, got.PID)
	}
	if _, err := live.Of(1).Look(); !errors.Is(err, ErrNoSuchProcess) {
		t.Errorf("a look at a process that is not recorded: %v", err)
	}
	p.end(t)
}

func TestLooksMayBeTakenByAnyoneAtAnyTime(t *testing.T) {
	var looking sync.WaitGroup
	o := Options{Args: []string{"sh", "-c", "for i in 1 2 3 4 5 6; do ls / >/dev/null; done"}, Depth: 32, Children: MainChildren}
	o.Live = func(l *Live) {
		for range 4 {
			looking.Go(func() {
				for {
					p, err := l.Look()
					if err == nil {
						_ = p.Totals()
						_, err = l.Profile()
					}
					if errors.Is(err, ErrEnded) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		looking.Wait()
	}
	result, err := Run(o)
	if err != nil || result.ExitCode != 0 {
		t.Errorf("%+v: %v", result, err)
	}
}

// TestSumsAreWhatTheWholeAccountHas: what a look shows is what a profile of that moment would.
func TestSumsAreWhatTheWholeAccountHas(t *testing.T) {
	h := heap.New(heap.Options{})
	a, b := h.NewSite(), h.NewSite()
	var thread heap.Thread
	h.Alloc(&thread, 1<<12, 100, 10, a)
	h.Alloc(&thread, 2<<12, 50, 20, b)
	h.Free(&thread, 1<<12, 30)
	got, want := h.Sums(40), h.Finish(40)
	for i := range want.Sites {
		w := want.Sites[i]
		w.Lifetime = heap.Ticks{}
		if got.Sites[i] != w {
			t.Errorf("site %d: %+v, want %+v", i, got.Sites[i], w)
		}
	}
}
