//go:build linux && (amd64 || arm64)

package tracker

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/launch"
)

// paused is a recording of a program that goes on when the test says so: pauses.c, or another one
// that waits for its input.
type paused struct {
	*recording
	input   *os.File // of the program's
	output  *bufio.Scanner
	stopped chan struct{}
}

func startPaused(t *testing.T) *paused {
	t.Helper()
	return startPausedProgram(t, testkit.Build(t, "pauses.c", "-O1", "-g", "-pthread"))
}

func startPausedProgram(t *testing.T, program string, args ...string) *paused {
	t.Helper()
	return startPausedWith(t, Options{}, program, args...)
}

func startPausedWith(t *testing.T, o Options, program string, args ...string) *paused {
	t.Helper()
	args = append([]string{program}, args...)
	stdin, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	output, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o.Args, o.Depth = args, 64
	r, err := prepare(o, target{
		Program: launch.Program{Name: program, Path: program, Args: args}, machine: launch.Machine(), stamp: clock.Stamp, eager: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ownInput, ownOutput := os.Stdin, os.Stdout
	os.Stdin, os.Stdout = stdin, stdout // for the program
	err = r.start()
	os.Stdin, os.Stdout = ownInput, ownOutput
	stdin.Close()
	stdout.Close()
	if err != nil {
		t.Fatal(err)
	}
	p := &paused{r, input, bufio.NewScanner(output), make(chan struct{})}
	go func() {
		r.replay()
		close(p.stopped)
	}()
	return p
}

// turn lets the program have a turn, but the first, which it has without. It returns what
// the program counts when that is over.
func (p *paused) turn(t *testing.T, first bool) map[string]uint64 {
	t.Helper()
	if !first {
		if _, err := fmt.Fprint(p.input, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if !p.output.Scan() {
		t.Fatal("the program has ended")
	}
	return testkit.Counts(p.output.Text())
}

// end lets the program end and returns the run's result.
func (p *paused) end(t *testing.T) *Result {
	t.Helper()
	p.input.Close()
	<-p.stopped
	result, err := p.finish()
	p.close()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestSnapshotOfARunningProgramIsWhatLivesInItThen(t *testing.T) {
	p := startPaused(t)
	for turn := range 6 {
		counts := p.turn(t, turn == 0)
		snapshot, ok := p.reader.Snapshot(0)
		if !ok {
			t.Fatal("there is no snapshot of the program")
		}
		got := snapshot.Heap.Total
		// The thread's own storage is the one block more.
		more := got.EndBytes - counts["end_bytes"]
		if got.EndBlocks != counts["end_blocks"]+1 || got.TotalBlocks != counts["total_blocks"]+1 || got.TotalBytes != counts["total_bytes"]+more || more > 4096 {
			t.Errorf("turn %d: %+v; the program counts %v", turn, got, counts)
		}
		if running := p.reader.Running(); len(running) != 1 || running[0].PID != p.program.PID || running[0].Index != 0 {
			t.Errorf("turn %d: %+v run, want process %d", turn, running, p.program.PID)
		}
		if snapshot.ProgramPath() != p.target.Path || snapshot.PID != p.program.PID || snapshot.Threads != 2 {
			t.Errorf("turn %d: it is of %s, process %d, with %d threads", turn, snapshot.ProgramPath(), snapshot.PID, snapshot.Threads)
		}
	}
	p.end(t)
	if _, ok := p.reader.Snapshot(0); ok {
		t.Error("there is a snapshot of what has ended")
	}
	if running := p.reader.Running(); len(running) != 0 {
		t.Errorf("%+v run, want none", running)
	}
}

func TestSnapshotsLeaveTheProfileAsItIsWithoutThem(t *testing.T) {
	const turns = 20
	// What is the same in each run: the points without times, by the names of their frames.
	run := func(snapshots bool) map[string]any {
		p := startPaused(t)
		done, taken := make(chan struct{}), make(chan struct{})
		var taking sync.WaitGroup
		if snapshots {
			taking.Go(func() {
				for {
					_, ok := p.reader.Snapshot(0)
					select {
					case <-done:
						return
					default:
					}
					if ok { // else the program has not begun
						select {
						case taken <- struct{}{}:
						default: // nobody waits for it
						}
					}
				}
			})
		}
		for turn := range turns {
			p.turn(t, turn == 0)
			if snapshots {
				<-taken
			}
		}
		close(done)
		taking.Wait()
		made := p.end(t).Profile
		points := make(map[string]any)
		for _, point := range made.Points {
			stack := ""
			for _, f := range point.Stack.All() {
				stack += made.Frames[f].Function + "\n"
			}
			// The threads' turns are at the same time: their order is another in each run.
			rest := point.Rest()
			rest.TotalLifetime, rest.TemporaryBlocks, rest.Facts = 0, 0, nil
			point.SetRest(rest)
			point.PeakBytes, point.PeakBlocks, point.Stack = 0, 0, profile.Stack{}
			points[stack] = point
		}
		points["counts"] = made.Recording.Counts
		points["sizes"] = made.Recording.Sizes
		return points
	}
	without, with := run(false), run(true)
	if !reflect.DeepEqual(with, without) {
		t.Errorf("with snapshots: %+v\nwithout: %+v", with, without)
	}
}
