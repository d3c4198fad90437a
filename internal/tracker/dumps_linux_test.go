//go:build linux && (amd64 || arm64)

package tracker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// dumped is a recording whose profiles are handed over as they would be written.
type dumped struct {
	*paused
	written chan *profile.Profile
	others  []*profile.Profile // that nobody has asked for
}

func startDumped(t *testing.T, program string, o Dumps, args ...string) *dumped {
	t.Helper()
	d := &dumped{written: make(chan *profile.Profile, 1000)}
	o.Write = func(one Dump) string {
		d.written <- one.Profile
		return "file"
	}
	d.paused = startPausedWith(t, Options{Dumps: o}, program, args...)
	return d
}

// ask asks for a profile at a mark, and returns it when it is there.
func (d *dumped) ask(t *testing.T, mark string) *profile.Profile {
	t.Helper()
	d.memory.AskMark(shm.MarkRequest{Kind: wire.MarkDump, Process: 0, Name: mark})
	for {
		select {
		case p := <-d.written:
			if p.Recording.Dump.Why == profile.DumpAsked {
				return p
			}
			d.others = append(d.others, p)
		case <-time.After(time.Minute):
			t.Fatal("no profile was written")
		}
	}
}

// await waits until so many profiles are there that nobody has asked for.
func (d *dumped) await(t *testing.T, n int) {
	t.Helper()
	for len(d.others) < n {
		select {
		case p := <-d.written:
			d.others = append(d.others, p)
		case <-time.After(time.Minute):
			t.Fatalf("%d profiles were written, want %d", len(d.others), n)
		}
	}
}

// state is what a stack had allocated until a moment, and what lived then.
type state struct{ totalBytes, totalBlocks, bytes, blocks uint64 }

// states returns what each stack was at the end of a profile, by the addresses of its frames.
func states(p *profile.Profile) map[string]state {
	all := make(map[string]state)
	for i := range p.Points {
		pt := &p.Points[i]
		var stack strings.Builder
		for _, f := range pt.Stack.All() {
			fmt.Fprintf(&stack, "%#x %s\n", p.Frames[f].Addr, p.Frames[f].Function)
		}
		all[stack.String()] = state{pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks}
	}
	return all
}

// TestADumpHasWhatTheProgramCountsAtThatMoment in all and live, and it has what the final profile says of that moment.
func TestADumpHasWhatTheProgramCountsAtThatMoment(t *testing.T) {
	d := startDumped(t, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"), Dumps{})
	dumps := make(map[string]*profile.Profile)
	for turn, name := range []string{"a", "b", "c"} {
		counts := d.turn(t, turn == 0)
		p := d.ask(t, name)
		dumps[name] = p
		got := p.Totals()
		// The thread's own storage is the one block more.
		more := got.EndBytes - counts["end_bytes"]
		if got.EndBlocks != counts["end_blocks"]+1 || got.TotalBlocks != counts["total_blocks"]+1 || got.TotalBytes != counts["total_bytes"]+more || more > 4096 {
			t.Errorf("turn %d: %+v; the program counts %v", turn, got, counts)
		}
		if x := p.Recording; x.Dump == nil || x.Dump.Why != profile.DumpAsked || x.Dump.Mark != name || x.Signal != 0 || x.Counts != (profile.Counts{}) {
			t.Errorf("turn %d: the recording is %+v, its dump %+v", turn, x, x.Dump)
		}
	}
	final := d.end(t).Profile
	if final.Recording.Dump != nil {
		t.Errorf("the profile of the end is a dump: %+v", final.Recording.Dump)
	}
	for name, dump := range dumps {
		wantStateOf(t, dump, final, name)
	}
}

// wantStateOf holds a dump against what the final profile says of its mark.
func wantStateOf(t *testing.T, dump, final *profile.Profile, mark string) {
	t.Helper()
	at := final.Marked(mark)
	if len(at) != 1 {
		t.Fatalf("there are %d marks %s", len(at), mark)
	}
	if got, want := states(dump), states(final.At(at[0])); !maps.Equal(got, want) {
		t.Errorf("%s: %d stacks differ from those at the mark: %v, want %v", mark, len(got), dump.Totals(), final.At(at[0]).Totals())
	}
}

// TestADumpIsMadeOnceThoughAnotherIsAskedForBeforeItsAnswer: a mark whose dump is not written yet is not made again.
func TestADumpIsMadeOnceThoughAnotherIsAskedForBeforeItsAnswer(t *testing.T) {
	d := &dumped{}
	begun, goOn := make(chan string, 10), make(chan bool)
	write := func(one Dump) string {
		begun <- one.Profile.Recording.Dump.Mark
		<-goOn
		return "file"
	}
	d.paused = startPausedWith(t, Options{Dumps: Dumps{Write: write}}, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
	d.turn(t, true)
	var marks []string
	for _, mark := range []string{"a", "b"} {
		d.memory.AskMark(shm.MarkRequest{Kind: wire.MarkDump, Process: 0, Name: mark})
		if mark == "a" {
			marks = append(marks, <-begun)
		}
	}
	close(goOn)
	for !slices.Contains(marks, "b") {
		marks = append(marks, <-begun)
	}
	d.end(t)
	if want := []string{"a", "b"}; !slices.Equal(marks, want) {
		t.Errorf("profiles were written at the marks %q, want %q", marks, want)
	}
}

// TestADumpOfBusyThreadsIsOfItsMoment: eight threads allocate meanwhile, and none of their calls is counted on the wrong side.
func TestADumpOfBusyThreadsIsOfItsMoment(t *testing.T) {
	d := startDumped(t, testkit.Build(t, "dumped.c", "-O1", "-g", "-pthread"), Dumps{}, "8")
	d.turn(t, true)
	names := []string{"a", "b", "c", "d"}
	var dumps []*profile.Profile
	for _, name := range names {
		dumps = append(dumps, d.ask(t, name))
	}
	counts := d.turn(t, false) // when all threads have ended
	final := d.end(t).Profile
	if got := final.Totals(); got.TotalBlocks < counts["total_blocks"] {
		t.Errorf("%d blocks, and the program counts %d", got.TotalBlocks, counts["total_blocks"])
	}
	for i, dump := range dumps {
		wantStateOf(t, dump, final, names[i])
	}
	if !slices.IsSortedFunc(dumps, func(a, b *profile.Profile) int { return int(a.Totals().TotalBlocks) - int(b.Totals().TotalBlocks) }) {
		t.Error("a later dump has fewer blocks in all")
	}
}

// TestADumpIsWrittenWhenSoMuchLives and again only when it is twice as much.
func TestADumpIsWrittenWhenSoMuchLives(t *testing.T) {
	d := startDumped(t, testkit.Build(t, "dumped.c", "-O1", "-g", "-pthread"), Dumps{At: []Threshold{{Bytes: 1 << 20}}}, "grow")
	for turn := range 9 { // a quarter of a MiB more each, when what was there before has been seen
		d.turn(t, turn == 0)
		d.ask(t, "seen")
		d.await(t, (turn+1)/4) // the recorder looks now and then, and the program waits until it has
	}
	d.end(t)
	var live []uint64
	for _, p := range d.others {
		live = append(live, p.Totals().EndBytes>>18)
	}
	if want := []uint64{4, 8}; !slices.Equal(live, want) {
		t.Errorf("profiles were written at %d quarters of a MiB, want %d", live, want)
	}
}
