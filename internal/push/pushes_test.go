package push

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/push/pushtest"
)

func TestWhatWasAllocatedIsToldOnceAndWhatLivesAsItIs(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		p := start(t, f, Options{})
		until(t, "three pushes", func() bool { return len(f.Profiles()) >= 6 })
		result := p.End(grown(100))
		all := f.Profiles()
		for value, want := range map[string]int64{"alloc_space": 10_800, "alloc_objects": 300} {
			if got := pushtest.Sums(all, value); got != want {
				t.Errorf("%s adds up to %d over all pushes, want the program's %d", value, got, want)
			}
		}
		last := all[len(all)-1:]
		if f.Parca {
			last = all[len(all)-2:]
		}
		if space, objects := pushtest.Sums(last, "inuse_space"), pushtest.Sums(last, "inuse_objects"); space != 6000 || objects != 100 {
			t.Errorf("the last push has %d bytes in %d blocks in use", space, objects)
		}
		if result.Last != nil || result.Pushed < 3 {
			t.Errorf("result %+v", result)
		}
	})
}

func TestAPushHasTheTypesTimesAndBuildsThatServersShowMemoryBy(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		before := time.Now()
		start(t, f, Options{Every: time.Hour}).End(grown(1))
		var types []string
		for _, p := range f.Profiles() {
			delta := p.DurationNanos > 0
			if at := time.Unix(0, p.TimeNanos); at.Before(before) || at.After(time.Now()) || p.DurationNanos > time.Since(before).Nanoseconds() {
				t.Errorf("at %v for %d ns", at, p.DurationNanos)
			}
			for _, s := range p.SampleType {
				types = append(types, fmt.Sprintf("%s:%s:%s:%s:%s delta=%t", p.Labels["__name__"], s.Type, s.Unit, p.PeriodType.Type, p.PeriodType.Unit, delta))
			}
			if m := p.Mapping[0]; m.File != "/opt/server" || m.BuildID != "bb02" || m.Start != 0x1000 || m.Limit != 0x2000 || !m.HasFunctions {
				t.Errorf("mapping %+v", m)
			}
			for _, s := range p.Sample {
				if leaf := s.Location[0].Line[0].Function.Name; leaf == "malloc" || len(s.Label) > 0 {
					t.Errorf("the innermost function is %s, its labels %v", leaf, s.Label)
				}
			}
			if p.DropFrames != "" || strings.Contains(fmt.Sprint(p.Comments), "hunter2") {
				t.Errorf("drops %q, comments %q", p.DropFrames, p.Comments)
			}
		}
		want := []string{
			"memory:alloc_objects:count:space:bytes delta=true", "memory:alloc_space:bytes:space:bytes delta=true",
			"memory:inuse_objects:count:space:bytes delta=true", "memory:inuse_space:bytes:space:bytes delta=true",
		}
		if f.Parca { // a state has no duration, and comes first
			want = []string{
				"memory:inuse_objects:count:space:bytes delta=false", "memory:inuse_space:bytes:space:bytes delta=false",
				"memory:alloc_objects:count:space:bytes delta=true", "memory:alloc_space:bytes:space:bytes delta=true",
			}
		}
		if !slices.Equal(types, want) {
			t.Errorf("types\n%s\nwant\n%s", strings.Join(types, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestLabelsComeAsTheyAre(t *testing.T) {
	asked := []string{`odd={a="b",c=d} \ 100%` + "\n\té", "env=prod", "pid="}
	labels, _, err := ParseLabels(asked)
	if err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, f *pushtest.Server) {
		start(t, f, Options{Every: time.Hour, Labels: labels}).End(grown(1))
		want := map[string]string{
			"__name__": "memory", "service_name": "server", "host": "box", "env": "prod",
			"odd": `{a="b",c=d} \ 100%` + "\n\té",
		}
		if !f.Parca {
			want["__delta__"] = "false"
		}
		if got := f.Profiles()[0].Labels; !maps.Equal(got, want) {
			t.Errorf("labels %q, want %q", got, want)
		}
	})
}

func TestAServerThatFailsAndRecoversHasEverythingOnceAndIsToldOfInTwoLines(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		var failures, recoveries, lost atomic.Int32
		var detail atomic.Value
		p := start(t, f, Options{
			Failed: func(f *Failure) { failures.Add(1); detail.Store(*f) },
			Works:  func(failed int) { recoveries.Add(1); lost.Add(int32(failed)) },
		})
		for outage := range int32(2) {
			until(t, "pushes", func() bool { return len(f.Profiles()) >= 4*int(outage+1) })
			f.Refuse(f.Down, false)
			began := f.Asked()
			until(t, "pushes that fail", func() bool { return f.Asked() >= began+10 })
			if n := failures.Load(); n != outage+1 {
				t.Fatalf("told %d times that it fails", n)
			}
			f.Refuse(nil, false)
			until(t, "recovery", func() bool { return recoveries.Load() == outage+1 })
		}
		p.End(grown(100_000))
		if got := pushtest.Sums(f.Profiles(), "alloc_space"); got != 10_800_000 {
			t.Errorf("alloc_space adds up to %d", got)
		}
		if f := detail.Load().(Failure); f.Cause != Busy || f.Detail != "no room" || lost.Load() < 20 {
			t.Errorf("failure %+v, %d failed", f, lost.Load())
		}
	})
}

