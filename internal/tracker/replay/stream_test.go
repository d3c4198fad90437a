//go:build linux && (amd64 || arm64)

package replay

import (
	"bytes"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/clock"
	"heapprof/internal/tracker/launch"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/process"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// TestAStreamReplaysToWhatItsRunCameTo records programs of several threads, and of several
// processes that are forked and replaced, and replays what was read of them.
func TestAStreamReplaysToWhatItsRunCameTo(t *testing.T) {
	for _, c := range []struct {
		program, way string
		images       int
	}{
		{"queue.c", "", 1}, // what one thread allocates another frees
		{"forks.c", "family", 5},
		{"forks.c", "spawn", 2},
	} {
		t.Run(c.program+" "+c.way, func(t *testing.T) {
			program := testkit.Build(t, c.program, "-pthread")
			stream, live := recordStream(t, program, c.way, filepath.Join(t.TempDir(), "counts"))
			replayed := replayStream(t, bytes.NewReader(stream))
			if len(live) != c.images {
				t.Errorf("%d images were recorded, want %d", len(live), c.images)
			}
			for index, want := range live {
				got := replayed[index]
				if got == nil {
					t.Errorf("image %d is not replayed", index)
					continue
				}
				if want.Heap.Total.TotalBlocks == 0 {
					t.Errorf("image %d has no blocks", index)
				}
				// The timeline has the resident memory besides, and threads their names, which no
				// event tells.
				want.Heap.Timeline, got.Heap.Timeline = nil, nil
				for i := range want.Heap.Threads {
					want.Heap.Threads[i].Name = ""
				}
				for what, pair := range map[string][2]any{
					"heap":     {want.Heap, got.Heap},
					"mappings": {want.Mappings, got.Mappings},
					"stacks":   {want.Stacks, got.Stacks},
					"sites":    {want.heapSites, got.heapSites},
					"start":    {want.Start, got.Start},
					"end":      {want.End, got.End},
					"paths":    {paths(want), paths(got)},
				} {
					if !reflect.DeepEqual(pair[0], pair[1]) {
						t.Errorf("image %d: the %s are %+v, want %+v", index, what, pair[1], pair[0])
					}
				}
			}
		})
	}
}

// TestAStreamHasEachWordOnceAndInItsRound reads two rings in two rounds, the first of which
// leaves events for the second; between them the program writes over the head of one.
func TestAStreamHasEachWordOnceAndInItsRound(t *testing.T) {
	r, threads := pretend(t, 2)
	var b bytes.Buffer
	r.options.Stream = wire.NewStreamWriter(&b)
	for _, w := range threads {
		w.node(20, wire.Root, 0, 0x1000)
	}
	alloc := func(stamp, address uint64) []uint64 {
		return wiretest.Alloc(wire.Alloc{Stamp: stamp, Address: address, Bytes: 1, Stack: 20})
	}
	threads[0].put(alloc(100, 0xa0))
	threads[0].put(alloc(180, 0xb0))
	threads[1].put(alloc(200, 0xc0))
	threads[1].put(alloc(210, 0xd0))
	r.round(150)
	threads[0].free(190, 0xa0)
	threads[1].header.Head -= wire.AllocWords
	r.round(250)
	r.end(r.images[0], 300)

	thread := func(id uint64, events ...[]uint64) []uint64 {
		node := wiretest.Node(wire.Node{Stack: 20, Parent: wire.Root, PC: 0x1000})
		return slices.Concat(append([][]uint64{wiretest.Thread(wire.Thread{ID: id}), node}, events...)...)
	}
	first := thread(0, alloc(100, 0xa0), alloc(180, 0xb0))
	want := []wire.Record{
		wire.Beginning{Process: 0},
		wire.Span{Ring: 0, Words: first},
		wire.Span{Ring: 1, Words: thread(1, alloc(200, 0xc0), alloc(210, 0xd0))},
		wire.Round{Limit: 150},
		wire.Span{Ring: 0, From: uint64(len(first)), Words: wiretest.Free(wire.Free{Stamp: 190, Address: 0xa0})},
		wire.Round{Limit: 250},
		wire.End{Process: 0, Stamp: 300},
	}
	s, err := wire.NewStreamReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range want {
		if got, err := s.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("a record is %+v, %v, want %+v", got, err, want)
		}
	}
	if got, err := s.Next(); err != io.EOF {
		t.Errorf("there is %+v, %v behind the last record", got, err)
	}
}

