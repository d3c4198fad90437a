package screen

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"charm.land/bubbletea/v2"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/internal/profile"
	"heapprof/internal/report/terminal"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker"
)

// pretended is a recording under way that is none: each look tells of one second more, in which main has called load, which keeps
// a block of 1000 bytes each time, and parse, which keeps none of 1000 blocks of 100; base was called once at the beginning.
type pretended struct {
	mu      sync.Mutex
	seconds uint64
	pid     int64
	marks   []string
	over    chan struct{}
	others  []tracker.LiveProcess
}

func newPretended() *pretended { return &pretended{pid: 4711, over: make(chan struct{})} }

func (p *pretended) Ended() <-chan struct{} { return p.over }

func (p *pretended) Processes() ([]tracker.LiveProcess, error) {
	return append([]tracker.LiveProcess{{PID: int(p.pid), Program: "/bin/prog"}}, p.others...), nil
}

func (p *pretended) Mark(name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marks = append(p.marks, name)
	return name, nil
}

func (p *pretended) Look() (*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.over:
		return nil, tracker.ErrEnded
	default:
	}
	p.seconds++
	return p.profile(), nil
}

func (p *pretended) Profile() (*profile.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.profile()
	q.Columns |= profile.Lifetime
	q.Recording.HasFacts = true
	const windows = 20
	for i := range uint64(windows) {
		q.Moments = append(q.Moments, profile.Moment{Time: q.EndTime * (i + 1) / windows})
	}
	for i := range q.Points {
		pt := &q.Points[i]
		pt.Edit().Facts = &profile.Facts{}
		for m := range uint32(windows) {
			so := func(n uint64) uint64 { return n * uint64(m+1) / windows }
			s := profile.State{Moment: m, TotalBytes: so(pt.TotalBytes), TotalBlocks: so(pt.TotalBlocks), Bytes: so(pt.EndBytes), Blocks: so(pt.EndBlocks)}
			if q.Frames[pt.Stack.At(0)].Function == "base" {
				s.TotalBytes, s.TotalBlocks, s.Bytes, s.Blocks = pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks
			}
			pt.Rest().Facts.History = append(pt.Rest().Facts.History, s)
		}
	}
	return q, nil
}

// profile returns what there is after so many seconds.
func (p *pretended) profile() *profile.Profile {
	module := &profile.Module{Path: "/bin/prog"}
	frame := func(name string, line int) profile.Frame {
		return profile.Frame{Addr: uint64(line), Function: name, File: "/src/" + name + ".c", Line: line, Module: module}
	}
	n := p.seconds
	point := func(live, total, size uint64, frames ...uint32) profile.Point {
		return profile.Point{TotalBytes: total * size, TotalBlocks: total, PeakBytes: live * size, PeakBlocks: live, EndBytes: live * size, EndBlocks: live, Stack: profile.StackOf(frames...)}.With(profile.Rest{MaxBytes: live * size, MaxBlocks: live})
	}
	q := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Maxima | profile.Peak | profile.End | profile.Temporary | profile.Reallocs,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Command: "prog --of tests", PID: p.pid, EndTime: n * 1e6, PeakTime: n * 1e6,
		Frames:  []profile.Frame{profile.Root, frame("load", 11), frame("parse", 22), frame("base", 33), frame("main", 44), frame("setup", 55)},
		Modules: []*profile.Module{module},
		Points:  []profile.Point{point(n, n, 1000, 1, 4), point(0, 1000*n, 100, 2, 4), point(1000, 1000, 50, 3, 5, 4)},
		Recording: &profile.Recording{
			Program: "/bin/prog", Start: time.Unix(1000, 0), Threads: 2, Dump: &profile.Dump{Why: profile.DumpAsked},
		},
	}
	total := q.Totals()
	q.Timeline = []profile.Reading{{Time: q.EndTime, Bytes: total.EndBytes, Blocks: total.EndBlocks, RSS: 3 << 20}}
	return q
}

// liveScreenOf is the screen of a recording under way, of 80 columns and 24 lines, that is looked at anew when a test says so.
type liveScreenOf struct {
	t *testing.T
	*terminal.Model
	messages chan tea.Msg
	looker   *Looker
}

func newLiveScreen(t *testing.T, live underway.Recording, o *LiveOptions) *liveScreenOf {
	t.Helper()
	o.Streams, o.Period = &console.Streams{}, time.Second
	l := NewLooker(o, live)
	options := l.Screen()
	options.Unicode, options.Live.Every = true, time.Hour
	s := &liveScreenOf{t, terminal.New(*options), make(chan tea.Msg), l}
	s.run(s.Init())
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	return s
}

