package push

import (
	"sync"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/push/pushtest"
	"heapprof/internal/testkit"
)

// program is a pretended recording: each look finds more of it.
type program struct {
	mu    sync.Mutex
	looks uint64
	of    func(look uint64) *profile.Profile
}

func (p *program) Look() ([]*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks++
	return []*profile.Profile{p.of(p.looks)}, nil
}

// grown returns a profile of a program that has done its work n times: load allocates 100 bytes in 2 blocks each time and
// keeps one of 60, and parse 8 bytes that it frees.
func grown(n uint64) *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Columns: profile.Lives, Command: "/opt/server --password=hunter2", PID: 4711,
		Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames: append([]profile.Frame{profile.Root}, testkit.Frames("0x9000: malloc (in /usr/lib/libc.so.6)",
			"0x1310: load (server.c:30)", "0x1200: parse (server.c:20)", "0x1100: main (server.c:10)")...),
		Points: []profile.Point{
			profile.Point{TotalBytes: 100 * n, TotalBlocks: 2 * n, EndBytes: 60 * n, EndBlocks: n, PeakBytes: 60 * n, Stack: profile.StackOf(1, 2, 4)}.With(profile.Rest{MaxBytes: 60 * n}),
			{TotalBytes: 8 * n, TotalBlocks: n, Stack: profile.StackOf(1, 3, 4)},
		},
		Recording: &profile.Recording{Program: "/opt/server", Host: "box", Start: time.Unix(1_700_000_000, 0)},
		EndTime:   n * 1_000_000,
	}
	server := &profile.Module{Path: "/opt/server", BuildID: "bb02", Start: 0x1000, End: 0x2000}
	p.Modules = []*profile.Module{server}
	for i := 2; i < len(p.Frames); i++ {
		p.Frames[i].Module = server
	}
	return p
}

// start begins to push a program to the server at short intervals.
func start(t *testing.T, f *pushtest.Server, o Options) *Pusher {
	t.Helper()
	if o.Target == nil {
		o.Target = target(t, f, "", "", "")
	}
	if o.Source == nil {
		o.Source = &program{of: grown}
	}
	if o.Every == 0 {
		o.Every = 20 * time.Millisecond
	}
	o.Agent = "heapprof/test"
	return startAt(o, pace{first: time.Hour, longest: 2 * time.Minute, last: 5 * time.Minute, again: 5 * time.Millisecond})
}

// until waits for something that is to come.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for", what)
		}
	}
}

// both runs a test for either system.
func both(t *testing.T, test func(t *testing.T, f *pushtest.Server)) {
	for name, parca := range map[string]bool{"pyroscope": false, "parca": true} {
		t.Run(name, func(t *testing.T) { test(t, pushtest.New(t, parca)) })
	}
}

// target returns the server as a target.
func target(t *testing.T, f *pushtest.Server, user, behind, token string) *Target {
	t.Helper()
	target, err := ParseTarget(f.Target(user, behind), token)
	if err != nil {
		t.Fatal(err)
	}
	return target
}
