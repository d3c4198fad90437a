package graph

import (
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// units makes a heap as a program has it that keeps many orders: of each the order, its text, a vector of four items, and a
// node of a tree of all orders that points to it. What is left behind of a vector that grew parts the units: a third of all blocks lie at random places.
func units(n int) *heap {
	const order, text, vector, item, node, each = 0, 1, 2, 3, 7, 8
	sizes := [each]uint64{96, 40, 64, 120, 120, 120, 120, 72}
	r := rand.New(rand.NewPCG(1, 1))
	place := make([]int32, n*each)
	for i := range place {
		place[i] = int32(i)
	}
	for i := range place {
		if i%each == text || i%each == item || i%each == node {
			j := r.IntN(n)*each + i%each
			place[i], place[j] = place[j], place[i]
		}
	}
	all := make([]uint64, 0, n*each+2)
	for range n {
		all = append(all, sizes[:]...)
	}
	h := newHeap(64, append(all, uint64(n)*8, 64)...)
	at := func(unit, what int) int { return int(place[unit*each+what]) }
	table, root := n*each, n*each+1
	for i := range n {
		h.point(table, i, at(i, order))
		h.put(h.at(at(i, order), 0), 0x4010_0000) // a table of virtual functions
		h.point(at(i, order), 1, at(i, text))
		h.put(h.at(at(i, order), 2), 17)
		h.point(at(i, order), 5, at(i, vector))
		h.put(h.at(at(i, order), 6), h.at(at(i, vector), 4))
		h.put(h.at(at(i, order), 7), h.at(at(i, vector), 4))
		for w := range 5 {
			h.put(h.at(at(i, text), w), r.Uint64())
		}
		for k := range 4 {
			h.point(at(i, vector), k, at(i, item+k))
			h.put(h.at(at(i, item+k), 0), 0x4010_0040)
			h.point(at(i, item+k), 2, at(i, order))
			for w := 3; w < 9; w++ {
				h.put(h.at(at(i, item+k), w), r.Uint64()>>r.UintN(64))
			}
		}
		h.put(h.at(at(i, node), 0), uint64(i)&1)
		parent := root
		if i > 0 {
			parent = at((i-1)/2, node)
			h.point(parent, 2+(i-1)%2, at(i, node))
		}
		h.point(at(i, node), 1, parent)
		h.put(h.at(at(i, node), 4), uint64(i))
		h.point(at(i, node), 5, at(i, order))
	}
	h.point(root, 0, at(0, node))
	h.hold(0, Firm, table)
	h.hold(1, Firm, root)
	h.hold(2, Loose, at(7, order), at(9, text))
	return h
}

// BenchmarkUnits is of 4.8 million blocks in 480 MiB. Its figures are seconds of processor time, which do not depend on what else the
// machine does, and with -s behind them on the clock; and bytes a block of the process while the graph is built, less what it had before.
func BenchmarkUnits(b *testing.B) {
	h := units(600_000)
	n := float64(len(h.blocks))
	cpu, wall := map[string]time.Duration{}, map[string]time.Duration{}
	timed := func(what string, f func()) {
		start, used := time.Now(), processor()
		f()
		wall[what] += time.Since(start)
		cpu[what] += processor() - used
	}
	of := make([]int32, len(h.blocks))
	for i, b := range h.blocks {
		of[i] = int32(b.Size%1000) + 1000*int32(i%3)
	}
	runtime.GC()
	before, most := resident(), uint64(0)
	phase := func(what string, f func()) {
		timed(what, f)
		most = max(most, resident())
	}
	for b.Loop() {
		g := &Graph{blocks: h.blocks}
		var x *Index
		phase("index", func() { x, _ = NewIndex(h.blocks) })
		s := newScanner(x, h, Options{})
		phase("scan", func() { g.edges, _ = s.blocks() })
		phase("roots", func() { g.root(s, h.roots) })
		phase("pairs", func() { g.weaken(s) })
		phase("reach", func() { g.reach() })
		phase("dominate", func() { g.dominate(g.lose()) })
		timed("groups", func() {
			if _, exact := g.RetainedBy(of, 3000); !exact {
				b.Error("groups are not exact")
			}
		})
		b.ReportMetric(float64(len(g.edges.targets))/n, "edges/block")
	}
	for what := range cpu {
		b.ReportMetric(cpu[what].Seconds()/float64(b.N), what)
		b.ReportMetric(wall[what].Seconds()/float64(b.N), what+"-s")
	}
	b.ReportMetric(float64(most-before)/n, "B/block")
}

// processor returns the time that the process has had on processors.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns how much of the process's memory is in RAM, in bytes.
func resident() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