// run has a command run, as bubbletea does, beside the screen.
func (s *liveScreenOf) run(c tea.Cmd) {
	if c == nil {
		return
	}
	go func() {
		msg := c()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, one := range batch {
				s.run(one)
			}
			return
		}
		if msg != nil {
			s.messages <- msg
		}
	}()
}

func (s *liveScreenOf) send(msg tea.Msg) {
	_, c := s.Update(msg)
	s.run(c)
}

var styles = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// plain is the screen without its styles.
func (s *liveScreenOf) plain() string {
	var lines []string
	for line := range strings.Lines(styles.ReplaceAllString(s.Screen(), "")) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n") + "\n"
}

// await takes what commands answer until the screen shows the text.
func (s *liveScreenOf) await(text string) *liveScreenOf {
	s.t.Helper()
	for !strings.Contains(s.plain(), text) {
		select {
		case msg := <-s.messages:
			s.send(msg)
		case <-time.After(time.Minute):
			s.t.Fatalf("no %q on the screen:\n%s", text, s.plain())
		}
	}
	return s
}

// press presses keys, each of one character but for Enter, Down and Ctrl-C.
func (s *liveScreenOf) press(keys ...string) *liveScreenOf {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		switch k {
		case "enter":
			msg = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "down":
			msg = tea.KeyPressMsg{Code: tea.KeyDown}
		case "ctrl+c":
			msg = tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
		}
		s.send(msg)
	}
	return s
}

// look has the recording looked at anew, so many seconds after its beginning.
func (s *liveScreenOf) look(recorded string) *liveScreenOf {
	s.t.Helper()
	return s.press("p").await("paused").press("p").await("recorded " + recorded)
}

func TestScreensOfARecordingUnderWayLookAsTheGoldenFiles(t *testing.T) {
	for name, do := range map[string]func(*liveScreenOf){
		"first":  func(s *liveScreenOf) {},
		"live":   func(s *liveScreenOf) { s.look("2 s").look("3 s") },
		"opened": func(s *liveScreenOf) { s.press("enter").look("2 s").press("down", "down", "down", "enter").look("3 s") },
		"growth": func(s *liveScreenOf) { s.look("2 s").press("2").await("what grew") },
		"rate":   func(s *liveScreenOf) { s.look("2 s").press("3").await("who allocates") },
		"leaks":  func(s *liveScreenOf) { s.look("2 s").press("l").await("so far (2.00 s)") },
		"since": func(s *liveScreenOf) {
			s.press("s").await("marked").press("d").await("since the mark").look("3 s").look("4 s")
		},
		"paused": func(s *liveScreenOf) { s.press("p") },
		"help":   func(s *liveScreenOf) { s.press("?") },
		"filter": func(s *liveScreenOf) { s.press("/", "b", "a", "s", "e", "enter").await("not matching") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newLiveScreen(t, newPretended(), &LiveOptions{Quit: "leave the screen"}).await("recorded 1 s")
			do(s)
			got, path := s.plain(), filepath.Join("testdata", "live", name+".txt")
			for line := range strings.Lines(got) {
				if len([]rune(line)) > 81 {
					t.Errorf("a line is wider than the screen: %q", line)
				}
			}
			testkit.Golden(t, path, []byte(got), *update)
		})
	}
}

func TestNothingOfARecordingUnderWayChangesWhileItIsPaused(t *testing.T) {
	live := newPretended()
	s := newLiveScreen(t, live, &LiveOptions{}).await("recorded 1 s").press("p")
	before := live.seconds
	s.press("2").await("what grew").press("1").await("who holds it now")
	if live.seconds != before {
		t.Errorf("it was looked at %d times while it was paused", live.seconds-before)
	}
}

func TestTheSelectedRowOfARecordingUnderWayStaysSelectedAndOpen(t *testing.T) {
	s := newLiveScreen(t, newPretended(), &LiveOptions{}).await("recorded 1 s").press("down", "enter").await("▾ load")
	for _, at := range []string{"2 s", "3 s"} {
		got := s.look(at).plain()
		if !strings.Contains(got, "▾ load") || !strings.Contains(got, "▸ base") {
			t.Errorf("after %s:\n%s", at, got)
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, ">") && !strings.Contains(line, "load") {
				t.Errorf("after %s selected is %q", at, line)
			}
		}
	}
}