func paths(s *Snapshot) map[uint16]string {
	all := make(map[uint16]string)
	for number, m := range s.Modules {
		all[number] = m.Path
	}
	return all
}

// recordStream runs a program and returns the stream of its events, and what its images
// came to, by their indices in the process table.
func recordStream(t testing.TB, program string, arguments ...string) (stream []byte, images map[int]*Snapshot) {
	t.Helper()
	library, err := preload.Install()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	s := wire.NewStreamWriter(&b)
	m := testMemory(t)
	m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Children})
	images = make(map[int]*Snapshot)
	r := NewReader(m, process.NewIdentities(m), Options{Stream: s, Finished: func(i *Image) { images[i.Index] = i.Finish() }})

	cmd := exec.Command(program, arguments...)
	cmd.Env = launch.Environment(os.Environ(), library, os.Getpid(), m.Descriptor())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	root := &Root{PID: cmd.Process.Pid, Ended: make(chan struct{})}
	go func() {
		err = cmd.Wait()
		root.End = clock.Stamp()
		close(root.Ended)
		m.RingDoorbell()
	}()
	r.Run(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return b.Bytes(), images
}

// replayStream returns what the images in a stream came to, by their indices.
func replayStream(t *testing.T, stream io.Reader) map[int]*Snapshot {
	t.Helper()
	s, err := wire.NewStreamReader(stream)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(t)
	for {
		record, err := s.Next()
		if err == io.EOF {
			return p.images
		}
		if err != nil {
			t.Fatal(err)
		}
		p.play(record)
	}
}

// player replays the records of a stream.
type player struct {
	t       testing.TB
	memory  *shm.Memory
	reader  *Reader
	images  map[int]*Snapshot // what came of the images that have ended, by their indices
	reading time.Duration     // that the reader's rounds have taken
}

func newPlayer(t testing.TB) *player {
	t.Helper()
	m := testMemory(t)
	m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Children})
	m.Control().Forks = math.MaxUint32
	p := &player{t: t, memory: m, images: make(map[int]*Snapshot)}
	p.reader = NewReader(m, process.NewIdentities(m), Options{
		Stamp:    func() uint64 { return math.MaxUint64 },
		Finished: func(i *Image) { p.images[i.Index] = i.Finish() },
	})
	return p
}

func (p *player) play(record wire.Record) {
	p.t.Helper()
	c := p.memory.Control()
	switch record := record.(type) {
	case wire.Beginning:
		// No process of this system has such a number.
		const nobody = 1 << 30
		*p.memory.Process(int(record.Process)) = wire.Process{
			State: wire.ProcessReady, OwnPID: nobody + record.Process,
			Parent: record.Parent, Fork: record.Fork, Start: record.Start,
		}
		c.Processes = max(c.Processes, record.Process+1)
		p.reader.join()
	case wire.Span:
		header, words, err := p.memory.Ring(record.Ring)
		if err != nil {
			p.t.Fatal(err)
		}
		header.Process, header.Open = record.Process, 1
		for i, word := range record.Words {
			words[(record.From+uint64(i))%wire.RingWords] = word
		}
		header.Head = record.From + uint64(len(record.Words))
		c.Rings = max(c.Rings, record.Ring+1)
	case wire.Round:
		began := time.Now()
		p.reader.round(record.Limit)
		p.reading += time.Since(began)
		p.reader.finishEnded()
	case wire.End:
		p.reader.end(p.reader.images[record.Process], record.Stamp)
	}
}