func TestAPushWhoseAnswerWasLostIsTheSameAgain(t *testing.T) {
	f := pushtest.New(t, false)
	left := 2
	f.Refuse(func(w http.ResponseWriter) bool { left--; return left >= 0 && f.Down(w) }, true)
	p := start(t, f, Options{Every: time.Hour})
	p.End(grown(1))
	all := f.Profiles()
	if len(all) != 3 || all[0].ID == "" || all[0].ID != all[1].ID || all[1].ID != all[2].ID || all[0].TimeNanos != all[2].TimeNanos {
		t.Errorf("%d pushes: %v", len(all), all)
	}
}

func TestWhatAServerDoesNotTakeIsNotTriedAgainBeforeThereIsMore(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		for status, cause := range map[int]FailureCause{http.StatusBadRequest: Invalid, http.StatusUnauthorized: NotAllowed, http.StatusForbidden: NotAllowed, http.StatusNotFound: NoSuchCall, http.StatusTemporaryRedirect: Redirected} {
			f.Refuse(func(w http.ResponseWriter) bool {
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(status)
				return true
			}, false)
			asked := f.Asked()
			r := start(t, f, Options{Every: time.Hour}).End(grown(1))
			if r.Last == nil || r.Last.Cause != cause || r.Last.Status != status || f.Asked() != asked+1 {
				t.Errorf("%d: %+v, %d calls", status, r.Last, f.Asked()-asked)
			}
		}
		if !f.Parca {
			return
		}
		for code, cause := range map[int]FailureCause{3: Invalid, 7: NotAllowed, 12: NoSuchCall, 16: NotAllowed} {
			f.Refuse(func(w http.ResponseWriter) bool { w.Header().Set("Grpc-Status", fmt.Sprint(code)); return true }, false)
			r := start(t, f, Options{Every: time.Hour}).End(grown(1))
			if r.Last == nil || r.Last.Cause != cause || r.Last.Code != code {
				t.Errorf("code %d: %+v", code, r.Last)
			}
		}
	})
}

func TestAServerThatIsNotThereIsSaidSoAtOnce(t *testing.T) {
	for _, scheme := range Schemes() {
		target, err := ParseTarget(scheme+"://127.0.0.1:1", "secret-token")
		if err != nil {
			t.Fatal(err)
		}
		p := startAt(Options{Target: target, Source: &program{of: grown}, Every: time.Hour}, pace{first: time.Hour, last: 5 * time.Minute, again: time.Hour})
		r := p.End(grown(1))
		if r.Last == nil || r.Last.Cause != NotReached || !strings.Contains(r.Last.Detail, "connection refused") || strings.Contains(r.Last.Detail, "http") {
			t.Errorf("%s: %+v", scheme, r.Last)
		}
	}
}

