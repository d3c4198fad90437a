//go:build linux && (amd64 || arm64)

package replay

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/heap"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// copier stands for what copies processes: the program allocates a block right before each copy, and
// one right after it.
type copier struct {
	before, after func(stamp uint64)
	due           bool
	awaited, own  bool // whether the process is to copy itself, and has
	fails         bool
	stamp         uint64
	made          []string
}

func (c *copier) IsDue(*Image) bool { return c.due }

func (c *copier) IsAwaited(*Image) (awaited, made bool) { return c.awaited, c.own }

func (c *copier) Copy(_ *Image, q CopyRequest) (uint64, func(*heap.Live)) {
	if c.fails {
		return 0, nil
	}
	c.stamp += 100
	at := c.stamp
	c.before(at - 1)
	c.after(at + 1)
	return at, func(live *heap.Live) {
		c.made = append(c.made, fmt.Sprintf("%d %s at %d: %d bytes", q.Why, q.Mark, at, live.Bytes))
	}
}

// TestACopyHasTheBlocksOfItsMoment is for one ring, of which all is replayed otherwise, and for two.
func TestACopyHasTheBlocksOfItsMoment(t *testing.T) {
	for _, rings := range []int{1, 2} {
		r, threads := pretend(t, rings)
		last := threads[rings-1]
		c := &copier{
			before: func(stamp uint64) { threads[0].alloc(stamp, stamp, wire.Root, 10) },
			after:  func(stamp uint64) { last.alloc(stamp, stamp, wire.Root, 1000) },
		}
		r.options.Copies, r.options.CopyMarks, r.options.CopyPeaks = c, true, true
		turn := func() {
			r.round(c.stamp + 50)
			r.images[0].Proc = procfs.Process(os.Getpid())
			r.makeCopies()
		}
		threads[0].alloc(1, 1, wire.Root, 1)
		c.due = true
		turn()
		c.due = false
		ask(t, r, "a", 0)
		turn()
		exit := &r.memory.Control().Marks[r.memory.Control().NextMark%wire.MaxMarks]
		r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkExit, Process: 0})
		turn()
		asked := &r.memory.Control().Marks[r.memory.Control().NextMark%wire.MaxMarks]
		r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkSnapshot, Process: 0, Name: "b"})
		turn()
		want := []string{"0  at 100: 11 bytes", "2 a at 200: 1021 bytes", "1  at 300: 2031 bytes", "3 b at 400: 3041 bytes"}
		if !slices.Equal(c.made, want) {
			t.Errorf("%d rings: the copies are %q, want %q", rings, c.made, want)
		}
		if exit.Outcome != wire.MarkMade || asked.Outcome != wire.MarkMade || string(asked.Name[:asked.NameBytes]) != "b" {
			t.Errorf("%d rings: the answers are %d and %d %s", rings, exit.Outcome, asked.Outcome, asked.Name[:asked.NameBytes])
		}
	}
}

// TestACopyThatAProcessMakesOfItselfHasTheBlocksOfItsMoment has the process make it between two rounds, after the first of
// which it has allocated.
func TestACopyThatAProcessMakesOfItselfHasTheBlocksOfItsMoment(t *testing.T) {
	r, threads := pretend(t, 1)
	c := &copier{stamp: 100, before: func(uint64) {}, after: func(uint64) {}}
	r.options.Copies, r.options.CopyPeaks = c, true
	threads[0].alloc(1, 1, wire.Root, 1)
	r.roundWithCopies(10)
	r.images[0].Proc = procfs.Process(os.Getpid())
	threads[0].alloc(150, 150, wire.Root, 10)
	threads[0].alloc(250, 250, wire.Root, 100)
	c.awaited = true
	r.roundWithCopies(120)
	c.own = true
	r.roundWithCopies(300)
	if want := []string{"0  at 200: 11 bytes"}; !slices.Equal(c.made, want) {
		t.Errorf("the copies are %q, want %q", c.made, want)
	}
}

func TestWhoeverWaitsForACopyThatIsNotMadeIsTold(t *testing.T) {
	r, threads := pretend(t, 1)
	threads[0].alloc(1, 1, wire.Root, 1)
	r.options.Copies = &copier{fails: true}
	for kind, want := range map[uint32]uint32{wire.MarkExit: wire.MarkMade, wire.MarkSnapshot: wire.MarkNoCopy} {
		place := &r.memory.Control().Marks[r.memory.Control().NextMark%wire.MaxMarks]
		r.memory.AskMark(shm.MarkRequest{Kind: kind, Process: 0, Name: "a"})
		r.round(10)
		r.makeCopies()
		if place.Outcome != want || place.State%wire.MarkStep != wire.MarkFree {
			t.Errorf("kind %d comes to %d in state %d, want %d", kind, place.Outcome, place.State, want)
		}
	}
}

// TestACopyThatIsAskedForWhileOneIsMadeIsMadeToo has an exit ask while the copy for a mark is made: whoever
// waited for it would wait for long.
func TestACopyThatIsAskedForWhileOneIsMadeIsMadeToo(t *testing.T) {
	r, threads := pretend(t, 1)
	threads[0].alloc(1, 1, wire.Root, 1)
	var exit *wire.Mark
	c := &copier{after: func(uint64) {}}
	c.before = func(uint64) {
		if exit == nil {
			exit = &r.memory.Control().Marks[r.memory.Control().NextMark%wire.MaxMarks]
			r.memory.AskMark(shm.MarkRequest{Kind: wire.MarkExit, Process: 0})
		}
	}
	r.options.Copies, r.options.CopyMarks = c, true
	ask(t, r, "a", 0)
	r.round(50)
	r.images[0].Proc = procfs.Process(os.Getpid())
	r.makeCopies()
	if len(c.made) != 2 || exit.State%wire.MarkStep != wire.MarkFree {
		t.Errorf("the copies are %q, and the exit is in state %d", c.made, exit.State)
	}
}
