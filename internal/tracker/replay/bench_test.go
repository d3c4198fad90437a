//go:build linux && amd64

package replay

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"testing"
	"time"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/wire"
)

// fill lets each thread write pairs of an allocation and its free until its ring is
// all but full, the threads by turns so many pairs at a time. The blocks of a
// thread come from as many stacks as stacks, in turn.
func fill(writers []writer, stamp uint64, turn int, stacks uint64) (events int, end uint64) {
	const pairWords = 5
	pairs := wire.RingWords/pairWords - 1
	for from := 0; from < pairs; from += turn {
		for t, w := range writers {
			for i := from; i < min(from+turn, pairs); i++ {
				address := uint64(t)<<32 + uint64(i%64)*48 + 0x1000
				w.alloc(stamp, address, wire.FirstNode+uint64(i)%stacks, 24)
				w.free(stamp+40, address)
				stamp += 80
				events += 2
			}
		}
	}
	return events, stamp
}

// BenchmarkReplay reads full rings and replays them into the heap: the whole of
// the recorder's work on an event. More threads than one must also be merged by
// time.
func BenchmarkReplay(b *testing.B) {
	for _, c := range []struct {
		threads, turn int
		stacks        uint64
	}{
		{1, 1, 1},
		{1, 1, 4096},
		{2, 1, 1},  // the worst case: each event changes the ring
		{2, 50, 1}, // threads that are interrupted now and then
		{8, 50, 1},
	} {
		b.Run(fmt.Sprintf("threads=%d/turn=%d/stacks=%d", c.threads, c.turn, c.stacks), func(b *testing.B) {
			r, writers := pretend(b, c.threads)
			for _, w := range writers {
				for s := range c.stacks {
					w.node(wire.FirstNode+s, wire.Root, 0, 0x1000+s*16)
				}
			}
			r.round(everything)
			// The writing is as slow as the reading, so the benchmark's own
			// clock would not do.
			var reading time.Duration
			events, total, stamp := 0, 0, uint64(1<<50)
			for b.Loop() {
				events, stamp = fill(writers, stamp, c.turn, c.stacks)
				total += events
				began := time.Now()
				for r.round(everything) > 0 {
				}
				reading += time.Since(began)
			}
			b.ReportMetric(float64(reading.Nanoseconds())/float64(total), "ns/event")
			b.ReportMetric(0, "ns/op")
			for _, w := range writers {
				if w.header.Head != w.header.Tail {
					b.Fatal("a ring was not read to its end")
				}
			}
		})
	}
}

// BenchmarkNewStacks reads announcements of stacks: eight frames each, of which
// the outer four are known. Numbers are used again, as in BenchmarkKnownStacks.
func BenchmarkNewStacks(b *testing.B) {
	r, writers := pretend(b, 1)
	w := writers[0]
	const depth, shared = 8, 4
	stack := uint64(wire.FirstNode)
	parent := uint64(wire.Root)
	for range shared {
		w.node(stack, parent, 0, 0x1000+stack)
		parent, stack = stack, stack+1
	}
	known := parent
	r.round(everything)
	var reading time.Duration
	frames, pc := 0, uint64(0x10000)
	for b.Loop() {
		for range 2000 {
			parent = known
			for range depth - shared {
				if stack++; stack >= wire.FirstNode+8192 {
					stack = wire.FirstNode + shared
				}
				pc += 16
				w.node(stack, parent, 0, pc&(1<<24-1))
				parent = stack
				frames++
			}
		}
		began := time.Now()
		for r.round(everything) > 0 {
		}
		reading += time.Since(began)
	}
	b.ReportMetric(float64(reading.Nanoseconds())/float64(frames), "ns/frame")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkKnownStacks reads announcements of stacks that are known already, as
// those of a forked child are, which has its parent's: here of a tree that is walked
// by recursion. Their numbers are used again, so that the table of these stays small.
func BenchmarkKnownStacks(b *testing.B) {
	r, writers := pretend(b, 1)
	w := writers[0]
	var reading time.Duration
	read := func() {
		began := time.Now()
		for r.round(everything) > 0 {
		}
		reading += time.Since(began)
	}
	stack, frames := uint64(wire.FirstNode), 0
	var walk func(parent uint64, height, side int)
	walk = func(parent uint64, height, side int) {
		if height == 0 {
			return
		}
		if stack++; stack == 8192 {
			stack = wire.FirstNode
		}
		own := stack
		w.node(own, parent, 0, uint64(0x1000+side*16))
		if frames++; frames%4096 == 0 {
			read()
		}
		walk(own, height-1, 0)
		walk(own, height-1, 1)
	}
	walk(wire.Root, 15, 0)
	read()
	reading, frames = 0, 0
	for b.Loop() {
		walk(wire.Root, 15, 0)
		read()
	}
	b.ReportMetric(float64(reading.Nanoseconds())/float64(frames), "ns/frame")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPrograms replays what programs have written, which is recorded once: their own
// mixture of sizes, addresses and lifetimes, and of threads whose events come by turns. It
// reports the least time for a block with its free, of all replays.
func BenchmarkPrograms(b *testing.B) {
	for _, c := range []struct {
		name, source string
		arguments    []string
		blocks       int
	}{
		{"tight", "bench_tight.c", []string{"12", "1000000"}, 1_000_000},
		{"threads=1", "bench_threads.c", []string{"1", "1000000"}, 1_000_000},
		{"threads=2", "bench_threads.c", []string{"2", "500000"}, 1_000_000},
		{"threads=8", "bench_threads.c", []string{"8", "125000"}, 1_000_000},
		{"window=4k", "bench_window.c", []string{"4096", "1000000"}, 1_000_000},
		{"window=2M", "bench_window.c", []string{"2000000", "1000000"}, 2_000_000},
		{"handoff", "bench_handoff.c", []string{"1", "500000"}, 500_000},
		{"realloc", "bench_realloc.c", []string{"50"}, 50_000},
		{"alloctest", "bench_alloctest.cc", []string{"2000000", "400000"}, 2_000_000},
		{"larson", "bench_larson.c", []string{"2", "500000"}, 1_000_000},
		{"words", "bench_words.rs", []string{"20000", "5"}, 500_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			flags := []string{"-O2", "-g", "-pthread"}
			if filepath.Ext(c.source) == ".rs" {
				flags = []string{"-O", "-g"}
			}
			stream, _ := recordStream(b, testkit.Build(b, c.source, flags...), c.arguments...)
			s, err := wire.NewStreamReader(bytes.NewReader(stream))
			if err != nil {
				b.Fatal(err)
			}
			var records []wire.Record
			for {
				record, err := s.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				records = append(records, record)
			}
			least := time.Duration(math.MaxInt64)
			for b.Loop() {
				p := newPlayer(b)
				for _, record := range records {
					p.play(record)
				}
				least = min(least, p.reading)
			}
			b.ReportMetric(float64(least.Nanoseconds())/float64(c.blocks), "ns/block")
			b.ReportMetric(0, "ns/op")
		})
	}
}