func TestAServerThatDoesNotAnswerHoldsUpTheEndNoLongerThanSaid(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		hang := make(chan struct{})
		defer close(hang)
		f.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang })
		p := startAt(Options{Target: target(t, f, "", "", ""), Source: &program{of: grown}, Every: time.Millisecond}, pace{first: time.Millisecond, longest: time.Hour, last: 300 * time.Millisecond, again: time.Millisecond})
		time.Sleep(50 * time.Millisecond) // one is under way
		began := time.Now()
		r := p.End(grown(1))
		if r.Last == nil || time.Since(began) > 20*time.Second {
			t.Errorf("%+v after %v", r.Last, time.Since(began))
		}
	})
}

func TestAProgramThatTakesTheProcessOverBeginsWithNothing(t *testing.T) {
	f := pushtest.New(t, false)
	// The second program has allocated more than the first already.
	source := &program{of: func(look uint64) *profile.Profile {
		p := grown(7)
		if look > 1 {
			p = grown(10)
			p.Recording.Program, p.Recording.Start = "/opt/other", p.Recording.Start.Add(time.Second)
		}
		return p
	}}
	p := start(t, f, Options{Source: source})
	until(t, "the second program's push", func() bool { return source.looked() >= 3 })
	last := grown(10)
	last.Recording.Program, last.Recording.Start = "/opt/other", last.Recording.Start.Add(time.Second)
	p.End(last)
	by := map[string][]pushtest.Taken{}
	for _, p := range f.Profiles() {
		by[p.Labels["service_name"]] = append(by[p.Labels["service_name"]], p)
	}
	if first, second := pushtest.Sums(by["server"], "alloc_space"), pushtest.Sums(by["other"], "alloc_space"); first != 756 || second != 1080 {
		t.Errorf("%d bytes of the first, %d of the second", first, second)
	}
}

// several is a pretended recording of many processes.
type several func(look int) []*profile.Profile

func (s several) Look() ([]*profile.Profile, error) { return s(0), nil }

func TestEachProcessIsASeriesAndOneThatEndedWhileTheServerFailedIsNotLost(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		of := func(pid int64, n uint64) *profile.Profile {
			p := grown(n)
			p.PID = pid
			return p
		}
		var looks atomic.Int64
		source := several(func(int) []*profile.Profile {
			if looks.Add(1) > 1 {
				return []*profile.Profile{of(1, 5)}
			}
			return []*profile.Profile{of(1, 2), of(2, 3)}
		})
		f.Refuse(f.Down, false)
		p := start(t, f, Options{Source: source})
		until(t, "the end of the second process", func() bool { return looks.Load() > 2 })
		f.Refuse(nil, false)
		p.Add(of(3, 1))
		p.End(of(1, 10))
		by := map[string][]pushtest.Taken{}
		for _, p := range f.Profiles() {
			by[p.Labels["pid"]] = append(by[p.Labels["pid"]], p)
		}
		for pid, want := range map[string]int64{"1": 1080, "2": 324, "3": 108} {
			if got := pushtest.Sums(by[pid], "alloc_space"); got != want {
				t.Errorf("%d bytes of process %s, want %d", got, pid, want)
			}
		}
	})
}

func TestProcessesThatEndedLongAgoAreForgotten(t *testing.T) {
	var a accounts
	for pid := range int64(3 * maxAccounts) {
		a.rest()
		p := grown(1)
		p.PID = pid
		a.of(p, time.Now())
		a.trim()
	}
	first := grown(1)
	first.PID = 0
	if len(a.all) != maxAccounts || a.of(first, time.Now()) != nil {
		t.Errorf("%d accounts", len(a.all))
	}
}

func (p *program) looked() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.looks
}