func TestKeysOfARecordingUnderWayDoWhatTheySay(t *testing.T) {
	live := newPretended()
	live.others = []tracker.LiveProcess{{PID: 5000, Program: "/bin/child"}}
	child := newPretended()
	child.pid = 5000
	var written *profile.Profile
	interrupted := make(chan struct{}, 1)
	s := newLiveScreen(t, live, &LiveOptions{
		Write:     func(p *profile.Profile) (string, error) { written = p; return "prog.1.json.gz", nil },
		Of:        func(pid int) underway.Recording { return child },
		Interrupt: func() { interrupted <- struct{}{} },
	}).await("pid 4711 of 2 processes")
	s.press("d").await("there is no mark")
	s.press("w").await("wrote prog.1.json.gz")
	if written == nil || !written.Columns.Has(profile.Lifetime) {
		t.Error("what was written is no whole profile")
	}
	s.press("s").await(`marked "live"`)
	if len(live.marks) != 1 {
		t.Errorf("marks %q were made", live.marks)
	}
	s.press("ctrl+c").await("SIGINT")
	<-interrupted
	s.press(">").await("process 5000").look("2 s")
	if got := s.plain(); !strings.Contains(got, "pid 5000") {
		t.Errorf("the other process is not shown:\n%s", got)
	}
}

func TestTheScreenOfARecordingIsLeftWhenThatHasEnded(t *testing.T) {
	live := newPretended()
	s := newLiveScreen(t, live, &LiveOptions{}).await("recorded 1 s")
	close(live.over)
	for msg := range s.messages {
		_, c := s.Update(msg)
		if c == nil {
			continue
		}
		if _, quits := c().(tea.QuitMsg); quits {
			return
		}
	}
}

func TestLinesOfARecordingUnderWayTellWhatChanged(t *testing.T) {
	var out bytes.Buffer
	l := NewLooker(&LiveOptions{Streams: &console.Streams{}, Period: time.Millisecond, Count: 3}, newPretended())
	if err := l.Lines(&out, false); err != nil {
		t.Fatal(err)
	}
	want := `     1 s  live 49.8 KiB (+49.8 KiB) in 1,001 blocks  resident 3.00 MiB  2,001 allocs/s
     2 s  live 50.8 KiB (+1000 B) in 1,002 blocks  resident 3.00 MiB  1,001 allocs/s
     3 s  live 51.8 KiB (+1000 B) in 1,003 blocks  resident 3.00 MiB  1,001 allocs/s
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", &out, want)
	}
}

func TestLinesOfJSONOfARecordingUnderWayHaveWhatFormatsSays(t *testing.T) {
	var out bytes.Buffer
	l := NewLooker(&LiveOptions{Streams: &console.Streams{}, Period: time.Millisecond, Count: 2, Top: 2}, newPretended())
	if err := l.Lines(&out, true); err != nil {
		t.Fatal(err)
	}
	want := `{"time":1,"pid":4711,"program":"/bin/prog","live-bytes":51000,"live-blocks":1001,"grown-bytes":51000,"grown-blocks":1001,"peak-bytes":51000,"total-bytes":151000,"total-blocks":2001,"blocks-per-second":2001,"bytes-per-second":151000,"resident-bytes":3145728,"threads":2,"lost-calls":0,"sampled-bytes":0,"other-processes":0,"sites":[{"function":"base","file":"/src/base.c","line":33,"module":"/bin/prog","type":"","live-bytes":50000,"live-blocks":1000,"grown-bytes":50000,"total-bytes":50000,"total-blocks":1000},{"function":"load","file":"/src/load.c","line":11,"module":"/bin/prog","type":"","live-bytes":1000,"live-blocks":1,"grown-bytes":1000,"total-bytes":1000,"total-blocks":1}]}
{"time":2,"pid":4711,"program":"/bin/prog","live-bytes":52000,"live-blocks":1002,"grown-bytes":1000,"grown-blocks":1,"peak-bytes":52000,"total-bytes":252000,"total-blocks":3002,"blocks-per-second":1001,"bytes-per-second":101000,"resident-bytes":3145728,"threads":2,"lost-calls":0,"sampled-bytes":0,"other-processes":0,"sites":[{"function":"base","file":"/src/base.c","line":33,"module":"/bin/prog","type":"","live-bytes":50000,"live-blocks":1000,"grown-bytes":0,"total-bytes":50000,"total-blocks":1000},{"function":"load","file":"/src/load.c","line":11,"module":"/bin/prog","type":"","live-bytes":2000,"live-blocks":2,"grown-bytes":1000,"total-bytes":2000,"total-blocks":2}]}
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", &out, want)
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestLinesOfARecordingEndWithIt(t *testing.T) {
	live := newPretended()
	close(live.over)
	var out bytes.Buffer
	if err := NewLooker(&LiveOptions{Streams: &console.Streams{}, Period: time.Millisecond}, live).Lines(&out, false); err != nil || out.Len() != 0 {
		t.Errorf("%v, and written was %q", err, &out)
	}
}

// failing is a writer that nobody reads from.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("nobody reads it") }

func TestLinesEndWhereNobodyReadsThem(t *testing.T) {
	if err := NewLooker(&LiveOptions{Streams: &console.Streams{}, Period: time.Millisecond}, newPretended()).Lines(failing{}, false); err == nil {
		t.Error("it goes on")
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")
