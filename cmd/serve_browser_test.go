package cmd

import (
	"cmp"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/cmd/web"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/serve"
	"heapprof/internal/testkit"
)

// growing is a pretended recording: each look finds the program a second later.
//
// In each second cache_put keeps a block of 1000 bytes, and request allocates and frees 100 of 100; from the eighth on early
// keeps a larger block, which comes first in every table. Moments are the seconds, and each other one once there is a mark.
type growing struct {
	mu      sync.Mutex
	seconds uint64
	state   serve.State
	marks   []string
}

const second = 1_000_000 // µs

func (g *growing) Look() (*profile.Profile, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == serve.Live {
		g.seconds++
	}
	return g.at(g.seconds), nil
}

func (g *growing) Profile() (*profile.Profile, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at(g.seconds), nil
}

func (g *growing) State() serve.State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

func (g *growing) Mark(name string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.marks = append(g.marks, name)
	return name, nil
}

func (g *growing) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = serve.Detached
}

// at returns the profile of so many seconds.
func (g *growing) at(seconds uint64) *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives, Command: "./grows --for ever", PID: 7, EndTime: seconds * second, PeakTime: seconds * second,
		Units:     profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Recording: &profile.Recording{Program: "/bin/grows", Start: time.Unix(1e9, 0), HasFacts: true, Dump: &profile.Dump{Why: profile.DumpAsked}},
		Frames: testkit.Frames("[root]", "0x9000: malloc (in /usr/lib/libc.so.6)", "0x1100: main (main.c:10)", "0x1200: cache_put (cache.c:20)", "0x1300: request (main.c:30)",
			"0x1400: early (early.c:4)"),
	}
	step := uint64(1)
	if len(g.marks) > 0 {
		step = 2
	}
	var moments []uint64
	for s := step; s < seconds; s += step {
		moments = append(moments, s)
		p.Moments = append(p.Moments, profile.Moment{Time: s * second})
	}
	for s := range seconds {
		p.Timeline = append(p.Timeline, profile.Reading{Time: (s + 1) * second, Bytes: 1000 * (s + 1), Blocks: s + 1, RSS: 2000 * (s + 1)})
	}
	add := func(frame uint32, from, bytes, blocks uint64, kept bool) {
		if seconds < from {
			return
		}
		state := func(s uint64) (st profile.State) {
			n := s + 1 - min(from, s+1)
			st.TotalBytes, st.TotalBlocks = n*blocks*bytes, n*blocks
			if kept {
				st.Bytes, st.Blocks = st.TotalBytes, st.TotalBlocks
			}
			return st
		}
		facts := &profile.Facts{}
		last := uint64(0)
		for i, s := range append(slices.Clone(moments), seconds) {
			if born := state(s).Bytes - state(last).Bytes; kept && born > 0 {
				facts.Births = append(facts.Births, profile.Births{Moment: uint32(i), Bytes: born, Blocks: state(s).Blocks - state(last).Blocks})
			}
			if i < len(moments) && s >= from {
				st := state(s)
				st.Moment = uint32(i)
				facts.History = append(facts.History, st)
			}
			last = s
		}
		end := state(seconds)
		p.Points = append(p.Points, profile.Point{
			TotalBytes:  end.TotalBytes,
			TotalBlocks: end.TotalBlocks,
			EndBytes:    end.Bytes,
			EndBlocks:   end.Blocks,
			PeakBytes:   end.Bytes,
			PeakBlocks:  end.Blocks,
			Stack:       profile.StackOf(1, frame, 2),
		}.With(profile.Rest{
			MaxBytes:  end.Bytes,
			MaxBlocks: end.Blocks,
			Facts:     facts,
		}))
	}
	add(5, 8, 50_000, 1, true)
	add(3, 1, 1000, 1, true)
	add(4, 1, 100, 100, false)
	slices.SortStableFunc(p.Points, func(a, b profile.Point) int { return cmp.Compare(b.TotalBytes, a.TotalBytes) })
	return p
}

// serveGrowing serves a pretended recording until the test ends, and returns the address. Time passes quickly.
func serveGrowing(t *testing.T, from *growing) string {
	t.Helper()
	s := &console.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}
	address := web.ServeAddress{Listen: "127.0.0.1:0"}
	if err := address.Check("listen"); err != nil {
		t.Fatal(err)
	}
	at, err := address.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	forms := &web.ServeForms{Streams: s, Page: web.HTMLOptions{Streams: s, Rules: frames.Rules{}}, Sites: 20, From: from}
	forms.Name = func(*profile.Profile) string { return "grows.json.gz" }
	o := forms.Options(from)
	begin := time.Now()
	o.Now = func() time.Time { return begin.Add(20 * time.Since(begin)) }
	server := at.Serve(o)
	t.Cleanup(server.Close)
	return at.URL
}

func TestALivePageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	t.Parallel()
	from := &growing{seconds: 5, state: serve.Live}
	url := serveGrowing(t, from)
	r := testkit.Run(t, testkit.Node(t, filepath.Join("testdata", "browser", "live.mjs"), testkit.Tool(t, "chromium"), url))
	if r.Status != 0 {
		t.Fatalf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	var done []string
	if err := json.Unmarshal([]byte(r.Stdout), &done); err != nil || len(done) < 9 {
		t.Errorf("%v: it has looked at %q", err, done)
	}
	if from.State() != serve.Detached || !slices.Equal(from.marks, []string{"loaded"}) {
		t.Errorf("state %s, marks %q", from.State(), from.marks)
	}
}
